import { parseInteger } from './jopt.ts'
import type { CliWorld } from './world.ts'

/**
 * Command lines in the manner of argparse4j, which Kafka's storage, features, quorum and performance tools use: usage on
 * stderr, sub-commands, long options by any unambiguous prefix, groups of options that exclude one another.
 */
export interface ParserSpec {
  /** Such as `kafka-storage`. */
  readonly program: string
  readonly description: string
  /** What stands before the command. */
  readonly options?: readonly OptionSpec[]
  readonly commands: readonly CommandSpec[]
  /** The word for the command in the usage; their names by default. */
  readonly commandMetavar?: string
}

/** A tool that has no commands. */
export interface FlatSpec {
  readonly program: string
  readonly description: string
  readonly options: readonly OptionSpec[]
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
  /** The letter is what the usage shows. */
  readonly isShortFirst?: true
  /** `values` may be repeated; `many` takes all arguments up to the next option. */
  readonly kind: 'flag' | 'value' | 'values' | 'many'
  /** The word for its argument; the name in capitals by default. */
  readonly metavar?: string
  readonly type?: 'Integer' | 'Long' | 'Double'
  readonly choices?: readonly string[]
  readonly default?: string
  readonly isRequired?: true
  /** Options of one group exclude one another; they stand next to each other. */
  readonly group?: string
  /** One option of the group must be given. */
  readonly isGroupRequired?: true
  readonly help: string
}

export type Parsed =
  /** `main` is what was given before the command. */
  { readonly kind: 'command'; readonly command: string; readonly given: Given; readonly main: Given } | Refused

export type ParsedFlat = { readonly kind: 'given'; readonly given: Given } | Refused

type Refused =
  /** `--help`: text for standard output, exit code 0. */
  | { readonly kind: 'help'; readonly lines: readonly string[] }
  /** A mistake: text for standard error, exit code 1. */
  | { readonly kind: 'error'; readonly lines: readonly string[]; readonly message: string }

export class Given {
  readonly #values = new Map<string, string[]>()
  readonly #specs: readonly OptionSpec[]

  constructor(specs: readonly OptionSpec[]) {
    this.#specs = specs
  }

  add(name: string, value: string): void {
    this.#values.set(name, [...(this.#values.get(name) ?? []), value])
  }
  has(name: string): boolean {
    return this.#values.has(name)
  }
  /** The last one given, or the default. */
  value(name: string): string | null {
    return this.#values.get(name)?.at(-1) ?? this.#specs.find((o) => o.name === name)?.default ?? null
  }
  /** Of an option with a type; null when there is neither argument nor default. */
  number(name: string): number | null {
    const text = this.value(name)
    return text === null ? null : Number(text)
  }
  values(name: string): readonly string[] {
    return this.#values.get(name) ?? []
  }
}

const width = 75

export function parseArguments(spec: ParserSpec, args: readonly string[]): Parsed {
  const top = topUsage(spec)
  const topError = (message: string): Parsed => ({
    kind: 'error',
    lines: [...top, ...errorLines(spec, message)],
    message,
  })
  const main = new Given(spec.options ?? [])
  const before = { options: spec.options ?? [] }
  const at = commandIndex(before, args)
  const problem = readOptions(before, args.slice(0, at), main) ?? (at === args.length ? 'too few arguments' : null)
  if (problem === 'help') return { kind: 'help', lines: topHelp(spec) }
  if (problem !== null) return topError(problem)
  const [first, ...rest] = args.slice(at) as [string, ...string[]]
  const command = spec.commands.find((c) => c.name === first)
  if (command === undefined) {
    const choices = spec.commands.map((c) => `'${c.name}'`).join(', ')
    return topError(`invalid choice: '${first}' (choose from ${choices})`)
  }
  const given = new Given(command.options)
  const wrong = readOptions(command, rest, given) ?? missing(command, given)
  if (wrong === 'help') return { kind: 'help', lines: commandHelp(spec, command) }
  // what the command is told comes first, then what was to be said before it
  const open = wrong ?? missing(before, main)
  if (open !== null) {
    const usage = wrong === null ? top : commandUsage(spec, command)
    return { kind: 'error', lines: [...usage, ...errorLines(spec, open)], message: open }
  }
  return { kind: 'command', command: first, given, main }
}

/** Where the command stands: the first argument that is neither option nor an option's argument. */
function commandIndex(before: Takes, args: readonly string[]): number {
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!
    if (!arg.startsWith('-')) return i
    const found = matchOption(before, arg)
    if (found !== null && typeof found === 'object' && found.option.kind !== 'flag' && found.attached === null) i++
  }
  return args.length
}

export function parseFlat(spec: FlatSpec, args: readonly string[]): ParsedFlat {
  const given = new Given(spec.options)
  const problem = args.length === 0 ? 'help' : (readOptions(spec, args, given) ?? missing(spec, given))
  if (problem === null) return { kind: 'given', given }
  return problem === 'help' ? { kind: 'help', lines: flatHelp(spec) } : flatError(spec, problem)
}

/** Prints a help or a mistake, and answers the exit code for it. */
export function tellRefused(world: CliWorld, refused: Refused): number {
  const text = `${refused.lines.join('\n')}\n`
  if (refused.kind === 'help') world.out(text)
  else world.err(text)
  return refused.kind === 'help' ? 0 : 1
}

/** A mistake that the tool itself finds. */
export function flatError(spec: FlatSpec, message: string): ParsedFlat & { readonly kind: 'error' } {
  return { kind: 'error', lines: [...flatUsage(spec), ...errorLines(spec, message)], message }
}

type Takes = Pick<CommandSpec, 'options'>

/** Null when all is well, 'help' when asked for, else what is wrong. */
function readOptions(command: Takes, args: readonly string[], given: Given): string | null {
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
      return `argument ${label(option)}: expected ${option.kind === 'many' ? '1 argument(s)' : 'one argument'}`
    }
    if (found.attached === null) i++
    const problem = refuseValue(option, value)
    if (problem !== null) return problem
    given.add(option.name, value)
    if (option.kind !== 'many') continue
    while (i + 1 < args.length && !looksLikeOption(args[i + 1]!)) given.add(option.name, args[++i]!)
  }
  return null
}

function refuseValue({ type, choices, ...option }: OptionSpec, value: string): string | null {
  if (type !== undefined) {
    const isNumber =
      type === 'Double' ? value.trim() !== '' && !Number.isNaN(Number(value)) : parseInteger(value, type) !== null
    if (!isNumber) {
      return `argument ${label(option)}: could not convert '${value}' to ${type} (For input string: "${value}")`
    }
  }
  if (choices === undefined || choices.includes(value)) return null
  return `argument ${label(option)}: invalid choice: '${value}' (choose from {${choices.join(',')}})`
}

function missing(command: Takes, given: Given): string | null {
  // Later ones first, as Kafka's tools complain.
  const option = command.options.findLast((o) => o.isRequired === true && !given.has(o.name))
  if (option !== undefined) return `argument ${label(option)} is required`
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

function matchOption(command: Takes, arg: string): { option: OptionSpec; attached: string | null } | string | null {
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
  if (option.kind === 'flag') return ''
  const word = option.metavar ?? option.name.toUpperCase().replaceAll('-', '_')
  return option.kind === 'many' ? ` ${word} [${word} ...]` : ` ${word}`
}

/** The options of a usage; groups come behind the rest. */
function usagePieces(all: readonly OptionSpec[]): string[] {
  const options = [...all].sort((a, b) => Number(a.group !== undefined) - Number(b.group !== undefined))
  return options.map((o, i) => {
    const text = `${o.isShortFirst ? `-${o.short}` : `--${o.name}`}${metavar(o)}`
    const isFirst = o.group === undefined || options[i - 1]?.group !== o.group
    const isLast = o.group === undefined || options[i + 1]?.group !== o.group
    const [open, close] = o.isGroupRequired ? '()' : '[]'
    return o.isRequired || (o.isGroupRequired && isFirst && isLast)
      ? text
      : `${isFirst ? open : ''}${text}${isLast ? close : ' |'}`
  })
}

function topUsage(spec: ParserSpec): string[] {
  const names = spec.commandMetavar ?? `{${spec.commands.map((c) => c.name).join(',')}}`
  return wrapPieces(spec, `usage: ${spec.program}`, ['[-h]', ...usagePieces(spec.options ?? []), names, '...'])
}

function commandUsage(spec: ParserSpec, command: CommandSpec): string[] {
  const owed = (spec.options ?? []).filter((o) => o.isRequired === true || o.isGroupRequired === true)
  const pieces = [...usagePieces(owed), command.name, '[-h]', ...usagePieces(command.options)]
  return wrapPieces(spec, `usage: ${spec.program}`, pieces)
}

function flatUsage(spec: FlatSpec): string[] {
  return wrapPieces(spec, `usage: ${spec.program}`, ['[-h]', ...usagePieces(spec.options)])
}

function wrapPieces({ program }: { readonly program: string }, start: string, pieces: readonly string[]): string[] {
  const indent = ' '.repeat(`usage: ${program} `.length)
  const lines = [start]
  for (const piece of pieces) {
    const line = lines.at(-1)!
    if (line.length + 1 + piece.length <= width) lines[lines.length - 1] = `${line} ${piece}`
    else lines.push(indent + piece)
  }
  return lines
}

function topHelp(spec: ParserSpec): string[] {
  const entries = spec.commands.flatMap((c) => helpEntry(`    ${c.name}`, c.help))
  const top = [...topUsage(spec), '', ...justified(spec.description, width)]
  if (spec.commandMetavar !== undefined) {
    return [...top, ...optionsHelp(spec.options ?? []), '', 'commands:', `  ${spec.commandMetavar}`, ...entries]
  }
  return [
    ...top,
    '',
    'positional arguments:',
    `  {${spec.commands.map((c) => c.name).join(',')}}`,
    ...entries,
    ...optionsHelp(spec.options ?? []),
  ]
}

function commandHelp(spec: ParserSpec, command: CommandSpec): string[] {
  return [...commandUsage(spec, command), ...optionsHelp(command.options)]
}

function flatHelp(spec: FlatSpec): string[] {
  return [...flatUsage(spec), '', ...justified(spec.description, width), ...optionsHelp(spec.options)]
}

function optionsHelp(options: readonly OptionSpec[]): string[] {
  return [
    '',
    'optional arguments:',
    ...helpEntry('  -h, --help', 'show this help message and exit'),
    ...options.flatMap((o) => {
      const short = o.short === undefined ? '' : `, -${o.short}${metavar(o)}`
      const preset = o.default === undefined ? '' : ` (default: ${o.default})`
      const long = `--${o.name}${metavar(o)}`
      const names = o.isShortFirst ? `  -${o.short}${metavar(o)}, ${long}` : `  ${long}${short}`
      return helpEntry(names, o.help + preset)
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

function errorLines(spec: { readonly program: string }, message: string): string[] {
  return justified(`${spec.program}: error: ${message}`, width, 1)
}

/**
 * Lines of `columns`, all but the last with both edges even: the extra spaces go to the gaps in the middle. Breaks at
 * blanks, and after hyphens before a letter. `behind`: columns taken by what follows the last word.
 */
export function justified(text: string, columns: number, behind = 0): string[] {
  const lines: string[][] = [[]]
  let length = 0
  const words = text.split(' ')
  for (const [at, word] of words.entries()) {
    const pieces = word.split(/(?<=-)(?=[A-Za-z])/)
    for (const [i, piece] of pieces.entries()) {
      const line = lines.at(-1)!
      const isGlued = i > 0 && line.length > 0
      const gap = line.length > 0 && !isGlued ? 1 : 0
      const more = at === words.length - 1 && i === pieces.length - 1 ? behind : 0
      if (line.length > 0 && length + gap + piece.length + more > columns) {
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
