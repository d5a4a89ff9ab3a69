import { Writer } from '../../bytes/index.ts'
import { Consumer, type ConsumerRecord, isKafkaError, partitionName, stringHashOrder } from '../../client/index.ts'
import { consumerOptions } from '../clients.ts'
import { currentFormatterName, formatterNamed, type MessageFormatter } from '../formatters.ts'
import { type JavaConfig, loadProperties, parsePairs } from '../java-config.ts'
import {
  checkExactlyOne,
  checkRequired,
  isJoptError,
  type OptionSpec,
  type Options,
  parseInteger,
  usage,
} from '../jopt.ts'
import { joptTool } from '../tool.ts'
import { type CliWorld, ToolFailure } from '../world.ts'

const formatterProperties =
  'print.timestamp, print.key, print.offset, print.epoch, print.partition, print.headers, print.value (true or false), ' +
  'key.separator, line.separator, headers.separator, null.literal, key.deserializer, value.deserializer, ' +
  'headers.deserializer.'

const options: readonly OptionSpec[] = [
  { name: 'topic', arg: { type: 'String', what: 'topic' }, help: 'The topic to read.' },
  {
    name: 'include',
    arg: { type: 'String', what: 'Java regex (String)' },
    help: 'A regular expression: all topics whose names match are read.',
  },
  {
    name: 'partition',
    arg: { type: 'Integer', what: 'partition' },
    help: "The partition to read, from its end unless '--offset' says otherwise.",
  },
  {
    name: 'offset',
    arg: { type: 'String', what: 'consume offset', default: 'latest' },
    help: "Where to begin: a number of at least 0, or 'earliest', or 'latest'.",
  },
  {
    name: 'consumer-property',
    arg: { type: 'String', what: 'consumer_prop' },
    help: '(DEPRECATED) What --command-property is now.',
  },
  {
    name: 'command-property',
    arg: { type: 'String', what: 'consumer_prop' },
    help: 'A property of the consumer, as key=value.',
  },
  {
    name: 'consumer.config',
    arg: { type: 'String', what: 'config file' },
    help: '(DEPRECATED) What --command-config is now.',
  },
  {
    name: 'command-config',
    arg: { type: 'String', what: 'config file' },
    help: 'A file of consumer properties; --command-property wins over it.',
  },
  {
    name: 'formatter',
    arg: { type: 'String', what: 'class', default: 'org.apache.kafka.tools.consumer.DefaultMessageFormatter' },
    help: 'What prints the records.',
  },
  {
    name: 'property',
    arg: { type: 'String', what: 'prop' },
    help: '(DEPRECATED) What --formatter-property is now.',
  },
  {
    name: 'formatter-property',
    arg: { type: 'String', what: 'prop' },
    help: `A property of the formatter, as key=value: ${formatterProperties}`,
  },
  {
    name: 'formatter-config',
    arg: { type: 'String', what: 'config file' },
    help: 'A file of formatter properties; --formatter-property wins over it.',
  },
  {
    name: 'from-beginning',
    help: 'Where there is no offset to go on from, begin with the first record, not at the end.',
  },
  {
    name: 'max-messages',
    arg: { type: 'Integer', what: 'num_messages' },
    help: 'End after so many records. Without it, there is no end.',
  },
  {
    name: 'timeout-ms',
    arg: { type: 'Long', what: 'timeout_ms' },
    help: 'End when no record came for so long.',
  },
  { name: 'skip-message-on-error', help: 'Pass over a record that cannot be printed, instead of ending.' },
  {
    name: 'bootstrap-server',
    arg: { type: 'String', what: 'server to connect to' },
    help: 'REQUIRED: brokers to begin with, as host:port.',
  },
  {
    name: 'key-deserializer',
    arg: { type: 'String', what: 'deserializer for keys' },
    help: 'How to read keys.',
  },
  {
    name: 'value-deserializer',
    arg: { type: 'String', what: 'deserializer for values' },
    help: 'How to read values.',
  },
  { name: 'enable-systest-events', help: 'Say when it ends; for system tests.' },
  {
    name: 'isolation-level',
    arg: { type: 'String', default: 'read_uncommitted' },
    help: 'read_committed leaves out records of transactions that were not committed.',
  },
  {
    name: 'group',
    arg: { type: 'String', what: 'consumer group id' },
    help: 'The consumer group to be a member of.',
  },
]

/** Output is gathered up to this size. */
const OUT_BYTES = 65_536

/** kafka-console-consumer.sh */
export const consoleConsumer = joptTool({
  purpose: 'This tool helps to read data from Kafka topics and outputs it to standard output.',
  options,
  async run(o, world) {
    check(o)
    const config = await consumerConfig(o, world)
    const offset = offsetOf(o)
    const formatter = await formatterOf(o, world)
    const consumer = new Consumer(world.env, consumerOptions(config))
    if (!o.has('partition') && (config.get('group.protocol') ?? 'classic').toLowerCase() === 'classic') {
      world.err(
        'The consumer rebalance protocol (KIP-848) is production-ready! Set group.protocol=consumer to try it out. See https://kafka.apache.org/documentation/#consumer_rebalance_protocol\n',
      )
    }
    const printer = new Printer(formatter, world, o.has('skip-message-on-error'))
    try {
      if (o.has('partition')) position(consumer, o.required('topic'), o.integer('partition')!, offset)
      else consumer.subscribe(o.has('topic') ? [o.required('topic')] : new RegExp(`^(?:${o.required('include')})$`))
      return await read(consumer, o, printer, world)
    } catch (thrown) {
      if (isJoptError(thrown)) throw new ToolFailure(thrown.message)
      throw thrown
    } finally {
      printer.flush()
      await unread(consumer, world)
      await consumer.close()
      world.err(`Processed a total of ${printer.count} messages\n`)
      if (o.has('enable-systest-events')) world.out('shutdown_complete\n')
    }
  },
})

function check(o: Options): void {
  checkExactlyOne(o, 'topic', 'include')
  if (o.has('partition')) {
    if (!o.has('topic')) throw usage('The topic is required when partition is specified.')
    if (o.has('from-beginning') && o.has('offset')) {
      throw usage('Options from-beginning and offset cannot be specified together.')
    }
  } else if (o.has('offset')) throw usage('The partition is required when offset is specified.')
  checkRequired(o, 'bootstrap-server')
  for (const [old, now] of [
    ['consumer-property', 'command-property'],
    ['consumer.config', 'command-config'],
  ] as const) {
    if (o.has(old) && o.has(now)) throw usage(`Options --${old} and --${now} cannot be specified together.`)
  }
}

function deprecated(o: Options, world: CliWorld, old: string, now: string): string {
  if (!o.has(old)) return now
  world.out(`Option --${old} is deprecated and will be removed in a future version. Use --${now} instead.\n`)
  return old
}

async function consumerConfig(o: Options, world: CliWorld): Promise<JavaConfig> {
  const properties = deprecated(o, world, 'consumer-property', 'command-property')
  const file = deprecated(o, world, 'consumer.config', 'command-config')
  const fromFile: JavaConfig = o.has(file) ? await loadProperties(world, o.required(file)) : new Map()
  const given = parsePairs(o.values(properties))
  const groups = new Set([o.value('group'), fromFile.get('group.id'), given.get('group.id')].filter((g) => g != null))
  if (groups.size > 1) {
    const found = stringHashOrder(groups as Set<string>).map((g) => `'${g}'`)
    throw usage(
      "The group ids provided in different places (directly using '--group', via '--consumer-property', or via '--consumer.config') do not match. " +
        `Detected group ids: ${found.join(', ')}`,
    )
  }
  if (groups.size > 0 && o.has('partition')) throw usage('Options group and partition cannot be specified together.')
  const config: JavaConfig = new Map([...fromFile, ...given])
  setReset(o, config)
  config.set('bootstrap.servers', o.required('bootstrap-server'))
  if (!config.has('client.id')) config.set('client.id', 'console-consumer')
  if (o.has('isolation-level') || !config.has('isolation.level')) {
    config.set('isolation.level', o.value('isolation-level')!)
  }
  const [group] = groups
  if (group != null) config.set('group.id', group)
  else {
    config.set('group.id', `console-consumer-${world.env.random.below(100_000)}`)
    // nobody will ever go on from there
    if (!config.has('enable.auto.commit')) config.set('enable.auto.commit', 'false')
  }
  return config
}

function setReset(o: Options, config: JavaConfig): void {
  const asked = config.get('auto.offset.reset')
  if (asked === undefined) config.set('auto.offset.reset', o.has('from-beginning') ? 'earliest' : 'latest')
  else if (o.has('from-beginning') && asked !== 'earliest') {
    throw new ToolFailure(
      `Can't simultaneously specify --from-beginning and 'auto.offset.reset=${asked}', please remove one option`,
    )
  }
}

function offsetOf(o: Options): number | 'earliest' | 'latest' {
  if (!o.has('offset')) return o.has('from-beginning') ? 'earliest' : 'latest'
  const text = o.required('offset')
  const lower = text.toLowerCase()
  if (lower === 'earliest' || lower === 'latest') return lower
  const offset = parseInteger(text, 'Long')
  if (offset !== null && offset >= 0) return offset
  throw usage(
    `The provided offset value '${text}' is incorrect. Valid values are 'earliest', 'latest', or a non-negative long.`,
  )
}

async function formatterOf(o: Options, world: CliWorld): Promise<MessageFormatter> {
  const asked = o.required('formatter')
  const name = currentFormatterName(asked)
  if (name !== asked) world.err(`${asked} is called ${name} since Kafka 4.0; used under its new name.\n`)
  if (o.has('property') && o.has('formatter-property')) {
    throw usage('Options --property and --formatter-property cannot be specified together.')
  }
  const isKnown = formatterNamed(name, new Map(), () => {}) !== null
  if (!isKnown) throw usage(asked)
  const properties = deprecated(o, world, 'property', 'formatter-property')
  const config: JavaConfig = o.has('formatter-config')
    ? await loadProperties(world, o.required('formatter-config'))
    : new Map()
  for (const kind of ['key', 'value']) {
    const deserializer = o.value(`${kind}-deserializer`)
    if (deserializer) config.set(`${kind}.deserializer`, deserializer)
  }
  for (const [key, value] of parsePairs(o.values(properties))) config.set(key, value)
  return formatterNamed(name, config, (text) => world.err(`${text}\n`))!
}

function position(consumer: Consumer, topic: string, partition: number, offset: number | 'earliest' | 'latest'): void {
  const at = { topic, partition }
  consumer.assign([at])
  if (offset === 'earliest') consumer.seekToBeginning([at])
  else if (offset === 'latest') consumer.seekToEnd([at])
  else consumer.seek(at, offset)
}

/** Where records are left over, the group's position is said anew, without the epoch of the record before, as Apache's. */
async function unread(consumer: Consumer, world: CliWorld): Promise<void> {
  if (world.stop.aborted || consumer.assignment().length === 0) return
  const seen = new Set<string>()
  const firsts: ConsumerRecord[] = []
  try {
    for (const record of await consumer.poll({ timeoutMs: 0 })) {
      const name = partitionName(record)
      if (!seen.has(name)) firsts.push(record)
      seen.add(name)
    }
  } catch (thrown) {
    if (!isKafkaError(thrown)) throw thrown
    return // whatever it is, this run is over
  }
  for (const record of firsts) consumer.seek(record, record.offset)
}

async function read(consumer: Consumer, o: Options, printer: Printer, world: CliWorld): Promise<number> {
  const most = o.integer('max-messages') ?? -1
  const timeoutMs = o.integer('timeout-ms') ?? -1
  while (most < 0 || printer.count < most) {
    let records: ConsumerRecord[]
    try {
      records = await consumer.poll({
        signal: world.stop,
        ...(timeoutMs >= 0 ? { timeoutMs } : {}),
        ...(most >= 0 ? { maxRecords: Math.min(500, most - printer.count) } : {}),
      })
    } catch (thrown) {
      if (world.stop.aborted) return world.stop.reason as number
      if (!isKafkaError(thrown)) throw thrown
      printer.flush()
      world.err(`org.apache.kafka.common.errors.${thrown.exception}: ${thrown.message}\n`)
      return 0
    }
    if (records.length === 0) return 0
    for (const record of records) if (!printer.print(record)) return 1
    printer.flush()
    await world.drained()
  }
  return 0
}

class Printer {
  count = 0
  readonly #formatter: MessageFormatter
  readonly #world: CliWorld
  readonly #skipsErrors: boolean
  #out = new Writer(OUT_BYTES)

  constructor(formatter: MessageFormatter, world: CliWorld, skipsErrors: boolean) {
    this.#formatter = formatter
    this.#world = world
    this.#skipsErrors = skipsErrors
  }

  /** False: it cannot be printed, and that is the end. */
  print(record: ConsumerRecord): boolean {
    this.count++
    try {
      this.#formatter.write(record, this.#out)
    } catch (thrown) {
      if (typeof thrown !== 'object' || thrown === null || !('isSerializationFailure' in thrown)) throw thrown
      this.flush()
      this.#world.err(
        `org.apache.kafka.common.errors.SerializationException: ${(thrown as unknown as Error).message}\n`,
      )
      return this.#skipsErrors
    }
    if (this.#out.length >= OUT_BYTES) this.flush()
    return true
  }

  flush(): void {
    if (this.#out.length === 0) return
    this.#world.out(this.#out.toBytes())
    this.#out = new Writer(OUT_BYTES)
  }
}
