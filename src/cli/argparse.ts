/**
 * Command lines in the manner of argparse4j, which Kafka's storage, features and quorum tools use: usage on stderr,
 * sub-commands, long options by any unambiguous prefix, groups of options that exclude one another.
 */
export interface ParserSpec {
  /** Such as `kafka-storage`. */
  readonly program: string
  readonly description: string
  readonly commands: readonly CommandSpec[]
}

export interface CommandSpec {
  readonly name: string
  readonly help: string
  readonly options: readonly OptionSpec[]
}

export interface OptionSpec {
  /** Without dashes, such as `cluster-id`. */
  readonly name: string
  /** One letter, without dash. */
  readonly short?: string
  readonly kind: 'flag' | 'value' | 'values'
  readonly isRequired?: true
  /** Options of one group exclude one another; they stand next to each other. */
  readonly group?: string
  /** One option of the group must be given. */
  readonly isGroupRequired?: true
  readonly help: string
}

export type Parsed =
  | { readonly kind: 'command'; readonly command: string; readonly given: Given }
  /** `--help`: text for standard output, exit code 0. */
  | { readonly kind: 'help'; readonly lines: readonly string[] }
  /** A mistake: text for standard error, exit code 1. */
  | { readonly kind: 'error'; readonly lines: readonly string[] }

export class Given {
  readonly #values = new Map<string, string[]>()

  add(name: string, value: string): void {
    this.#values.set(name, [...(this.#values.get(name) ?? []), value])
  }
  has(name: string): boolean {
    return this.#values.has(name)
  }
  /** The last one given. */
  value(name: string): string | null {
    return this.#values.get(name)?.at(-1) ?? null
  }
  values(name: string): readonly string[] {
    return this.#values.get(name) ?? []
  }
}

const width = 75

export function parseArguments(spec: ParserSpec, args: readonly string[]): Parsed {
  const [first, ...rest] = args
  const top = topUsage(spec)
  const topError = (message: string): Parsed => ({ kind: 'error', lines: [...top, ...errorLines(spec, message)] })
  if (first === undefined) return topError('too few arguments')
  if (first === '-h' || first === '--help') return { kind: 'help', lines: topHelp(spec) }
  if (first.startsWith('-')) return topError(`unrecognized arguments: '${first}'`)
  const command = spec.commands.find((c) => c.name === first)
  if (command === undefined) {
    const choices = spec.commands.map((c) => `'${c.name}'`).join(', ')
    return topError(`invalid choice: '${first}' (choose from ${choices})`)
  }
  const given = new Given()
  const problem = readOptions(command, rest, given)
  if (problem === 'help') return { kind: 'help', lines: commandHelp(spec, command) }
  if (problem !== null) {
    return { kind: 'error', lines: [...commandUsage(spec, command), ...errorLines(spec, problem)] }
  }
  return { kind: 'command', command: first, given }
}

/** Null when all is well, 'help' when asked for, else what is wrong. */
function readOptions(command: CommandSpec, args: readonly string[], given: Given): string | null {
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!
    if (arg === '-h' || arg === '--help') return 'help'
    const found = matchOption(command, arg)
    if (found === null) return `unrecognized arguments: '${arg}'`
    if (typeof found === 'string') return found
    const { option } = found
    const rival = command.options.find((o) => o !== option && o.group === option.group && given.has(o.name))
    if (option.group !== undefined && rival !== undefined) {
      return `argument ${label(option)}: not allowed with argument ${label(rival)}`
    }
    if (option.kind === 'flag') {
      given.add(option.name, 'true')
      continue
    }
    const value = found.attached ?? args[i + 1]
    if (value === undefined || (found.attached === null && looksLikeOption(value))) {
      return `argument ${label(option)}: expected one argument`
    }
    if (found.attached === null) i++
    given.add(option.name, value)
  }
  // Later ones first, as Kafka's tools complain.
  const missing = command.options.findLast((o) => o.isRequired === true && !given.has(o.name))
  if (missing !== undefined) return `argument ${label(missing)} is required`
  const open = command.options.find((o) => {
    return o.isGroupRequired && !command.options.some((other) => other.group === o.group && given.has(other.name))
  })
  if (open === undefined) return null
  const choices = command.options.filter((o) => o.group === open.group)
  return `one of the arguments ${choices.map(label).join(' ')} is required`
}

function looksLikeOption(text: string): boolean {
  return text.startsWith('-') && !/^-\d/.test(text) && text !== '-'
}

function matchOption(
  command: CommandSpec,
  arg: string,
): { option: OptionSpec; attached: string | null } | string | null {
  if (arg.startsWith('--')) {
    const equals = arg.indexOf('=')
    const name = equals < 0 ? arg.slice(2) : arg.slice(2, equals)
    const attached = equals < 0 ? null : arg.slice(equals + 1)
    const exact = command.options.find((o) => o.name === name)
    if (exact !== undefined) return { option: exact, attached }
    const close = command.options.filter((o) => o.name.startsWith(name))
    if (close.length > 1) {
      return `ambiguous option: --${name} could match ${close.map((o) => `--${o.name}`).join(', ')}`
    }
    return close.length === 1 && name !== '' ? { option: close[0]!, attached } : null
  }
  const option = arg.startsWith('-')
    ? command.options.find((o) => o.short !== undefined && o.short === arg[1])
    : undefined
  if (option === undefined) return null
  return { option, attached: arg.length > 2 ? arg.slice(2) : null }
}

function label(option: OptionSpec): string {
  return option.short === undefined ? `--${option.name}` : `--${option.name}/-${option.short}`
}

function metavar(option: OptionSpec): string {
  return option.kind === 'flag' ? '' : ` ${option.name.toUpperCase().replaceAll('-', '_')}`
}

function topUsage(spec: ParserSpec): string[] {
  const names = `{${spec.commands.map((c) => c.name).join(',')}}`
  return wrapPieces(spec, `usage: ${spec.program}`, ['[-h]', names, '...'])
}

function commandUsage(spec: ParserSpec, command: CommandSpec): string[] {
  const pieces: string[] = ['[-h]']
  // groups come behind the rest
  const options = [...command.options].sort((a, b) => Number(a.group !== undefined) - Number(b.group !== undefined))
  options.forEach((o, i) => {
    const text = `--${o.name}${metavar(o)}`
    const isFirst = o.group === undefined || options[i - 1]?.group !== o.group
    const isLast = o.group === undefined || options[i + 1]?.group !== o.group
    const [open, close] = o.isGroupRequired ? '()' : '[]'
    if (o.isRequired) pieces.push(text)
    else pieces.push(`${isFirst ? open : ''}${text}${isLast ? close : ' |'}`)
  })
  return wrapPieces(spec, `usage: ${spec.program} ${command.name}`, pieces)
}

function wrapPieces(spec: ParserSpec, start: string, pieces: readonly string[]): string[] {
  const indent = ' '.repeat(`usage: ${spec.program} `.length)
  const lines = [start]
  for (const piece of pieces) {
    const line = lines.at(-1)!
    if (line.length + 1 + piece.length <= width) lines[lines.length - 1] = `${line} ${piece}`
    else lines.push(indent + piece)
  }
  return lines
}

function topHelp(spec: ParserSpec): string[] {
  return [
    ...topUsage(spec),
    '',
    spec.description,
    '',
    'positional arguments:',
    `  {${spec.commands.map((c) => c.name).join(',')}}`,
    ...spec.commands.flatMap((c) => helpEntry(`    ${c.name}`, c.help)),
    '',
    'optional arguments:',
    ...helpEntry('  -h, --help', 'show this help message and exit'),
  ]
}

function commandHelp(spec: ParserSpec, command: CommandSpec): string[] {
  return [
    ...commandUsage(spec, command),
    '',
    'optional arguments:',
    ...helpEntry('  -h, --help', 'show this help message and exit'),
    ...command.options.flatMap((o) => {
      const short = o.short === undefined ? '' : `, -${o.short}${metavar(o)}`
      return helpEntry(`  --${o.name}${metavar(o)}${short}`, o.help)
    }),
  ]
}

/** Name in the first 25 columns, help beside it, or below when the name is too long. */
function helpEntry(name: string, help: string): string[] {
  const indent = ' '.repeat(25)
  const lines = justified(help, width - 25).map((line) => indent + line)
  if (name.length > 23) return [name, ...lines]
  return [name.padEnd(25) + (lines[0]?.slice(25) ?? ''), ...lines.slice(1)]
}

function errorLines(spec: ParserSpec, message: string): string[] {
  return justified(`${spec.program}: error: ${message}`, width)
}

/**
 * Lines of `columns`, all but the last with both edges even: the extra spaces go to the gaps in the middle. Breaks at
 * blanks, and after hyphens before a letter.
 */
export function justified(text: string, columns: number): string[] {
  const lines: string[][] = [[]]
  let length = 0
  for (const word of text.split(' ')) {
    for (const [i, piece] of word.split(/(?<=-)(?=[A-Za-z])/).entries()) {
      const line = lines.at(-1)!
      const isGlued = i > 0 && line.length > 0
      const gap = line.length > 0 && !isGlued ? 1 : 0
      if (line.length > 0 && length + gap + piece.length > columns) {
        lines.push([piece])
        length = piece.length
      } else {
        length += gap + piece.length
        if (isGlued) line[line.length - 1] += piece
        else line.push(piece)
      }
    }
  }
  return lines.map((words, i) => (i === lines.length - 1 ? words.join(' ') : justify(words, columns)))
}

function justify(words: readonly string[], columns: number): string {
  const gaps = words.length - 1
  if (gaps === 0) return words[0]!
  const extra = columns - words.join(' ').length
  const rest = extra % gaps
  const from = Math.floor((gaps - rest + 1) / 2)
  let line = words[0]!
  for (let gap = 0; gap < gaps; gap++) {
    const more = Math.floor(extra / gaps) + (gap >= from && gap < from + rest ? 1 : 0)
    line += ' '.repeat(1 + more) + words[gap + 1]
  }
  return line
}
