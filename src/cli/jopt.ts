import { ToolFailure } from './world.ts'

/**
 * Command lines as jopt-simple reads them, which most of Kafka's tools use: `--name value`, `--name=value`, `-name value`;
 * an option may be repeated; a required argument is taken whatever it looks like; what is left over is ignored.
 */
export interface OptionSpec {
  /** Without dashes. */
  readonly name: string
  readonly arg?: ArgSpec
  /** What the help says of it. */
  readonly help: string
}

export interface ArgSpec {
  /** In brackets: one of these words, in any case. */
  readonly type: 'String' | 'Integer' | 'Long' | 'Double' | `[${string}]`
  /** The word for it in the help. */
  readonly what?: string
  readonly isOptional?: true
  readonly default?: string
}

/** A mistake on the command line; each tool says it in its own way. */
export class JoptError extends Error {
  readonly isJoptError = true
}

export function isJoptError(thrown: unknown): thrown is JoptError {
  return typeof thrown === 'object' && thrown !== null && 'isJoptError' in thrown
}

export class Options {
  readonly specs: readonly OptionSpec[]
  readonly isEmpty: boolean
  /** The options given, as often as they were, in the order of the command line. */
  readonly sequence: readonly string[]
  readonly #given = new Map<string, string[]>()

  constructor(specs: readonly OptionSpec[], args: readonly string[]) {
    this.specs = specs
    this.isEmpty = args.length === 0
    this.sequence = this.#parse(args)
  }

  /** Given on the command line, with or without an argument. */
  has(name: string): boolean {
    return this.#given.has(name)
  }

  /** The argument given, or the default; null when there is neither. */
  value(name: string): string | null {
    const given = this.values(name)
    if (given.length > 1) throw new JoptError(`Found multiple arguments for option ${name}, but you asked for only one`)
    return given[0] ?? null
  }

  /** All arguments given, or the default. */
  values(name: string): readonly string[] {
    const given = this.#given.get(name)
    if (given !== undefined && given.length > 0) return given
    const preset = this.#spec(name)?.arg?.default
    return preset === undefined ? [] : [preset]
  }

  /** As a whole number of its type; null when there is none. */
  integer(name: string): number | null {
    const text = this.value(name)
    if (text === null) return null
    const value = parseInteger(text, this.#spec(name)?.arg?.type === 'Long' ? 'Long' : 'Integer')
    if (value === null) throw new JoptError(`Cannot parse argument '${text}' of option ${name}`)
    return value
  }

  required(name: string): string {
    const value = this.value(name)
    if (value === null) throw missing(name)
    return value
  }

  #spec(name: string): OptionSpec | undefined {
    return this.specs.find((o) => o.name === name)
  }

  #parse(args: readonly string[]): string[] {
    const sequence: string[] = []
    for (let i = 0; i < args.length; i++) {
      const arg = args[i]!
      if (arg === '--') return sequence
      if (!looksLikeOption(arg)) continue
      const equals = arg.indexOf('=')
      const name = arg.slice(arg.startsWith('--') ? 2 : 1, equals < 0 ? undefined : equals)
      const spec = this.#spec(name)
      if (!spec)
        throw new JoptError(`${arg.startsWith('--') ? name : this.#unknownLetter(name)} is not a recognized option`)
      const values = this.#given.get(name) ?? []
      this.#given.set(name, values)
      sequence.push(name)
      if (spec.arg === undefined) continue
      if (equals >= 0) values.push(arg.slice(equals + 1))
      else if (spec.arg.isOptional) {
        const next = args[i + 1]
        if (next !== undefined && !looksLikeOption(next)) values.push(args[++i]!)
      } else if (i + 1 >= args.length) throw new JoptError(`Option ${name} requires an argument`)
      else values.push(args[++i]!)
    }
    return sequence
  }

  /** `-abc` is read as -a -b -c when there is no such long option. */
  #unknownLetter(cluster: string): string {
    return [...cluster].find((letter) => !this.#spec(letter)) ?? cluster
  }
}

function looksLikeOption(text: string): boolean {
  return text.length > 1 && text.startsWith('-')
}

/** Java's Integer.parseInt and Long.parseLong. */
export function parseInteger(text: string, type: 'Integer' | 'Long'): number | null {
  if (!/^[+-]?\d+$/.test(text)) return null
  const value = BigInt(text.replace('+', ''))
  const limit = type === 'Integer' ? 1n << 31n : 1n << 63n
  return value >= -limit && value < limit ? Number(value) : null
}

// What tools check

export function usage(message: string): ToolFailure {
  return new ToolFailure(message, { withHelp: true })
}

function missing(name: string): ToolFailure {
  return usage(`Missing required argument "[${name}]"`)
}

export function checkRequired(o: Options, ...names: readonly string[]): void {
  for (const name of names) if (!o.has(name)) throw missing(name)
}

/** None of the others may be given when `used` is. */
export function checkInvalid(o: Options, used: string, others: Iterable<string>): void {
  if (!o.has(used)) return
  for (const other of others) {
    if (o.has(other)) throw usage(`Option "[${used}]" can't be used with option "[${other}]"`)
  }
}

export function checkExactlyOne(o: Options, ...names: readonly string[]): void {
  if (names.filter((name) => o.has(name)).length === 1) return
  throw usage(`Exactly one of the following arguments is required: ${names.map((n) => `[${n}]`).join(', ')}`)
}

// The help

const WIDTH = 80
const LEFT = 40

export const helpOption: OptionSpec = { name: 'help', help: 'Print usage information.' }
export const versionOption: OptionSpec = { name: 'version', help: 'Display the Kafka version that this tool is like.' }

/** Two columns: the option with its argument, and what it is for. */
export function helpText(specs: readonly OptionSpec[]): string {
  const rows = [...specs].sort((a, b) => (a.name < b.name ? -1 : 1))
  const out = [row('Option', 'Description'), row('------', '-----------')]
  for (const spec of rows) {
    const left = wrap(leftOf(spec), LEFT - 1, 2)
    const preset = spec.arg?.default
    const right = wrap(preset === undefined ? spec.help : `${spec.help} (default: ${preset})`, WIDTH - LEFT - 2, 2)
    for (let i = 0; i < Math.max(left.length, right.length); i++) out.push(row(left[i] ?? '', right[i] ?? ''))
  }
  return `${out.join('\n')}\n`
}

function leftOf({ name, arg }: OptionSpec): string {
  if (arg === undefined) return `--${name}`
  const what = arg.what === undefined ? arg.type : `${arg.type}: ${arg.what}`
  return arg.isOptional ? `--${name} [${what}]` : `--${name} <${what}>`
}

function row(left: string, right: string): string {
  return `${left.padEnd(LEFT)} ${right.padEnd(WIDTH - LEFT - 1)}`
}

/** Breaks at blanks; lines after the first are indented. */
function wrap(text: string, width: number, indent: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const glued = line === '' ? word : line.trim() === '' ? line + word : `${line} ${word}`
    if (glued.length > width && line.trim() !== '') {
      lines.push(line)
      line = ' '.repeat(indent) + word
    } else line = glued
    // a word that is too long for a line is broken after a dot, else anywhere
    while (line.length > width) {
      const dot = line.lastIndexOf('.', width - 1)
      const at = dot > indent ? dot + 1 : width
      lines.push(line.slice(0, at))
      line = ' '.repeat(indent) + line.slice(at)
    }
  }
  lines.push(line)
  return lines
}
