import { type LogDir, stringHashOrder, unwrap } from '../../client/index.ts'
import { withAdmin } from '../admin-tool.ts'
import { checkRequired, type OptionSpec, type Options, parseInteger } from '../jopt.ts'
import { joptTool } from '../tool.ts'
import { ToolFailure } from '../world.ts'

const options: readonly OptionSpec[] = [
  {
    name: 'bootstrap-server',
    arg: { type: 'String', what: 'The server(s) to use for bootstrapping' },
    help: 'REQUIRED: brokers to begin with, as host:port.',
  },
  {
    name: 'command-config',
    arg: { type: 'String', what: 'Admin client property file' },
    help: 'A file of properties for the admin client.',
  },
  { name: 'describe', help: 'Print the log directories of brokers and what is in them, as JSON.' },
  {
    name: 'topic-list',
    arg: { type: 'String', what: 'Topic list', default: '' },
    help: 'Only these topics, separated by commas; all when left out.',
  },
  {
    name: 'broker-list',
    arg: { type: 'String', what: 'Broker list', default: '' },
    help: 'Only these brokers by id, separated by commas; all when left out.',
  },
]

/** kafka-log-dirs.sh */
export const logDirs = joptTool({
  purpose: 'This tool helps to query log directory usage on the specified brokers.',
  options,
  helpOnMistake: false,
  async run(o, world) {
    checkRequired(o, 'bootstrap-server', 'describe')
    const topics = new Set(parts(o, 'topic-list'))
    const defaults = { 'client.id': 'log-dirs-tool' }
    return withAdmin(
      o,
      world,
      async (admin) => {
        const all = (await admin.describeCluster()).nodes.map((n) => n.id)
        const asked = new Set(parts(o, 'broker-list').map(brokerId))
        const missing = [...asked].filter((id) => !all.includes(id))
        if (missing.length > 0) {
          throw new ToolFailure(
            `ERROR: The given brokers do not exist from --broker-list: ${missing.join(',')}. Current existent brokers: ${all.join(',')}`,
          )
        }
        const brokers = asked.size === 0 ? all : all.filter((id) => asked.has(id))
        world.out('Querying brokers for log directories information\n')
        const found = unwrap(await admin.describeLogDirs(brokers))
        world.out(`Received log directory information from brokers ${brokers.join(',')}\n`)
        world.out(`${json(found, topics)}\n`)
        return 0
      },
      defaults,
    )
  },
})

function parts(o: Options, name: string): string[] {
  return (o.value(name) ?? '').split(',').filter((part) => part !== '')
}

function brokerId(text: string): number {
  const id = parseInteger(text, 'Integer')
  if (id === null) throw new ToolFailure(`For input string: "${text}"`)
  return id
}

/** Keys in the order in which Java's maps walk them, which scripts have come to expect. */
function json(brokers: ReadonlyMap<number, readonly LogDir[]>, topics: ReadonlySet<string>): string {
  return JSON.stringify({
    brokers: [...brokers].map(([broker, dirs]) => ({
      broker,
      logDirs: inOrder(dirs).map((dir) => logDirJson(dir, topics)),
    })),
    version: 1,
  })
}

function inOrder(dirs: readonly LogDir[]): LogDir[] {
  const byPath = new Map(dirs.map((d) => [d.path, d]))
  return stringHashOrder(byPath.keys()).map((path) => byPath.get(path)!)
}

function logDirJson(dir: LogDir, topics: ReadonlySet<string>): object {
  const partitions = dir.replicas
    .filter((r) => topics.size === 0 || topics.has(r.topic))
    .map((r) => ({
      partition: `${r.topic}-${r.partition}`,
      size: r.sizeBytes,
      offsetLag: r.offsetLag,
      isFuture: r.isFuture,
    }))
  const error = dir.error === null ? null : `org.apache.kafka.common.errors.${dir.error.exception}`
  return { partitions, error, logDir: dir.path }
}
