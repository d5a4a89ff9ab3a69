import {
  Consumer,
  type ConsumerRecord,
  isKafkaError,
  type PartitionOffset,
  partitionName,
  type TopicPartition,
} from '../../client/index.ts'
import { apacheText } from '../apache-texts.ts'
import { type FlatSpec, flatError, type Given, parseFlat, tellRefused } from '../argparse.ts'
import { consumerOptions } from '../clients.ts'
import { type JavaConfig, loadProperties } from '../java-config.ts'
import type { Tool } from '../tool.ts'
import { type CliWorld, isToolFailure, ToolFailure } from '../world.ts'

const spec: FlatSpec = {
  program: 'verifiable-consumer',
  description:
    'This tool reads a topic in a group and prints, as JSON, what happens: partitions that come and go, records that were read, offsets that were committed.',
  options: [
    { name: 'topic', kind: 'value', metavar: 'TOPIC', isRequired: true, help: 'The topic to read.' },
    {
      name: 'group-protocol',
      kind: 'value',
      metavar: 'GROUP-PROTOCOL',
      default: 'classic',
      help: 'How the group divides the partitions: classic, by its members; consumer, by the broker.',
    },
    {
      name: 'group-remote-assignor',
      kind: 'value',
      metavar: 'GROUP-REMOTE-ASSIGNOR',
      help: "The broker's assignor, when the group protocol is consumer.",
    },
    { name: 'group-id', kind: 'value', metavar: 'GROUP-ID', isRequired: true, help: 'The group in which to read.' },
    {
      name: 'group-instance-id',
      kind: 'value',
      metavar: 'GROUP-INSTANCE-ID',
      help: 'A name under which the member keeps its partitions over a restart.',
    },
    {
      name: 'max-messages',
      kind: 'value',
      type: 'Integer',
      metavar: 'MAX-MESSAGES',
      default: '-1',
      help: 'How many records are read; -1 for all until the tool is ended.',
    },
    {
      name: 'session-timeout',
      kind: 'value',
      type: 'Integer',
      metavar: 'TIMEOUT-MS',
      help: 'How long the member may be silent, when the group protocol is classic.',
    },
    { name: 'verbose', kind: 'flag', default: 'false', help: 'Print every record.' },
    {
      name: 'enable-autocommit',
      kind: 'flag',
      default: 'false',
      help: 'Commit at intervals, and not what each poll brought.',
    },
    {
      name: 'reset-policy',
      kind: 'value',
      metavar: 'RESET-POLICY',
      default: 'earliest',
      help: 'Where to begin without a committed offset: earliest, latest, or none, which is an error.',
    },
    {
      name: 'assignment-strategy',
      kind: 'value',
      metavar: 'ASSIGNMENT-STRATEGY',
      default: 'org.apache.kafka.clients.consumer.RangeAssignor',
      help: "The members' assignor, when the group protocol is classic.",
    },
    {
      name: 'consumer.config',
      kind: 'value',
      metavar: 'CONFIG-FILE',
      help: '(DEPRECATED) What --command-config is now.',
    },
    {
      name: 'command-config',
      kind: 'value',
      metavar: 'CONFIG-FILE',
      help: 'A file of properties for the consumer; what the command line says wins.',
    },
    {
      name: 'bootstrap-server',
      kind: 'value',
      metavar: 'HOST1:PORT1[,HOST2:PORT2[...]]',
      isRequired: true,
      help: 'Brokers to begin with.',
    },
  ],
}

/** kafka-verifiable-consumer.sh */
export const verifiableConsumer: Tool = async (args, world) => {
  const parsed = parseFlat(spec, args)
  if (parsed.kind !== 'given') return tellRefused(world, parsed)
  const o = parsed.given
  if (o.has('consumer.config') && o.has('command-config')) {
    const refused = flatError(spec, 'Options --consumer.config and --command-config are mutually exclusive.')
    return tellRefused(world, refused)
  }
  try {
    const run = new Run(o, world, await configOf(o, world))
    return await run.run()
  } catch (thrown) {
    if (!isToolFailure(thrown)) throw thrown
    world.err(`${thrown.message}\n`)
    return 1
  }
}

async function configOf(o: Given, world: CliWorld): Promise<JavaConfig> {
  if (o.has('consumer.config')) {
    world.out(
      'Option --consumer.config has been deprecated and will be removed in a future version. Use --command-config instead.\n',
    )
  }
  const path = o.value('command-config') ?? o.value('consumer.config')
  const config: JavaConfig = path === null ? new Map() : await loadProperties(world, path)
  const protocol = o.value('group-protocol')!
  if (!['classic', 'consumer'].includes(protocol.toLowerCase())) {
    throw new ToolFailure(
      `No enum constant org.apache.kafka.clients.consumer.GroupProtocol.${protocol.toUpperCase()}: there are classic and consumer`,
    )
  }
  config.set('group.protocol', protocol)
  config.set('group.id', o.value('group-id')!)
  if (o.has('group-instance-id')) config.set('group.instance.id', o.value('group-instance-id')!)
  if (protocol.toLowerCase() === 'consumer') {
    if (o.has('group-remote-assignor')) config.set('group.remote.assignor', o.value('group-remote-assignor')!)
  } else {
    if (o.has('session-timeout')) config.set('session.timeout.ms', o.value('session-timeout')!)
    config.set('partition.assignment.strategy', o.value('assignment-strategy')!)
  }
  config.set('bootstrap.servers', o.value('bootstrap-server')!)
  config.set('enable.auto.commit', String(o.has('enable-autocommit')))
  config.set('auto.offset.reset', o.value('reset-policy')!)
  return config
}

interface Summary {
  readonly topic: string
  readonly partition: number
  count: number
  readonly minOffset: number
  maxOffset: number
}

class Run {
  readonly #world: CliWorld
  readonly #consumer: Consumer
  readonly #topic: string
  /** Infinity: no limit. */
  readonly #most: number
  readonly #isVerbose: boolean
  readonly #commits: boolean
  #count = 0

  constructor(o: Given, world: CliWorld, config: JavaConfig) {
    this.#world = world
    this.#topic = o.value('topic')!
    const most = o.number('max-messages')!
    this.#most = most < 0 ? Number.POSITIVE_INFINITY : most
    this.#isVerbose = o.has('verbose')
    this.#commits = !o.has('enable-autocommit')
    this.#consumer = new Consumer(world.env, consumerOptions(config))
  }

  async run(): Promise<number> {
    const { stop } = this.#world
    stop.addEventListener('abort', () => this.#tell({ name: 'shutdown_requested' }), { once: true })
    this.#tell({ name: 'startup_complete' })
    this.#consumer.subscribe([this.#topic], {
      assigned: (partitions) => this.#tell({ name: 'partitions_assigned', partitions: partitions.map(bare) }),
      revoked: (partitions) => this.#tell({ name: 'partitions_revoked', partitions: partitions.map(bare) }),
    })
    try {
      await this.#read()
    } catch (thrown) {
      if (!stop.aborted) {
        if (!isKafkaError(thrown)) throw thrown
        const error = `org.apache.kafka.clients.consumer.${thrown.exception}: ${apacheText(thrown)}`
        this.#world.env.logger.error('Error during processing, terminating consumer process', { error })
      }
    } finally {
      await this.#consumer.close()
    }
    this.#tell({ name: 'shutdown_complete' })
    if (stop.aborted) return stop.reason as number
    // the end of the process is a request of its own
    this.#tell({ name: 'shutdown_requested' })
    return 0
  }

  async #read(): Promise<void> {
    while (this.#count < this.#most) {
      const maxRecords = Math.min(500, this.#most - this.#count)
      const records = await this.#consumer.poll({ signal: this.#world.stop, maxRecords })
      const summaries = this.#summarize(records)
      this.#tell({ name: 'records_consumed', count: records.length, partitions: summaries })
      await this.#world.drained()
      if (this.#commits) await this.#commit(summaries)
    }
  }

  /** By partition, each in the order of its first record. */
  #summarize(records: readonly ConsumerRecord[]): Summary[] {
    const text = (bytes: Uint8Array | null) => (bytes === null ? null : new TextDecoder().decode(bytes))
    const summaries = new Map<string, Summary>()
    for (const { topic, partition, offset, key, value } of records) {
      const known = summaries.get(partitionName({ topic, partition }))
      if (known === undefined) {
        const summary = { topic, partition, count: 1, minOffset: offset, maxOffset: offset }
        summaries.set(partitionName(summary), summary)
      } else {
        known.count++
        known.maxOffset = offset
      }
      if (this.#isVerbose) {
        this.#tell({ name: 'record_data', key: text(key), value: text(value), topic, partition, offset })
      }
    }
    this.#count += records.length
    return [...summaries.values()]
  }

  async #commit(summaries: readonly Summary[]): Promise<void> {
    const offsets: PartitionOffset[] = summaries.map((s) => ({ ...bare(s), offset: s.maxOffset + 1 }))
    try {
      await this.#consumer.commit(offsets)
      this.#tell({ name: 'offsets_committed', offsets, success: true })
    } catch (thrown) {
      if (!isKafkaError(thrown)) throw thrown
      this.#tell({ name: 'offsets_committed', offsets, error: apacheText(thrown), success: false })
    }
  }

  #tell(event: Readonly<Record<string, unknown>>): void {
    this.#world.out(`${JSON.stringify({ timestamp: this.#world.env.clock.wallMs(), ...event })}\n`)
  }
}

function bare({ topic, partition }: TopicPartition): TopicPartition {
  return { topic, partition }
}
