import { nearestName } from '../../bytes/index.ts'
import { isKafkaError } from '../../client/index.ts'
import { adminOf } from '../clients.ts'
import { loadProperties } from '../java-config.ts'
import { type CliWorld, isToolFailure } from '../world.ts'
import { type Call, type Command, isMistake, isNoun, Mistake, type Noun, type Verb } from './command.ts'
import { complete } from './complete.ts'
import { commandHelp, examples, nounHelp } from './help.ts'
import { isFlag, parse } from './parse.ts'
import { checkReachable } from './reach.ts'
import { verbs } from './verbs.ts'

export interface MillraceOptions {
  /** Where clients begin when --bootstrap-server is not given. Default localhost:9092. */
  readonly bootstrapServers?: string | undefined
}

/** `millrace VERB ...` for the verbs that are clients. Answers the exit code: 0, 1 (it failed), 2 (said wrongly). */
export async function runMillrace(
  words: readonly string[],
  world: CliWorld,
  options: MillraceOptions = {},
): Promise<number> {
  const bootstrap = options.bootstrapServers || 'localhost:9092'
  const [first = 'help', ...rest] = words
  if (first === '__complete') return complete(rest, world, bootstrap)
  if (first === 'help' || first === '--help' || first === '-h') return help(rest, world)
  const verb = await verbs.find((v) => v.name === first)?.load?.()
  if (!verb) {
    const names = verbs.map((v) => v.name)
    const why = didYouMean(first, [...names, 'help', 'version']) || `. There are: ${names.join(', ')}`
    world.err(`millrace: there is no ${first}${why}\nSee: millrace help\n`)
    return 2
  }
  let path = first
  try {
    let command: Command
    let said = rest
    if (isNoun(verb)) {
      if (isHelp(rest[0])) {
        world.out(nounHelp(verb))
        return 0
      }
      command = commandOf(verb, rest[0])
      if (command.name === rest[0]) said = rest.slice(1)
      path = `${first} ${command.name}`
    } else command = verb
    if (said.some(isHelp)) {
      world.out(commandHelp(path, command))
      return 0
    }
    return await command.run(callOf(command, said, world, bootstrap))
  } catch (thrown) {
    return failed(thrown, path, world)
  }
}

function isHelp(word: string | undefined): boolean {
  return word === '--help' || word === '-h'
}

/** '' when none of the names is near. */
function didYouMean(word: string, names: readonly string[]): string {
  const near = nearestName(word, names)
  return near === null ? '' : `; did you mean ${near}?`
}

/** What `millrace topics` is followed by: a command, or nothing (or flags) for the first one. */
function commandOf(noun: Noun, word: string | undefined): Command {
  if (word === undefined || isFlag(word)) return noun.commands[0]!
  const command = noun.commands.find((c) => c.name === word)
  if (command === undefined) {
    const names = noun.commands.map((c) => c.name)
    throw new Mistake(`there is no ${word}${didYouMean(word, names) || `; there are ${names.join(', ')}`}`)
  }
  return command
}

function callOf(command: Command, words: readonly string[], world: CliWorld, bootstrap: string): Call {
  const { args, flags } = parse(command, words)
  if (args.length < command.least) throw new Mistake(`wants ${command.args}`)
  if (args.length > command.most) {
    throw new Mistake(
      command.most === 0 ? `takes no ${args[0]}` : `wants ${command.args}, and no ${args[command.most]}`,
    )
  }
  const value = (flag: string) => flags.get(flag)?.at(-1) ?? null
  const config = async () => {
    const path = value('command-config')
    const properties = path === null ? new Map<string, string>() : await loadProperties(world, path)
    const servers = value('bootstrap-server')
    if (servers !== null || !properties.has('bootstrap.servers'))
      properties.set('bootstrap.servers', servers ?? bootstrap)
    await checkReachable(world, properties)
    return properties
  }
  return {
    world,
    args,
    isJson: flags.has('json'),
    has: (flag) => flags.has(flag),
    value,
    values: (flag) => flags.get(flag) ?? [],
    number(flag, least = 0) {
      const text = value(flag)
      if (text === null) return null
      if (!/^\d{1,15}$/.test(text) || Number(text) < least) {
        throw new Mistake(`--${flag} is a number of at least ${least}, not ${text}`)
      }
      return Number(text)
    },
    config,
    async withAdmin(use) {
      const admin = adminOf(world, await config())
      try {
        return await use(admin)
      } finally {
        await admin.close()
      }
    },
  }
}

function failed(thrown: unknown, path: string, world: CliWorld): number {
  // a signal's reason is the exit code it asks for
  if (typeof thrown === 'number') return thrown
  if (isMistake(thrown)) {
    world.err(`millrace ${path}: ${thrown.message}\nSee: millrace ${path} --help\n`)
    return 2
  }
  if (isToolFailure(thrown)) {
    world.err(`millrace ${path}: ${thrown.message}\n`)
    return 1
  }
  if (!isKafkaError(thrown)) throw thrown
  world.err(`millrace ${path}: ${thrown.message}${thrown.number >= 0 ? ` [${thrown.code}]` : ''}\n`)
  if (thrown.code === 'TIMED_OUT' || thrown.code === 'CONNECTION_FAILED') {
    world.err('-b HOST:PORT names another broker to begin with.\n')
  }
  return 1
}

async function help(words: readonly string[], world: CliWorld): Promise<number> {
  const [name, command] = words
  const entry = verbs.find((v) => v.name === name)
  if (name !== undefined && entry?.load) {
    const verb: Verb = await entry.load()
    if (!isNoun(verb)) world.out(commandHelp(name, verb))
    else if (command === undefined) world.out(nounHelp(verb))
    else world.out(commandHelp(`${name} ${command}`, commandOf(verb, command)))
    return 0
  }
  if (entry) {
    world.out(`millrace ${entry.name}: ${entry.summary}\n\nMore: millrace ${entry.name} --help\n`)
    return 0
  }
  const width = Math.max(...verbs.map((v) => v.name.length)) + 3
  world.out(
    `millrace: Kafka, and clients for it\n\n${verbs.map((v) => `  ${v.name.padEnd(width)}${v.summary}\n`).join('')}\n`,
  )
  world.out(
    examples([
      { line: 'millrace up', what: 'a broker on localhost:9092' },
      { line: 'millrace topics create orders', what: 'a topic' },
      { line: 'millrace produce orders "first order"', what: 'a record' },
      { line: 'millrace consume orders --from beginning', what: 'all records, and those to come' },
      { line: 'millrace groups', what: 'who reads' },
    ]),
  )
  world.out('\nMore: millrace VERB --help. All of them take -b HOST:PORT (or MILLRACE_BOOTSTRAP).\n')
  return 0
}
