import { type Admin, isKafkaError } from '../../client/index.ts'
import { apacheText } from '../apache-texts.ts'
import { type CommandSpec, type Given, type OptionSpec, parseArguments } from '../argparse.ts'
import { adminOf } from '../clients.ts'
import { type JavaConfig, loadProperties } from '../java-config.ts'
import { parseInteger } from '../jopt.ts'
import type { Tool } from '../tool.ts'
import { type CliWorld, isToolFailure, ToolFailure } from '../world.ts'

const connection: readonly OptionSpec[] = [
  {
    name: 'bootstrap-server',
    short: 'b',
    kind: 'value',
    group: 'bootstrap',
    isGroupRequired: true,
    help: 'Brokers to begin with, as host:port.',
  },
  {
    name: 'bootstrap-controller',
    short: 'C',
    kind: 'value',
    group: 'bootstrap',
    isGroupRequired: true,
    help: 'Controllers to begin with, as host:port.',
  },
  { name: 'config', kind: 'value', help: '(DEPRECATED) What --command-config is now.' },
  { name: 'command-config', short: 'c', kind: 'value', help: 'A file of properties for the admin client.' },
]

const commands: readonly CommandSpec[] = [
  { name: 'cluster-id', help: 'Print the id of the cluster.', options: connection },
  {
    name: 'unregister',
    help: 'Forget a broker that is gone for good.',
    options: [
      ...connection,
      { name: 'id', short: 'i', kind: 'value', isRequired: true, help: 'The id of the broker.' },
    ],
  },
  {
    name: 'list-endpoints',
    help: 'Print where brokers or controllers are reached.',
    options: [...connection, { name: 'include-fenced-brokers', kind: 'flag', help: 'Fenced brokers too.' }],
  },
]

/** kafka-cluster.sh */
export const cluster: Tool = async (args, world) => {
  const parsed = parseArguments({ program: 'kafka-cluster', description: 'The Kafka cluster tool.', commands }, args)
  if (parsed.kind !== 'command') {
    const text = parsed.lines.map((line) => `${line}\n`).join('')
    if (parsed.kind === 'help') world.out(text)
    else world.err(text)
    return parsed.kind === 'help' ? 0 : 1
  }
  try {
    return await run(parsed.command, parsed.given, world)
  } catch (thrown) {
    if (!isToolFailure(thrown) && !(isKafkaError(thrown) && thrown.code !== 'UNKNOWN_HOST')) throw thrown
    world.err(`${isKafkaError(thrown) ? apacheText(thrown) : thrown.message}\n`)
    return 1
  }
}

async function run(command: string, given: Given, world: CliWorld): Promise<number> {
  const config = await configOf(given, world)
  const controllers = given.value('bootstrap-controller')
  if (controllers !== null) config.set('bootstrap.controllers', controllers)
  else config.set('bootstrap.servers', given.value('bootstrap-server')!)
  const admin = adminOf(world, config)
  try {
    if (command === 'cluster-id') {
      world.out(`Cluster ID: ${(await admin.describeCluster()).clusterId}\n`)
    } else if (command === 'unregister') await unregister(admin, given.value('id')!, world)
    else await listEndpoints(admin, controllers !== null, given.has('include-fenced-brokers'), world)
    return 0
  } finally {
    await admin.close()
  }
}

async function configOf(given: Given, world: CliWorld): Promise<JavaConfig> {
  let path = given.value('command-config')
  const old = given.value('config')
  if (old !== null && path !== null)
    throw new ToolFailure('--config and --command-config cannot be specified together.')
  if (old !== null) {
    world.out(
      'Option --config has been deprecated and will be removed in a future version. Use --command-config instead.\n',
    )
    path = old
  }
  return path === null ? new Map() : loadProperties(world, path)
}

async function unregister(admin: Admin, text: string, world: CliWorld): Promise<void> {
  const id = parseInteger(text, 'Integer')
  if (id === null)
    throw new ToolFailure(`kafka-cluster: error: argument --id/-i: could not convert '${text}' to Integer`)
  try {
    await admin.unregisterBroker(id)
  } catch (thrown) {
    if (!isKafkaError(thrown) || thrown.code !== 'UNSUPPORTED_BY_BROKER') throw thrown
    world.out('The target cluster does not support the broker unregistration API.\n')
    return
  }
  world.out(`Broker ${id} is no longer registered.\n`)
}

async function listEndpoints(
  admin: Admin,
  isOfControllers: boolean,
  withFenced: boolean,
  world: CliWorld,
): Promise<void> {
  if (withFenced && isOfControllers) {
    throw new ToolFailure('The option --include-fenced-brokers is only supported with --bootstrap-server option')
  }
  const { nodes } = await admin.describeCluster({ includeFencedBrokers: withFenced })
  const hostWidth = nodes.length === 0 ? 100 : Math.max(...nodes.map((n) => n.host.length))
  const racks = nodes.flatMap((n) => (n.rack === null ? [] : [n.rack.length]))
  const rackWidth = racks.length === 0 ? 10 : Math.max(...racks)
  const row = (cells: readonly string[], state: string | null) => {
    const [id = '', host = '', port = '', rack = '', type = ''] = cells
    const columns = [id.padEnd(10), host.padEnd(hostWidth), port.padEnd(10), rack.padEnd(rackWidth)]
    if (state !== null) columns.push(state.padEnd(10))
    world.out(`${[...columns, type.padEnd(15)].join(' ')}\n`)
  }
  row(['ID', 'HOST', 'PORT', 'RACK', 'ENDPOINT_TYPE'], isOfControllers ? null : 'STATE')
  for (const n of nodes) {
    const state = n.isFenced ? 'fenced' : 'unfenced'
    const type = isOfControllers ? 'controller' : 'broker'
    row([String(n.id), n.host, String(n.port), String(n.rack), type], isOfControllers ? null : state)
  }
}
