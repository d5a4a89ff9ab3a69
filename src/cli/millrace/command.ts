import type { Admin } from '../../client/index.ts'
import type { JavaConfig } from '../java-config.ts'
import type { CliWorld } from '../world.ts'

/** What an argument names: checked against `choices` of its own, or completed by asking the cluster. */
export type Completes = 'topic' | 'group' | readonly string[]

export interface Flag {
  /** Without the dashes. */
  readonly name: string
  readonly short?: string
  /** What its argument is called in the help; without one it is a switch. */
  readonly arg?: string
  readonly help: string
  readonly isRepeated?: boolean
  /** Values that it can have; others are a mistake. */
  readonly choices?: readonly string[]
  readonly completes?: Completes
}

export interface Example {
  readonly line: string
  readonly what: string
}

/** Something that can be done: `millrace consume`, `millrace topics create`. */
export interface Command {
  readonly name: string
  readonly summary: string
  /** As the help shows them: `TOPIC...`. */
  readonly args: string
  readonly least: number
  readonly most: number
  /** What the arguments name, one by one; the last one goes for all further ones. */
  readonly completes?: readonly Completes[]
  readonly flags: readonly Flag[]
  readonly examples: readonly Example[]
  run(call: Call): Promise<number>
}

/** Things with commands of their own: `millrace topics`. Without a command: the first one. */
export interface Noun {
  readonly name: string
  readonly summary: string
  readonly commands: readonly Command[]
}

export type Verb = Command | Noun

export function isNoun(verb: Verb): verb is Noun {
  return 'commands' in verb
}

/** One call of a command: what was said, and to whom it speaks. */
export interface Call {
  readonly world: CliWorld
  readonly args: readonly string[]
  /** --json */
  readonly isJson: boolean
  has(flag: string): boolean
  /** The argument of a flag, the last one when it came several times; null when it was not given. */
  value(flag: string): string | null
  values(flag: string): readonly string[]
  /** As a whole number of at least `least`. */
  number(flag: string, least?: number): number | null
  /** --bootstrap-server and --command-config, as a Java client's configuration. */
  config(): Promise<JavaConfig>
  /** Runs `use` with an admin client, and closes it. */
  withAdmin<T>(use: (admin: Admin) => Promise<T>): Promise<T>
}

/** Said wrongly: the message, where to read on, and exit code 2. */
export class Mistake extends Error {
  readonly isMistake = true
}

export function isMistake(thrown: unknown): thrown is Mistake {
  return typeof thrown === 'object' && thrown !== null && 'isMistake' in thrown
}

/** Flags of every command. */
export const commonFlags: readonly Flag[] = [
  {
    name: 'bootstrap-server',
    short: 'b',
    arg: 'HOST:PORT',
    help: 'a broker to begin with (MILLRACE_BOOTSTRAP, or localhost:9092)',
  },
  { name: 'command-config', arg: 'FILE', help: "a Java client's properties file" },
  { name: 'help', short: 'h', help: 'this' },
]

export const jsonFlag: Flag = { name: 'json', help: 'print JSON, for scripts' }
