import { utf8Encode } from '../../bytes/index.ts'
import { type KafkaError, Producer, type Transaction } from '../../client/index.ts'
import { apacheCause } from '../apache-texts.ts'
import { type FlatSpec, flatError, type Given, parseFlat, tellRefused } from '../argparse.ts'
import { producerOptions } from '../clients.ts'
import { type JavaConfig, loadProperties } from '../java-config.ts'
import { Pace, sleep } from '../pace.ts'
import type { Tool } from '../tool.ts'
import { absolute, type CliWorld, isToolFailure, readFile, ToolFailure } from '../world.ts'
import { PerfStats } from './perf-stats.ts'

const property = 'PROP-NAME=PROP-VALUE'
const onePayload = 'Exactly one of --record-size, --payload-file and --payload-monotonic is to be given.'

const spec: FlatSpec = {
  program: 'kafka-producer-perf-test',
  description: 'This tool sends records as fast as it can, or as fast as it is told, and prints how that went.',
  options: [
    {
      name: 'bootstrap-server',
      kind: 'value',
      metavar: 'BOOTSTRAP-SERVER',
      help: 'Brokers to begin with, as host:port; wins over bootstrap.servers among the properties.',
    },
    { name: 'topic', kind: 'value', metavar: 'TOPIC', isRequired: true, help: 'Where the records go.' },
    {
      name: 'num-records',
      kind: 'value',
      metavar: 'NUM-RECORDS',
      type: 'Long',
      isRequired: true,
      help: 'How many records are sent.',
    },
    {
      name: 'payload-delimiter',
      kind: 'value',
      metavar: 'PAYLOAD-DELIMITER',
      default: '\\n',
      help: 'What stands between two payloads in --payload-file.',
    },
    {
      name: 'throughput',
      kind: 'value',
      metavar: 'THROUGHPUT',
      type: 'Double',
      isRequired: true,
      help: 'Records in a second, about; -1 for as many as possible.',
    },
    {
      name: 'producer-props',
      kind: 'many',
      metavar: property,
      help: '(DEPRECATED) What --command-property is now.',
    },
    {
      name: 'command-property',
      kind: 'many',
      metavar: property,
      help: 'Properties of the producer, such as linger.ms=10; they win over those of --command-config.',
    },
    {
      name: 'producer.config',
      kind: 'value',
      metavar: 'CONFIG-FILE',
      help: '(DEPRECATED) What --command-config is now.',
    },
    { name: 'command-config', kind: 'value', metavar: 'CONFIG-FILE', help: 'A file of properties for the producer.' },
    { name: 'print-metrics', kind: 'flag', default: 'false', help: "Print the client's metrics at the end." },
    {
      name: 'transactional-id',
      kind: 'value',
      metavar: 'TRANSACTIONAL-ID',
      help: 'Send in transactions of this id; wins over transactional.id among the properties.',
    },
    {
      name: 'transaction-duration-ms',
      kind: 'value',
      metavar: 'TRANSACTION-DURATION',
      type: 'Long',
      help: 'Send in transactions, and commit after so many milliseconds; 3000 when only the id is given.',
    },
    {
      name: 'warmup-records',
      kind: 'value',
      metavar: 'WARMUP-RECORDS',
      type: 'Long',
      default: '0',
      help: 'How many records at the start are left out of a second summary.',
    },
    {
      name: 'reporting-interval',
      kind: 'value',
      metavar: 'INTERVAL-MS',
      type: 'Long',
      default: '5000',
      help: 'How often to say how it goes, in milliseconds.',
    },
    {
      name: 'record-size',
      kind: 'value',
      metavar: 'RECORD-SIZE',
      type: 'Integer',
      group: 'payload',
      isGroupRequired: true,
      help: `Bytes of a record's value. ${onePayload}`,
    },
    {
      name: 'payload-file',
      kind: 'value',
      metavar: 'PAYLOAD-FILE',
      group: 'payload',
      isGroupRequired: true,
      help: `A file of values in UTF-8, of which each record has one by chance. ${onePayload}`,
    },
    {
      name: 'payload-monotonic',
      kind: 'flag',
      default: 'false',
      group: 'payload',
      isGroupRequired: true,
      help: `Values are the numbers from 0 up. ${onePayload}`,
    },
  ],
}

const DEFAULT_TRANSACTION_MS = 3000

/** kafka-producer-perf-test.sh */
export const producerPerfTest: Tool = async (args, world) => {
  const parsed = parseFlat(spec, args)
  const problem = parsed.kind === 'given' ? whyNot(parsed.given) : null
  const answer = problem === null ? parsed : flatError(spec, problem)
  if (answer.kind !== 'given') return tellRefused(world, answer)
  try {
    await run(answer.given, world)
    return 0
  } catch (thrown) {
    if (!isToolFailure(thrown)) throw thrown
    world.err(`${thrown.message}\n`)
    return 1
  }
}

function whyNot(o: Given): string | null {
  if (o.number('num-records')! <= 0) return '--num-records should be greater than zero.'
  if (o.number('warmup-records')! >= o.number('num-records')!) {
    return 'The value for --warmup-records must be strictly fewer than the number of records in the test, --num-records.'
  }
  if (o.has('record-size') && o.number('record-size')! <= 0) return '--record-size should be greater than zero.'
  const sources = ['bootstrap-server', 'command-property', 'producer-props', 'producer.config', 'command-config']
  if (!sources.some((name) => o.has(name))) {
    return 'At least one of --bootstrap-server, --command-property, --producer-props, --producer.config or --command-config must be specified.'
  }
  if (o.has('command-property') && o.has('producer-props')) {
    return '--command-property and --producer-props cannot be specified together.'
  }
  if (o.has('command-config') && o.has('producer.config')) {
    return '--command-config and --producer.config cannot be specified together.'
  }
  if (o.has('transaction-duration-ms') && o.number('transaction-duration-ms')! <= 0) {
    return '--transaction-duration-ms should be greater than zero.'
  }
  return o.number('reporting-interval')! > 0 ? null : '--reporting-interval should be greater than zero.'
}

async function run(o: Given, world: CliWorld): Promise<void> {
  const payload = await payloads(o, world)
  const config = await configOf(o, world)
  if (o.has('print-metrics')) throw new ToolFailure('--print-metrics: this producer keeps no metrics yet')
  const producer = new Producer(world.env, producerOptions(config))
  const topic = o.value('topic')!
  const count = o.number('num-records')!
  const warmup = o.number('warmup-records')!
  const interval = o.number('reporting-interval')!
  if (warmup > 0) {
    world.out(`Warmup first ${warmup} records. Steady state results will print after the complete test summary.\n`)
  }
  const stats = new PerfStats(world, count, interval, false)
  let steady: PerfStats | null = null
  const pace = new Pace(world, o.number('throughput')!)
  const { clock } = world.env
  const post = (i: number): boolean => {
    if (warmup > 0 && i === warmup) {
      steady = new PerfStats(world, count - warmup, interval, true)
      stats.isQuiet = true
    }
    const value = payload(i)
    const bytes = value.length
    const sentMs = clock.wallMs()
    const also = steady
    return (transaction ?? producer).post({ topic, value }, (error: KafkaError | null) => {
      if (error !== null) return world.err(`${apacheCause(error)}\n`)
      const now = clock.wallMs()
      stats.add(now - sentMs, bytes, now)
      also?.add(now - sentMs, bytes, now)
    })
  }
  const transactionMs = config.has('transactional.id')
    ? (o.number('transaction-duration-ms') ?? DEFAULT_TRANSACTION_MS)
    : 0
  let transaction: Transaction | null = null
  let endMs = Number.POSITIVE_INFINITY
  const begin = async () => {
    transaction = await producer.transaction()
    endMs = clock.monoMs() + transactionMs
  }
  if (transactionMs > 0) await begin()
  // what is given before the topic is known would be kept, and the payload is written over
  await producer.partitionsFor(topic)
  let sent = 0
  while (sent < count) {
    let hasRoom = true
    let waitMs = 0
    // the client sends between slices
    await new Promise<void>((resolve, reject) => {
      clock.slice(() => {
        try {
          hasRoom = post(sent++)
        } catch (thrown) {
          reject(thrown)
          return true
        }
        waitMs = pace.waitMs(sent)
        if (hasRoom && waitMs === 0 && sent < count && clock.monoMs() < endMs) return false
        resolve()
        return true
      })
    })
    if (!hasRoom) await producer.ready()
    if (clock.monoMs() >= endMs && sent < count) {
      await committed(transaction)
      await begin()
    }
    if (waitMs > 0 && sent < count) await sleep(world, waitMs)
  }
  await committed(transaction)
  await producer.close()
  stats.tellTotal()
  steadyOf(() => steady)?.tellTotal()
}

async function committed(transaction: Transaction | null): Promise<void> {
  await transaction?.commit()
}

/** It was set inside a callback, which the compiler does not see. */
function steadyOf(get: () => PerfStats | null): PerfStats | null {
  return get()
}

async function configOf(o: Given, world: CliWorld): Promise<JavaConfig> {
  if (o.has('producer-props')) {
    world.out(
      'Option --producer-props has been deprecated and will be removed in a future version. Use --command-property instead.\n',
    )
  }
  if (o.has('producer.config')) {
    world.out(
      'Option --producer.config has been deprecated and will be removed in a future version. Use --command-config instead.\n',
    )
  }
  const path = o.value('command-config') ?? o.value('producer.config')
  const config: JavaConfig = path === null ? new Map() : await loadProperties(world, path)
  for (const pair of [...o.values('command-property'), ...o.values('producer-props')]) {
    const pieces = pair.split('=')
    if (pieces.length !== 2 || pieces[1] === '') throw new ToolFailure(`Invalid property: ${pair}`)
    config.set(pieces[0]!, pieces[1]!)
  }
  if (!config.has('client.id')) config.set('client.id', 'perf-producer-client')
  if (o.has('bootstrap-server')) config.set('bootstrap.servers', o.value('bootstrap-server')!)
  if (o.has('transactional-id')) config.set('transactional.id', o.value('transactional-id')!)
  else if (o.has('transaction-duration-ms') && !config.has('transactional.id')) {
    config.set('transactional.id', 'performance-producer-default')
  }
  return config
}

/** The value of the n-th record. The same bytes may be used again: each is copied when it is sent. */
async function payloads(o: Given, world: CliWorld): Promise<(i: number) => Uint8Array> {
  if (o.has('payload-monotonic')) return (i) => utf8Encode(String(i))
  const random = letters()
  if (!o.has('payload-file')) {
    const value = new Uint8Array(o.number('record-size')!)
    return () => {
      for (let at = 0; at < value.length; at++) value[at] = 65 + random(26)
      return value
    }
  }
  const path = o.value('payload-file')!
  world.out(`Reading payloads from: ${absolute(world, path)}\n`)
  const nothing = () => new ToolFailure('File does not exist or empty file provided.')
  const bytes = await readFile(world, path, nothing)
  if (bytes.length === 0) throw nothing()
  const delimiter = o.value('payload-delimiter')!
  const parts = new TextDecoder().decode(bytes).split(delimiter === '\\n' ? '\n' : new RegExp(delimiter))
  // Java's split drops what is empty at the end
  while (parts.length > 1 && parts.at(-1) === '') parts.pop()
  world.out(`Number of records read: ${parts.length}\n`)
  const values = parts.map((part) => utf8Encode(part))
  return () => values[random(values.length)]!
}

/** Chance that is the same in every run, so that runs can be compared. */
function letters(): (bound: number) => number {
  let state = 0x9e3779b9
  return (bound) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % bound
  }
}
