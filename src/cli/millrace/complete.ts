import { type Admin, isKafkaError } from '../../client/index.ts'
import { adminOf } from '../clients.ts'
import type { CliWorld } from '../world.ts'
import { type Command, type Completes, commonFlags, type Flag, isNoun } from './command.ts'
import { isFlag } from './parse.ts'
import { verbs } from './verbs.ts'

/** For names of topics and groups; a shell that hangs is worse than one that does not know. */
const ASK_MS = 1000

/** `millrace __complete WORD...`: what the last word, which may be empty, could become; one per line. */
export async function complete(words: readonly string[], world: CliWorld, bootstrap: string): Promise<number> {
  const begun = words.at(-1) ?? ''
  const candidates = await candidatesFor(words.slice(0, -1), begun, (what) => names(what, words, world, bootstrap))
  for (const candidate of candidates) if (candidate.startsWith(begun)) world.out(`${candidate}\n`)
  return 0
}

async function candidatesFor(
  before: readonly string[],
  begun: string,
  ask: (what: Completes) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const [first, ...rest] = before
  const all = [...verbs.map((v) => v.name), 'help']
  if (first === undefined || (first === 'help' && rest.length === 0)) return all
  const entry = verbs.find((v) => v.name === (first === 'help' ? rest[0] : first))
  const verb = await entry?.load?.()
  if (!verb) return begun.startsWith('-') && first !== 'help' ? (entry?.flags ?? []) : []
  let command: Command
  let said = rest
  if (isNoun(verb)) {
    const found = verb.commands.find((c) => c.name === rest[0])
    if (found === undefined && rest.length === 0 && !isFlag(begun)) return verb.commands.map((c) => c.name)
    command = found ?? verb.commands[0]!
    if (found !== undefined) said = rest.slice(1)
  } else command = verb
  if (first === 'help') return []
  const flags = [...command.flags, ...commonFlags]
  const last = said.at(-1)
  const pending = last === undefined ? undefined : takingArgument(flags, last)
  if (pending) return pending.choices ?? (pending.completes ? ask(pending.completes) : [])
  if (begun.startsWith('-')) return flags.map((flag) => `--${flag.name}`)
  let at = 0
  for (let i = 0; i < said.length; i++) {
    if (takingArgument(flags, said[i]!)) i++
    else if (!isFlag(said[i]!)) at++
  }
  if (at >= command.most || !command.completes) return []
  return ask(command.completes[Math.min(at, command.completes.length - 1)]!)
}

function takingArgument(flags: readonly Flag[], word: string): Flag | undefined {
  return flags.find((f) => f.arg !== undefined && (word === `--${f.name}` || word === `-${f.short}`))
}

/** Of the cluster that the command line names; none when it does not answer. */
async function names(
  what: Completes,
  words: readonly string[],
  world: CliWorld,
  bootstrap: string,
): Promise<readonly string[]> {
  if (typeof what !== 'string') return what
  const at = words.findIndex((word) => word === '-b' || word === '--bootstrap-server')
  let admin: Admin | null = null
  try {
    admin = adminOf(world, new Map([['bootstrap.servers', (at >= 0 && words[at + 1]) || bootstrap]]))
    if (what === 'topic') {
      const topics = await admin.listTopics({ timeoutMs: ASK_MS })
      return [...topics.values()].filter((t) => !t.isInternal).map((t) => t.name)
    }
    return (await admin.listGroups({ timeoutMs: ASK_MS })).groups.map((g) => g.groupId)
  } catch (thrown) {
    if (isKafkaError(thrown)) return []
    throw thrown
  } finally {
    await admin?.close()
  }
}
