import { nearestName } from '../../bytes/index.ts'
import { type Command, commonFlags, type Flag, Mistake } from './command.ts'

export interface Parsed {
  readonly args: readonly string[]
  readonly flags: ReadonlyMap<string, readonly string[]>
}

/** Flags may stand anywhere; `--` ends them. `-` alone, and what looks like a negative number, are arguments. */
export function parse(command: Command, words: readonly string[]): Parsed {
  const args: string[] = []
  const flags = new Map<string, string[]>()
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!
    if (word === '--') {
      args.push(...words.slice(i + 1))
      break
    }
    if (!isFlag(word)) {
      args.push(word)
      continue
    }
    const equals = word.startsWith('--') ? word.indexOf('=') : -1
    const spelled = equals < 0 ? word : word.slice(0, equals)
    const flag = flagOf(command, spelled)
    if (flag === null) throw new Mistake(`there is no ${spelled}${nearest(command, spelled)}`)
    const values = flags.get(flag.name) ?? []
    flags.set(flag.name, values)
    if (flag.arg === undefined) {
      if (equals >= 0) throw new Mistake(`${spelled} takes no value`)
      continue
    }
    if (equals < 0 && i + 1 >= words.length) throw new Mistake(`${spelled} wants ${flag.arg}`)
    const value = equals < 0 ? words[++i]! : word.slice(equals + 1)
    if (values.length > 0 && !flag.isRepeated) throw new Mistake(`${spelled} can be given once`)
    if (flag.choices && !flag.choices.includes(value)) {
      throw new Mistake(`${spelled} is one of ${flag.choices.join(', ')}, not ${value}`)
    }
    values.push(value)
  }
  return { args, flags }
}

export function isFlag(word: string): boolean {
  return word.startsWith('-') && word !== '-' && !/^-\d/.test(word)
}

/** `spelled` with its dashes. */
export function flagOf(command: Command, spelled: string): Flag | null {
  const all = [...command.flags, ...commonFlags]
  const isLong = spelled.startsWith('--')
  const name = spelled.slice(isLong ? 2 : 1)
  return all.find((flag) => (isLong ? flag.name === name : flag.short === name)) ?? null
}

function nearest(command: Command, spelled: string): string {
  const wanted = spelled.replace(/^-+/, '')
  const names = [...command.flags, ...commonFlags].map(({ name }) => name)
  const begins = names.find(
    (name) => wanted.length > 1 && (name.startsWith(wanted) || wanted.startsWith(name) || name.includes(wanted)),
  )
  const close = begins ?? nearestName(wanted, names)
  return close === null ? '' : `; did you mean --${close}?`
}
