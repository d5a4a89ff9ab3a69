/** Reads the option names, arguments and facts out of a printed help; its sentences stay behind. */

/** Rows like `--batch-size <Integer: size> default=16384`. */
export function optionsOf(printed: string): string[] {
  const help = printed.replace(/\nExamples\n(?: {2}.*\n)+/, '')
  return help.startsWith('usage:') || help.includes('\nusage:') ? argparse(help) : jopt(help)
}

function jopt(help: string): string[] {
  const lines = help.split('\n')
  const top = lines.findIndex((line) => /^Option.*Description/.test(line))
  if (top < 0) return []
  const column = lines[top]!.indexOf('Description')
  const out: { left: string; right: string }[] = []
  for (const line of lines.slice(top + 2)) {
    const left = line.slice(0, column).trim()
    const right = line.slice(column).trim()
    if (/^(\* )?-/.test(line)) out.push({ left, right })
    else if (out.length > 0) {
      const last = out[out.length - 1]!
      last.left = `${last.left} ${left}`.trim()
      last.right = `${last.right} ${right}`
    }
  }
  return out.map(({ left, right }) => row(left.replace(/^\* /, ''), right, left.startsWith('* ')))
}

function argparse(help: string): string[] {
  const out: string[] = []
  let left = ''
  let right = ''
  const flush = () => {
    if (left !== '') out.push(row(left, right, false))
    left = right = ''
  }
  const synopsis = help.slice(help.indexOf('usage:'), help.indexOf('\n\n')).replaceAll(/\s+/g, ' ')
  let listed = false
  for (const line of help.split('\n')) {
    if (/^\S.*:$/.test(line) || /^\S+ .*Group:$/.test(line)) listed = true
    const found = /^ {2}(-\S.*?|\w[\w-]*|\{.*\})(?: {2,}(.*))?$/.exec(line)
    if (listed && found && !/^ {3}/.test(line)) {
      flush()
      if (!found[1]!.startsWith('{')) [left, right] = [found[1]!, found[2] ?? '']
    } else if (/^ {10}/.test(line)) right += ` ${line.trim()}`
    else if (line.trim() === '') continue
  }
  flush()
  return [synopsis, ...out]
}

function row(left: string, right: string, starred: boolean): string {
  const facts: string[] = []
  if (starred || /REQUIRED/.test(right)) facts.push('required')
  const preset = /\(default: ([^)]*)\)/.exec(right)
  if (preset) facts.push(`default=${preset[1]!.replaceAll(/(?<=[.-]) +/g, '').trim()}`)
  if (/deprecated/i.test(right)) facts.push('deprecated')
  return [left, ...facts].join(' ')
}
