import { isUuid, ZERO_UUID } from '../../bytes/index.ts'
import { type Admin, isKafkaError, type QuorumDescription, type RaftVoterEndpoint } from '../../client/index.ts'
import { parseProperties } from '../../config/index.ts'
import { apacheCause } from '../apache-texts.ts'
import { type Given, type OptionSpec, type ParserSpec, parseArguments, tellRefused } from '../argparse.ts'
import type { JavaConfig } from '../java-config.ts'
import { uuidProblem } from '../java-uuid.ts'
import { parseInteger } from '../jopt.ts'
import { connectionOptions, withQuorumAdmin } from '../quorum-connection.ts'
import { tabbedTable } from '../table.ts'
import type { Tool } from '../tool.ts'
import { type CliWorld, isToolFailure, readFile, ToolFailure } from '../world.ts'

const dryRun: OptionSpec = { name: 'dry-run', kind: 'flag', help: 'Say what would be done, and do not do it.' }

const spec: ParserSpec = {
  program: 'kafka-metadata-quorum',
  description: 'This tool shows the quorum of controllers, and changes who belongs to it.',
  options: connectionOptions(true),
  commands: [
    {
      name: 'describe',
      help: 'Print the state of the quorum.',
      options: [
        { name: 'status', kind: 'flag', help: 'In short: who leads, who votes, how far they are.' },
        { name: 'replication', kind: 'flag', help: 'How far each node is.' },
        { name: 'human-readable', kind: 'flag', help: 'With --replication: how long ago instead of when.' },
      ],
    },
    {
      name: 'add-controller',
      help: 'Make the controller whose properties are in --command-config a voter.',
      options: [dryRun],
    },
    {
      name: 'remove-controller',
      help: 'Take a controller out of the voters.',
      options: [
        {
          name: 'controller-id',
          short: 'i',
          kind: 'value',
          type: 'Integer',
          isRequired: true,
          help: 'The id of the controller.',
        },
        {
          name: 'controller-directory-id',
          short: 'd',
          kind: 'value',
          isRequired: true,
          help: 'The id of its metadata directory.',
        },
        dryRun,
      ],
    },
  ],
}

/** kafka-metadata-quorum.sh */
export const metadataQuorum: Tool = async (args, world) => {
  const parsed = parseArguments(spec, args)
  if (parsed.kind !== 'command') return tellRefused(world, parsed)
  const { command, given, main } = parsed
  try {
    if (command === 'describe') await describe(given, main, world)
    else if (command === 'add-controller') await addController(given, main, world)
    else await removeController(given, main, world)
    return 0
  } catch (thrown) {
    if (!isToolFailure(thrown) && !(isKafkaError(thrown) && thrown.code !== 'UNKNOWN_HOST')) throw thrown
    world.err(`${isKafkaError(thrown) ? apacheCause(thrown) : thrown.message}\n`)
    return 1
  }
}

type Partition = QuorumDescription['topics'][number]['partitions'][number]
type Replica = Partition['currentVoters'][number]

async function describe(o: Given, main: Given, world: CliWorld): Promise<void> {
  const [status, replication] = [o.has('status'), o.has('replication')]
  if (status && replication) {
    throw new ToolFailure('Only one of --status or --replication should be specified with describe sub-command')
  }
  if (status && o.has('human-readable')) {
    throw new ToolFailure('The option --human-readable is only supported along with --replication')
  }
  if (!status && !replication) {
    throw new ToolFailure('One of --status or --replication must be specified with describe sub-command')
  }
  await withQuorumAdmin(main, world, async (admin) => {
    const clusterId = status ? (await admin.describeCluster()).clusterId : ''
    const quorum = await admin.describeQuorum()
    const partition = quorum.topics[0]?.partitions[0]
    if (partition === undefined) throw new ToolFailure('The controller told nothing of the metadata quorum')
    if (status) world.out(statusText(clusterId, quorum, partition))
    else world.out(replicationText(partition, o.has('human-readable') ? world.env.clock.wallMs() : null))
  })
}

function leaderOf({ currentVoters, leaderId }: Partition): Replica {
  const leader = currentVoters.find((voter) => voter.replicaId === leaderId)
  if (leader === undefined) throw new ToolFailure(`The leader ${leaderId} is not among the voters`)
  return leader
}

function statusText(clusterId: string, { nodes }: QuorumDescription, partition: Partition): string {
  const leader = leaderOf(partition)
  const last = partition.currentVoters.reduce((a, b) => (b.logEndOffset < a.logEndOffset ? b : a))
  const [leaderMs, lastMs] = [leader.lastCaughtUpTimestamp, last.lastCaughtUpTimestamp]
  const lagMs = leader === last ? 0 : leaderMs < 0 || lastMs < 0 ? -1 : leaderMs - lastMs
  const voters = partition.currentVoters.map((voter) => {
    return nodeText(voter, nodes.find((node) => node.nodeId === voter.replicaId)?.listeners ?? [])
  })
  const rows = {
    ClusterId: clusterId,
    LeaderId: partition.leaderId,
    LeaderEpoch: partition.leaderEpoch,
    HighWatermark: partition.highWatermark,
    MaxFollowerLag: leader.logEndOffset - last.logEndOffset,
    MaxFollowerLagTimeMs: lagMs,
    CurrentVoters: `[${voters.join(', ')}]`,
    CurrentObservers: `[${partition.observers.map((observer) => nodeText(observer, [])).join(', ')}]`,
  }
  return Object.entries(rows)
    .map(([name, value]) => `${`${name}:`.padEnd(24)}${value}\n`)
    .join('')
}

function nodeText(
  { replicaId, replicaDirectoryId }: Replica,
  listeners: readonly { readonly name: string; readonly host: string; readonly port: number }[],
): string {
  const parts = [`"id": ${replicaId}`]
  if (replicaDirectoryId !== ZERO_UUID) parts.push(`"directoryId": "${replicaDirectoryId}"`)
  const endpoints = listeners.map(({ name, host, port }) => `"${name}://${bracketed(host)}:${port}"`)
  if (endpoints.length > 0) parts.push(`"endpoints": [${endpoints.join(', ')}]`)
  return `{${parts.join(', ')}}`
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}

/** `nowMs`: times as how long ago; null: as they are. */
function replicationText(partition: Partition, nowMs: number | null): string {
  const leader = leaderOf(partition)
  const time = (ms: number, what: string): string => {
    if (ms < 0) return '-1'
    if (nowMs === null) return String(ms)
    if (ms <= nowMs) return `${nowMs - ms} ms ago`
    throw new ToolFailure(
      `Error while computing relative time, possible drift in system clock.\nCurrent timestamp is ${nowMs}, ${what} timestamp is ${ms}`,
    )
  }
  const row = (replica: Replica, status: string) => [
    String(replica.replicaId),
    replica.replicaDirectoryId,
    String(replica.logEndOffset),
    String(leader.logEndOffset - replica.logEndOffset),
    time(replica.lastFetchTimestamp, 'last fetch'),
    time(replica.lastCaughtUpTimestamp, 'last caught up'),
    status,
  ]
  return tabbedTable([
    ['NodeId', 'DirectoryId', 'LogEndOffset', 'Lag', 'LastFetchTimestamp', 'LastCaughtUpTimestamp', 'Status'],
    row(leader, 'Leader'),
    ...partition.currentVoters.filter((voter) => voter !== leader).map((voter) => row(voter, 'Follower')),
    ...partition.observers.map((observer) => row(observer, 'Observer')),
  ])
}

async function removeController(o: Given, main: Given, world: CliWorld): Promise<void> {
  const id = o.number('controller-id')!
  if (id < 0) throw new ToolFailure(`Invalid negative --controller-id: ${id}`)
  const directoryId = o.value('controller-directory-id')!
  if (!isUuid(directoryId)) {
    throw new ToolFailure(`Failed to parse --controller-directory-id: ${uuidProblem(directoryId)}`)
  }
  if (!o.has('dry-run')) {
    await withQuorumAdmin(main, world, (admin: Admin) => admin.removeRaftVoter({ id, directoryId }))
  }
  const what = o.has('dry-run') ? 'DRY RUN of removing ' : 'Removed '
  world.out(`${what} KRaft controller ${id} with directory id ${directoryId}\n`)
}

async function addController(o: Given, main: Given, world: CliWorld): Promise<void> {
  if (!main.has('command-config')) {
    throw new ToolFailure(
      'You must supply the configuration file of the controller you are adding when using add-controller.',
    )
  }
  const path = main.value('command-config')!
  const bytes = await readFile(world, path, () => new ToolFailure(`Properties file ${path} does not exists!`))
  const config = parseProperties(new TextDecoder().decode(bytes))
  const id = controllerId(config)
  const directoryId = await metadataDirectoryId(config, world)
  const endpoints = controllerEndpoints(config)
  if (!o.has('dry-run')) {
    await withQuorumAdmin(main, world, (admin) => admin.addRaftVoter({ id, directoryId }, endpoints))
  }
  const told = endpoints.map(({ listener, host, port }) => `${listener}://${bracketed(host)}:${port}`).join(', ')
  const what = o.has('dry-run') ? 'DRY RUN of adding' : 'Added'
  world.out(`${what} controller ${id} with directory id ${directoryId} and endpoints: ${told}\n`)
}

const isItOne = 'Is this a valid controller configuration file?'

function controllerId(config: JavaConfig): number {
  const roles = (config.get('process.roles') ?? '').split(',').map((role) => role.trim())
  if (!roles.includes('controller')) {
    throw new ToolFailure(`process.roles did not contain 'controller' in configuration file. ${isItOne}`)
  }
  const id = parseInteger(config.get('node.id')?.trim() ?? '', 'Integer')
  if (id === null) throw new ToolFailure(`node.id not found in configuration file. ${isItOne}`)
  if (id < 0) throw new ToolFailure(`node.id was negative in configuration file. ${isItOne}`)
  return id
}

async function metadataDirectoryId(config: JavaConfig, world: CliWorld): Promise<string> {
  const directory = config.get('metadata.log.dir') ?? config.get('log.dirs')?.split(',')[0]?.trim() ?? ''
  if (directory === '') throw new ToolFailure(`Neither metadata.log.dir nor log.dirs were found. ${isItOne}`)
  const unread = () => new ToolFailure(`Unable to read meta.properties from ${directory}`)
  const bytes = await readFile(world, `${directory}/meta.properties`, unread)
  const id = parseProperties(new TextDecoder().decode(bytes)).get('directory.id')
  if (id === undefined) throw new ToolFailure(`No directory id found in ${directory}`)
  return id
}

/** Where the controller's listeners are reached; an empty host is this machine. */
function controllerEndpoints(config: JavaConfig): RaftVoterEndpoint[] {
  const names = config.get('controller.listener.names')
  if (names === undefined) throw new ToolFailure(`controller.listener.names was not found. ${isItOne}`)
  const listeners = new Map<string, RaftVoterEndpoint>()
  for (const key of ['listeners', 'advertised.listeners']) {
    for (const text of (config.get(key) ?? '').split(',')) {
      const match = /^\s*([^:\s]+):\/\/\[?([^\]]*?)\]?:(\d+)\s*$/.exec(text)
      if (match)
        listeners.set(match[1]!, { listener: match[1]!, host: match[2] || 'localhost', port: Number(match[3]) })
    }
  }
  return names.split(',').map((name) => {
    const found = listeners.get(name.trim())
    if (found === undefined) {
      throw new ToolFailure(`Cannot find information about controller listener name: ${name.trim()}`)
    }
    return found
  })
}
