/** Command lines as kubectl reads them: flags anywhere, short ones together (`-itn NS`), `--` before a command. */
import { type FlagSpec, Mistake } from './verb.ts'

export interface Words {
  readonly args: readonly string[]
  readonly after: readonly string[] | null
  readonly flags: ReadonlyMap<string, readonly string[]>
}

export function readWords(words: readonly string[], specs: readonly FlagSpec[]): Words {
  const args: string[] = []
  const flags = new Map<string, string[]>()
  const note = (spec: FlagSpec, value: string): void => {
    if (spec.takes === undefined && value !== 'true' && value !== 'false') {
      throw new Mistake(`invalid argument "${value}" for "--${spec.name}" flag: true or false`)
    }
    flags.set(spec.name, [...(flags.get(spec.name) ?? []), value])
  }
  const bareOf = (spec: FlagSpec): string | undefined => (spec.takes === undefined ? 'true' : spec.bare)
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!
    const next = (said: string): string => {
      const value = words[++i]
      if (value === undefined) throw new Mistake(`flag needs an argument: ${said}`)
      return value
    }
    if (word === '--') return { args, after: words.slice(i + 1), flags }
    if (word === '-' || !word.startsWith('-')) args.push(word)
    else if (word.startsWith('--')) {
      const [name = '', inline] = word.slice(2).split(/=(.*)/s)
      const spec = specs.find((one) => one.name === name)
      if (spec === undefined) throw new Mistake(`unknown flag: --${name}`)
      note(spec, inline ?? bareOf(spec) ?? next(`--${name}`))
    } else readShort(word, specs, note, bareOf, next)
  }
  return { args, after: null, flags }
}

function readShort(
  word: string,
  specs: readonly FlagSpec[],
  note: (spec: FlagSpec, value: string) => void,
  bareOf: (spec: FlagSpec) => string | undefined,
  next: (said: string) => string,
): void {
  for (let at = 1; at < word.length; at++) {
    const letter = word[at]!
    const spec = specs.find((one) => one.short === letter)
    if (spec === undefined) throw new Mistake(`unknown shorthand flag: '${letter}' in ${word}`)
    const rest = word.slice(at + 1)
    if (rest.startsWith('=')) return note(spec, rest.slice(1))
    const bare = bareOf(spec)
    if (bare !== undefined) note(spec, bare)
    else return note(spec, rest === '' ? next(`'${letter}' in ${word}`) : rest)
  }
}
