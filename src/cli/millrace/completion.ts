import { type Command, Mistake } from './command.ts'

const scripts = {
  bash: `_millrace() {
  local IFS=$'\\n'
  COMPREPLY=($("\${COMP_WORDS[0]}" __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _millrace millrace
`,
  zsh: `#compdef millrace
_millrace() {
  local -a found
  found=("\${(@f)$("\${(Q)words[1]}" __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  [[ -n \${found[1]} ]] && compadd -- "\${found[@]}" || _files
}
compdef _millrace millrace
`,
  fish: `complete -c millrace -f -a '((commandline -opc)[1] __complete (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
`,
} as const

const shells = Object.keys(scripts) as readonly (keyof typeof scripts)[]

/** `millrace completion bash` */
export const completion: Command = {
  name: 'completion',
  summary: 'print what makes your shell complete verbs, flags, topics and groups',
  args: shells.join('|'),
  least: 1,
  most: 1,
  completes: [shells],
  flags: [],
  examples: [
    { line: 'source <(millrace completion bash)', what: 'in ~/.bashrc' },
    { line: 'source <(millrace completion zsh)', what: 'in ~/.zshrc, after compinit' },
    { line: 'millrace completion fish > ~/.config/fish/completions/millrace.fish', what: 'once' },
  ],
  async run(call) {
    const shell = shells.find((s) => s === call.args[0])
    if (shell === undefined) throw new Mistake(`is for ${shells.join(', ')}, not ${call.args[0]}`)
    call.world.out(scripts[shell])
    return 0
  },
}
