import { type Command, commonFlags, type Example, type Flag, type Noun } from './command.ts'

/** `millrace topics create: make a topic`, examples, flags. */
export function commandHelp(path: string, command: Command): string {
  const usage = `  millrace ${[path, command.args, '[OPTIONS]'].filter((part) => part !== '').join(' ')}\n`
  const flags = [...command.flags, ...commonFlags]
  const spelled = flags.map(spellingOf)
  const width = Math.max(...spelled.map((s) => s.length)) + 2
  const lines = flags.map((flag, i) => `  ${spelled[i]!.padEnd(width)}${flag.help}${repeated(flag)}\n`)
  return `millrace ${path}: ${command.summary}\n\n${usage}\n${examples(command.examples)}\nOptions\n${lines.join('')}`
}

export function nounHelp(noun: Noun): string {
  const rows = noun.commands.map((c) => [
    `  millrace ${noun.name} ${c.name}${c.args === '' ? '' : ` ${c.args}`}`,
    c.summary,
  ])
  const width = Math.max(...rows.map(([line]) => line!.length)) + 3
  const commands = rows.map(([line, what]) => `${line!.padEnd(width)}${what}\n`).join('')
  const some = noun.commands.map((c) => c.examples[0]).filter((e) => e !== undefined)
  return `millrace ${noun.name}: ${noun.summary}\n\n${commands}\n${examples(some)}\nMore: millrace ${noun.name} ${noun.commands[0]!.name} --help\n`
}

function spellingOf({ name, short, arg }: Flag): string {
  return `${short === undefined ? '' : `-${short}, `}--${name}${arg === undefined ? '' : ` ${arg}`}`
}

function repeated(flag: Flag): string {
  const choices = flag.choices === undefined ? '' : `: ${flag.choices.join(', ')}`
  return choices + (flag.isRepeated ? '; may be repeated' : '')
}

export function examples(all: readonly Example[]): string {
  const width = Math.max(0, ...all.filter((e) => e.line.length <= 72).map((e) => e.line.length)) + 3
  const lines = all.map(({ line, what }) =>
    line.length < width ? `  ${line.padEnd(width)}${what}\n` : `  ${line}\n  ${''.padEnd(width)}${what}\n`,
  )
  return `Examples\n${lines.join('')}`
}
