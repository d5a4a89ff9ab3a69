import { type ConfigEntry, type ConfigResource, type ConfigSource, unwrap } from '../../client/index.ts'
import { type Call, type Command, jsonFlag, Mistake, type Noun } from './command.ts'
import { table } from './table.ts'
import { pairs, printJson } from './topics.ts'

const kinds = ['topic', 'broker', 'group'] as const

/** Sources that somebody set, rather than defaults. */
const own: ReadonlySet<ConfigSource> = new Set([
  'DYNAMIC_TOPIC_CONFIG',
  'DYNAMIC_BROKER_CONFIG',
  'DYNAMIC_DEFAULT_BROKER_CONFIG',
  'STATIC_BROKER_CONFIG',
  'DYNAMIC_GROUP_CONFIG',
])

const sourceTexts: Readonly<Partial<Record<ConfigSource, string>>> = {
  DYNAMIC_TOPIC_CONFIG: 'topic',
  DYNAMIC_BROKER_CONFIG: 'broker',
  DYNAMIC_DEFAULT_BROKER_CONFIG: 'all brokers',
  // a file, or what `millrace up` sets
  STATIC_BROKER_CONFIG: 'its start',
  DYNAMIC_GROUP_CONFIG: 'group',
  DEFAULT_CONFIG: 'default',
}

const show: Command = {
  name: 'show',
  summary: 'print what a topic, broker or group is set to',
  args: 'topic|broker|group NAME',
  least: 2,
  most: 2,
  completes: [kinds, 'topic'],
  flags: [{ name: 'all', short: 'a', help: 'defaults, too' }, jsonFlag],
  examples: [
    { line: 'millrace configs show topic orders', what: 'what is set for it' },
    { line: 'millrace configs show broker 1 --all', what: 'everything' },
    { line: 'millrace configs show broker default', what: 'what is set for all brokers' },
  ],
  run: (call) =>
    call.withAdmin(async (admin) => {
      const resource = resourceOf(call)
      const entries = unwrap(await admin.describeConfigs([resource])).get(resource)!
      const shown = entries.filter((e) => call.has('all') || own.has(e.source)).sort(byName)
      if (call.isJson) {
        const plain = ({ name, value, source, isSensitive, isReadOnly }: ConfigEntry) => ({
          name,
          value,
          source,
          isSensitive,
          isReadOnly,
        })
        printJson(call, shown.map(plain))
      } else if (shown.length === 0) call.world.err('Nothing is set; --all shows the defaults.\n')
      else {
        const rows = shown.map((e) => [
          e.name,
          sourceTexts[e.source] ?? e.source.toLowerCase(),
          e.isSensitive ? '(secret)' : (e.value ?? ''),
        ])
        call.world.out(table(['NAME', 'SET BY', 'VALUE'], rows))
      }
      return 0
    }),
}

const set: Command = {
  name: 'set',
  summary: 'set configurations of a topic, broker or group; the others stay',
  args: 'topic|broker|group NAME KEY=VALUE...',
  least: 3,
  most: Number.POSITIVE_INFINITY,
  completes: [kinds, 'topic'],
  flags: [],
  examples: [
    { line: 'millrace configs set topic orders retention.ms=3600000', what: 'kept for an hour' },
    { line: 'millrace configs set broker default log.cleaner.threads=2', what: 'for all brokers' },
  ],
  run: (call) =>
    call.withAdmin(async (admin) => {
      const changes = Object.entries(pairs(call.args.slice(2))).map(
        ([name, value]) => ({ name, operation: 'set', value }) as const,
      )
      unwrap(await admin.alterConfigs(new Map([[resourceOf(call), changes]])))
      call.world.out(`Set ${changes.map((c) => c.name).join(', ')} of ${call.args[0]} ${call.args[1]}\n`)
      return 0
    }),
}

const unset: Command = {
  name: 'unset',
  summary: 'go back to the defaults',
  args: 'topic|broker|group NAME KEY...',
  least: 3,
  most: Number.POSITIVE_INFINITY,
  completes: [kinds, 'topic'],
  flags: [],
  examples: [{ line: 'millrace configs unset topic orders retention.ms', what: "the broker's value again" }],
  run: (call) =>
    call.withAdmin(async (admin) => {
      const names = call.args.slice(2)
      const changes = names.map((name) => ({ name, operation: 'delete' }) as const)
      unwrap(await admin.alterConfigs(new Map([[resourceOf(call), changes]])))
      call.world.out(`Unset ${names.join(', ')} of ${call.args[0]} ${call.args[1]}\n`)
      return 0
    }),
}

export const configs: Noun = {
  name: 'configs',
  summary: 'show and set configurations of topics, brokers and groups',
  commands: [show, set, unset],
}

function resourceOf(call: Call): ConfigResource {
  const [kind, name] = call.args as [string, string]
  const type = kinds.find((k) => k === kind)
  if (type === undefined) throw new Mistake(`${kind} has no configurations; ${kinds.join(', ')} have`)
  if (type !== 'broker' || name === 'default') return { type, name: type === 'broker' ? '' : name }
  if (!/^\d+$/.test(name)) throw new Mistake(`a broker is named by its id, or 'default' for all of them; not ${name}`)
  return { type, name }
}

function byName(a: ConfigEntry, b: ConfigEntry): number {
  return a.name < b.name ? -1 : 1
}
