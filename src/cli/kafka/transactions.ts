import {
  type Admin,
  isKafkaError,
  type ProducerState,
  partitionName,
  type TopicPartition,
  type TransactionDescription,
  type TransactionListing,
} from '../../client/index.ts'
import { apacheText } from '../apache-texts.ts'
import { type Given, type OptionSpec, type ParserSpec, parseArguments, tellRefused } from '../argparse.ts'
import { adminOf } from '../clients.ts'
import { type JavaConfig, loadProperties } from '../java-config.ts'
import { tabbedTable } from '../table.ts'
import { KAFKA_RELEASE, type Tool } from '../tool.ts'
import { type CliWorld, isToolFailure, ToolFailure } from '../world.ts'
import { findHanging } from './transactions-hanging.ts'

const topic: OptionSpec = { name: 'topic', kind: 'value', help: 'The topic.' }
const partition: OptionSpec = {
  name: 'partition',
  kind: 'value',
  type: 'Integer',
  help: 'The partition of the topic.',
}
const onePartition: readonly OptionSpec[] = [topic, partition].map((option) => ({ ...option, isRequired: true }))

const spec: ParserSpec = {
  program: 'kafka-transactions.sh',
  description:
    'This tool is used to analyze the transactional state of producers in the cluster. It can be used to detect and recover from hanging transactions.',
  options: [
    {
      name: 'version',
      short: 'v',
      isShortFirst: true,
      kind: 'flag',
      help: 'Print the version of Kafka that this tool is like.',
    },
    {
      name: 'command-config',
      kind: 'value',
      metavar: 'FILE',
      help: 'A file of properties for the admin client.',
    },
    {
      name: 'bootstrap-server',
      kind: 'value',
      metavar: 'host:port',
      isRequired: true,
      help: 'Brokers to begin with, as host:port, separated by commas.',
    },
  ],
  commandMetavar: 'COMMAND',
  commands: [
    {
      name: 'list',
      help: 'List transactions.',
      options: [
        {
          name: 'duration-filter',
          kind: 'value',
          type: 'Long',
          help: 'Only those that have run for more milliseconds.',
        },
        {
          name: 'transactional-id-pattern',
          kind: 'value',
          help: 'Only transactional ids that match this regular expression.',
        },
      ],
    },
    {
      name: 'describe',
      help: 'Describe the state of a transactional id.',
      options: [{ name: 'transactional-id', kind: 'value', isRequired: true, help: 'The transactional id.' }],
    },
    {
      name: 'describe-producers',
      help: 'Describe who has lately written to a partition.',
      options: [
        { name: 'broker-id', kind: 'value', type: 'Integer', help: 'The replica to ask; the leader when left out.' },
        ...onePartition,
      ],
    },
    {
      name: 'abort',
      help: 'Abort a transaction that hangs in a partition.',
      options: [
        ...onePartition,
        {
          name: 'start-offset',
          kind: 'value',
          type: 'Long',
          help: 'Where the transaction begins (brokers from 3.0 on).',
        },
        { name: 'producer-id', kind: 'value', type: 'Long', help: 'Its producer id (older brokers).' },
        { name: 'producer-epoch', kind: 'value', type: 'Integer', help: 'Its producer epoch (older brokers).' },
        { name: 'coordinator-epoch', kind: 'value', type: 'Integer', help: 'Its coordinator epoch (older brokers).' },
      ],
    },
    {
      name: 'find-hanging',
      help: 'Find transactions that no coordinator will end.',
      options: [
        { name: 'broker-id', kind: 'value', type: 'Integer', help: 'Only partitions of this broker.' },
        {
          name: 'max-transaction-timeout',
          kind: 'value',
          type: 'Integer',
          help: 'What no transaction takes longer than, in minutes; 15 unless given.',
        },
        topic,
        partition,
      ],
    },
    {
      name: 'forceTerminateTransaction',
      help: 'Abort what a transactional id has open, and shut its producer out.',
      options: [{ name: 'transactionalId', kind: 'value', isRequired: true, help: 'The transactional id.' }],
    },
  ],
}

/** kafka-transactions.sh */
export const transactions: Tool = async (args, world) => {
  if (args.includes('--version') || args.includes('-v')) {
    world.out(`${KAFKA_RELEASE}\n`)
    return 0
  }
  const parsed = parseArguments(spec, args)
  if (parsed.kind !== 'command') return tellRefused(world, parsed)
  const { command, given, main } = parsed
  const path = main.value('command-config')
  const config: JavaConfig = path === null ? new Map() : await loadProperties(world, path)
  config.set('bootstrap.servers', main.value('bootstrap-server')!)
  const admin = adminOf(world, config)
  try {
    await commands[command]!(given, admin, world)
    return 0
  } catch (thrown) {
    if (!isToolFailure(thrown)) throw thrown
    world.err(`${thrown.message}\n`)
    return thrown.exitCode
  } finally {
    await admin.close()
  }
}

type Command = (o: Given, admin: Admin, world: CliWorld) => Promise<void>
const commands: Readonly<Record<string, Command>> = {
  list,
  describe,
  'describe-producers': describeProducers,
  abort,
  'find-hanging': findHangingTransactions,
  forceTerminateTransaction: forceTerminate,
}

/** What Apache's tool prints when a call fails: what it was about, and the reason. */
async function saying<T>(what: string, call: Promise<T>): Promise<T> {
  try {
    return await call
  } catch (thrown) {
    if (!isKafkaError(thrown)) throw thrown
    throw new ToolFailure(`${what}: ${apacheText(thrown)}. Enable debug logging for additional detail.`)
  }
}

async function list(o: Given, admin: Admin, world: CliWorld): Promise<void> {
  const longerThanMs = o.number('duration-filter')
  const pattern = o.value('transactional-id-pattern')
  const found = await saying(
    'Failed to list transactions',
    admin
      .listTransactions({
        ...(longerThanMs === null ? {} : { longerThanMs }),
        ...(pattern === null || pattern === '' ? {} : { pattern }),
      })
      .then(listedOf),
  )
  const rows = [['TransactionalId', 'Coordinator', 'ProducerId', 'TransactionState']]
  for (const [broker, listings] of found)
    for (const { transactionalId, producerId, state } of listings)
      rows.push([transactionalId, `${broker}`, `${producerId}`, state])
  world.out(tabbedTable(rows))
}

/** Apache's client keeps to itself why a broker did not list. */
function listedOf(outcomes: Outcomes<number, TransactionListing[]>): [number, TransactionListing[]][] {
  for (const [broker, { error }] of outcomes) {
    if (error === null || !isKafkaError(error) || error.number === -1) continue
    throw new ToolFailure(
      `Failed to list transactions: ListTransactions request sent to broker ${broker} failed with an unexpected exception. Enable debug logging for additional detail.`,
    )
  }
  return allOf(outcomes)
}

type Outcomes<K, V> = ReadonlyMap<K, { readonly error: Error | null; readonly value: V | null | undefined }>

function allOf<K, V>(outcomes: Outcomes<K, V>): [K, V][] {
  return [...outcomes].map(([key, { error, value }]) => {
    if (error !== null) throw error
    return [key, value as V]
  })
}

async function describe(o: Given, admin: Admin, world: CliWorld): Promise<void> {
  const id = o.value('transactional-id')!
  const [[, t]] = (await saying(
    `Failed to describe transaction state of transactional-id \`${id}\``,
    admin.describeTransactions([id]).then((outcomes) => describedOf(id, outcomes)),
  )) as [[string, TransactionDescription]]
  const isOpen = t.startMs !== null
  world.out(
    tabbedTable([
      [
        'CoordinatorId',
        'TransactionalId',
        'ProducerId',
        'ProducerEpoch',
        'TransactionState',
        'TransactionTimeoutMs',
        'CurrentTransactionStartTimeMs',
        'TransactionDurationMs',
        'TopicPartitions',
      ],
      [
        `${t.coordinatorId}`,
        id,
        `${t.producerId}`,
        `${t.producerEpoch}`,
        t.state,
        `${t.timeoutMs}`,
        isOpen ? `${t.startMs}` : 'None',
        isOpen ? `${world.env.clock.wallMs() - t.startMs}` : 'None',
        t.partitions.map(partitionText).join(','),
      ],
    ]),
  )
}

function describedOf(
  id: string,
  outcomes: Outcomes<string, TransactionDescription>,
): [string, TransactionDescription][] {
  try {
    return allOf(outcomes)
  } catch (thrown) {
    if (!isKafkaError(thrown) || thrown.code !== 'TRANSACTIONAL_ID_NOT_FOUND') throw thrown
    const what = `Failed to describe transaction state of transactional-id \`${id}\``
    const why = `DescribeTransactions request for transactionalId \`${id}\` failed because the ID could not be found`
    throw new ToolFailure(`${what}: ${why}. Enable debug logging for additional detail.`)
  }
}

function partitionText({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`
}

async function describeProducers(o: Given, admin: Admin, world: CliWorld): Promise<void> {
  const at = partitionOf(o)
  const brokerId = o.number('broker-id')
  const whom = brokerId === null ? 'leader' : `broker ${brokerId}`
  const states = await saying(
    `Failed to describe producers for partition ${partitionText(at)} on ${whom}`,
    producersOf(admin, at, brokerId),
  )
  const rows = [
    [
      'ProducerId',
      'ProducerEpoch',
      'LatestCoordinatorEpoch',
      'LastSequence',
      'LastTimestamp',
      'CurrentTransactionStartOffset',
    ],
  ]
  for (const s of states) {
    const { producerId, producerEpoch, coordinatorEpoch, lastSequence, lastTimestamp } = s
    const numbers = [producerId, producerEpoch, coordinatorEpoch, lastSequence, lastTimestamp]
    rows.push([
      ...numbers.map(String),
      s.currentTransactionStartOffset === null ? 'None' : `${s.currentTransactionStartOffset}`,
    ])
  }
  world.out(tabbedTable(rows))
}

function partitionOf(o: Given): TopicPartition {
  return { topic: o.value('topic')!, partition: o.number('partition')! }
}

async function producersOf(admin: Admin, at: TopicPartition, brokerId: number | null): Promise<ProducerState[]> {
  const described = await admin.describeProducers([at], brokerId === null ? {} : { brokerId })
  const found = described.get(at.topic, at.partition)
  if (found === undefined) throw new ToolFailure(`The broker did not answer for ${partitionName(at)}`)
  if (found.error !== null) throw found.error
  return found.value
}

const howToName =
  'The transaction to abort must be identified either with --start-offset (for brokers on 3.0 or above) or with --producer-id, --producer-epoch, and --coordinator-epoch (for older brokers)'

async function abort(o: Given, admin: Admin): Promise<void> {
  const at = partitionOf(o)
  const startOffset = o.number('start-offset')
  const producerId = o.number('producer-id')
  if (startOffset === null && producerId === null) throw new ToolFailure(howToName)
  const transaction =
    startOffset === null ? { ...at, ...namedByHand(o, producerId!) } : await beginningAt(admin, at, startOffset)
  await saying(`Failed to abort transaction ${specText(transaction)}`, admin.abortTransaction(transaction))
}

function namedByHand(o: Given, producerId: number) {
  const producerEpoch = o.number('producer-epoch')
  if (producerEpoch === null) throw new ToolFailure('Missing required argument --producer-epoch')
  const coordinatorEpoch = o.number('coordinator-epoch')
  if (coordinatorEpoch === null) throw new ToolFailure('Missing required argument --coordinator-epoch')
  // For brokers of old, which tell -1 when no marker was written yet.
  return { producerId, producerEpoch, coordinatorEpoch: Math.max(0, coordinatorEpoch) }
}

async function beginningAt(admin: Admin, at: TopicPartition, startOffset: number) {
  const states = await saying(
    `Failed to validate producer state for partition ${partitionText(at)}`,
    producersOf(admin, at, null),
  )
  const found = states.find((state) => state.currentTransactionStartOffset === startOffset)
  if (found === undefined) {
    throw new ToolFailure(
      `Could not find any open transactions starting at offset ${startOffset} on partition ${partitionText(at)}`,
    )
  }
  const { producerId, producerEpoch, coordinatorEpoch } = found
  return { ...at, producerId, producerEpoch, coordinatorEpoch: Math.max(0, coordinatorEpoch) }
}

function specText(t: TopicPartition & { producerId: number; producerEpoch: number; coordinatorEpoch: number }): string {
  return `AbortTransactionSpec(topicPartition=${partitionText(t)}, producerId=${t.producerId}, producerEpoch=${t.producerEpoch}, coordinatorEpoch=${t.coordinatorEpoch})`
}

async function findHangingTransactions(o: Given, admin: Admin, world: CliWorld): Promise<void> {
  const brokerId = o.number('broker-id')
  const name = o.value('topic')
  const index = o.number('partition')
  if (name === null && brokerId === null) {
    throw new ToolFailure(
      'The `find-hanging` command requires either --topic or --broker-id to limit the scope of the search',
    )
  }
  if (name === null && index !== null) {
    throw new ToolFailure('The --partition argument requires --topic to be provided')
  }
  const olderThanMs = (o.number('max-transaction-timeout') ?? 15) * 60_000
  const nowMs = world.env.clock.wallMs()
  const found = await findHanging(admin, { brokerId, topic: name, partition: index, olderThanMs, nowMs }, saying)
  const rows = [
    [
      'Topic',
      'Partition',
      'ProducerId',
      'ProducerEpoch',
      'CoordinatorEpoch',
      'StartOffset',
      'LastTimestamp',
      'Duration(min)',
    ],
  ]
  for (const { at, state } of found) {
    rows.push([
      at.topic,
      `${at.partition}`,
      `${state.producerId}`,
      `${state.producerEpoch}`,
      `${state.coordinatorEpoch}`,
      `${state.currentTransactionStartOffset}`,
      `${state.lastTimestamp}`,
      `${Math.floor((nowMs - state.lastTimestamp) / 60_000)}`,
    ])
  }
  world.out(tabbedTable(rows))
}

async function forceTerminate(o: Given, admin: Admin): Promise<void> {
  const id = o.value('transactionalId')!
  await saying(`Failed to force terminate transactionalId \`${id}\``, admin.fenceProducer(id))
}
