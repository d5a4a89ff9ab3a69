import { type Admin, Consumer, isKafkaError, Producer, unwrap } from '../../client/index.ts'
import { apacheText } from '../apache-texts.ts'
import { adminOf, consumerOptions, producerOptions } from '../clients.ts'
import { javaDouble } from '../deserializers.ts'
import { type JavaConfig, loadProperties } from '../java-config.ts'
import { checkRequired, isJoptError, type OptionSpec, type Options, usage } from '../jopt.ts'
import { joptTool, type Tool } from '../tool.ts'
import { type CliWorld, isToolFailure, ToolFailure } from '../world.ts'

const options: readonly OptionSpec[] = [
  {
    name: 'bootstrap-server',
    arg: { type: 'String', what: 'bootstrap-server' },
    help: 'REQUIRED: brokers to begin with, as HOST1:PORT1,HOST2:PORT2.',
  },
  { name: 'topic', arg: { type: 'String', what: 'topic-name' }, help: 'REQUIRED: the topic through which to send.' },
  { name: 'num-records', arg: { type: 'Integer', what: 'count' }, help: 'REQUIRED: how many records to send.' },
  {
    name: 'producer-acks',
    arg: { type: 'String', what: 'producer-acks' },
    help: 'REQUIRED: who must have a record before it counts as sent: 1, the leader; all, every replica in sync.',
  },
  { name: 'record-size', arg: { type: 'Integer', what: 'bytes' }, help: "REQUIRED: bytes of a record's value." },
  {
    name: 'record-key-size',
    arg: { type: 'Integer', what: 'bytes', isOptional: true, default: '0' },
    help: "Bytes of a record's key; none when 0.",
  },
  {
    name: 'num-headers',
    arg: { type: 'Integer', what: 'count', isOptional: true, default: '0' },
    help: 'Headers of a record.',
  },
  {
    name: 'record-header-key-size',
    arg: { type: 'Integer', what: 'bytes', isOptional: true, default: '0' },
    help: "Bytes of a header's name.",
  },
  {
    name: 'record-header-size',
    arg: { type: 'Integer', what: 'bytes', isOptional: true, default: '0' },
    help: "Bytes of a header's value; -1 for null.",
  },
  {
    name: 'command-config',
    arg: { type: 'String', what: 'config-file', isOptional: true },
    help: 'A file of properties for producer, consumer and admin client.',
  },
]

const tool = joptTool({
  purpose: 'This tool measures end-to-end latency in Kafka by sending messages and timing their reception.',
  options,
  async run(o, world) {
    check(o)
    try {
      await measure(o, world)
      return 0
    } catch (thrown) {
      if (!isKafkaError(thrown) && !isToolFailure(thrown) && !isJoptError(thrown)) throw thrown
      world.err(`${isKafkaError(thrown) ? apacheText(thrown) : thrown.message}\n`)
      return 1
    }
  },
})

const positions = [
  '--bootstrap-server',
  '--topic',
  '--num-records',
  '--producer-acks',
  '--record-size',
  '--command-config',
]

/** kafka-e2e-latency.sh; its arguments may stand without names, as they did before 4.2. */
export const e2eLatency: Tool = async (args, world) => {
  if (args.length === 0 || args.some((arg) => arg.startsWith('--'))) return tool(args, world)
  if (args.length !== 5 && args.length !== 6) {
    world.err(
      `Invalid number of arguments. Expected 5 or 6 positional arguments, but got ${args.length}. Usage: bootstrap-server topic num-records producer-acks record-size [optional] command-config\n`,
    )
    return 1
  }
  world.out(
    `WARNING: Positional argument usage is deprecated and will be removed in Apache Kafka 5.0. Please use named arguments instead: ${positions.join(', ')}\n`,
  )
  return tool(
    args.flatMap((arg, i) => [positions[i]!, arg]),
    world,
  )
}

function check(o: Options): void {
  checkRequired(o, 'bootstrap-server', 'topic', 'num-records', 'producer-acks', 'record-size')
  if (!['1', 'all'].includes(o.required('producer-acks'))) {
    throw usage(
      "Invalid value for --producer-acks. Latency testing requires synchronous acknowledgement. Please use '1' or 'all'.",
    )
  }
  const number = (name: string) => o.integer(name)!
  const refuse = (name: string, what: string) => usage(`Value for --${name} must be a ${what}.`)
  if (number('num-records') <= 0) throw refuse('num-records', 'positive integer')
  for (const name of ['record-size', 'record-key-size', 'record-header-key-size', 'num-headers']) {
    if (number(name) < 0) throw refuse(name, 'non-negative integer')
  }
  if (number('record-header-size') < -1) {
    throw refuse('record-header-size', 'non-negative integer or -1 for null header value')
  }
}

const POLL_TIMEOUT_MS = 60_000
/** Of a topic that is made for the test. */
const PARTITIONS = 1
const REPLICATION_FACTOR = 1

async function measure(o: Options, world: CliWorld): Promise<void> {
  const file: JavaConfig = o.has('command-config')
    ? await loadProperties(world, o.required('command-config'))
    : new Map()
  file.set('bootstrap.servers', o.required('bootstrap-server'))
  const topic = o.required('topic')
  await makeTopic(world, file, topic)
  // Apache's tool fetches without waiting; a fetch that waits for the record learns of it sooner and asks less often
  const consumer = new Consumer(
    world.env,
    consumerOptions(
      new Map([
        ...file,
        ['group.id', `test-group-${world.env.clock.wallMs()}`],
        ['auto.offset.reset', 'latest'],
        ['enable.auto.commit', 'false'],
      ]),
    ),
  )
  const producer = new Producer(
    world.env,
    producerOptions(new Map([...file, ['linger.ms', '0'], ['acks', o.required('producer-acks')]])),
  )
  try {
    const partitions = (await consumer.partitionsFor(topic)).map(({ partition }) => ({ topic, partition }))
    consumer.assign(partitions)
    consumer.seekToEnd(partitions)
    for (const p of partitions) await consumer.position(p)
    await exchange(o, topic, producer, consumer, world)
    await consumer.commit()
  } finally {
    await producer.close()
    await consumer.close()
  }
}

async function makeTopic(world: CliWorld, file: JavaConfig, topic: string): Promise<void> {
  const admin: Admin = adminOf(world, file)
  try {
    if ((await admin.listTopics()).has(topic)) return
    world.out(
      `Topic "${topic}" does not exist. Will create topic with ${PARTITIONS} partition(s) and replication factor = ${REPLICATION_FACTOR}\n`,
    )
    unwrap(await admin.createTopics([{ name: topic, partitions: PARTITIONS, replicationFactor: REPLICATION_FACTOR }]))
  } catch (thrown) {
    if (isKafkaError(thrown)) world.out(`Creation of topic ${topic} failed\n`)
    throw thrown
  } finally {
    await admin.close()
  }
}

async function exchange(
  o: Options,
  topic: string,
  producer: Producer,
  consumer: Consumer,
  world: CliWorld,
): Promise<void> {
  const count = o.integer('num-records')!
  const letters = lettersOf(world)
  const latenciesMs = new Float64Array(count)
  let totalMs = 0
  for (let i = 0; i < count; i++) {
    const value = letters(o.integer('record-size')!)
    const key = o.integer('record-key-size') === 0 ? null : letters(o.integer('record-key-size')!)
    const headers = Array.from({ length: o.integer('num-headers')! }, (): [string, Uint8Array | null] => {
      const size = o.integer('record-header-size')!
      const name = letters(o.integer('record-header-key-size')!)
      return [new TextDecoder().decode(name), size < 0 ? null : letters(size)]
    })
    const began = world.env.clock.monoMs()
    await producer.send({ topic, key, value, headers })
    const received = await consumer.poll({ timeoutMs: POLL_TIMEOUT_MS, signal: world.stop })
    const tookMs = world.env.clock.monoMs() - began
    const problem = whatDiffers({ key, value, headers }, received)
    if (problem !== null) {
      await consumer.commit()
      throw new ToolFailure(problem)
    }
    if (i % 1000 === 0) world.out(`${i}\t${javaDouble(Math.round(tookMs * 1e6) / 1e6)}\n`)
    totalMs += tookMs
    latenciesMs[i] = tookMs
  }
  const sorted = latenciesMs.sort()
  const at = (share: number) => Math.floor(sorted[Math.floor(count * share)]!)
  world.out(`Avg latency: ${(totalMs / count).toFixed(4)} ms\n`)
  world.out(`Percentiles: 50th = ${at(0.5)}, 99th = ${at(0.99)}, 99.9th = ${at(0.999)}\n`)
}

function lettersOf(world: CliWorld): (size: number) => Uint8Array {
  return (size) => Uint8Array.from({ length: size }, () => 65 + world.env.random.below(26))
}

interface Sent {
  readonly key: Uint8Array | null
  readonly value: Uint8Array
  readonly headers: readonly (readonly [string, Uint8Array | null])[]
}

type Received = Awaited<ReturnType<Consumer['poll']>>

/** Why what came is not what was sent; null when it is. */
function whatDiffers(sent: Sent, received: Received): string | null {
  const [first] = received
  if (first === undefined) return `poll() timed out before finding a result (timeout:[${POLL_TIMEOUT_MS}ms])`
  const read = text(first.value)
  if (read !== text(sent.value)) {
    return `The message value read [${read}] did not match the message value sent [${text(sent.value)}]`
  }
  if (sent.key === null && first.key !== null) return `Expected null message key but received [${text(first.key)}]`
  if (sent.key !== null && first.key === null) return 'Expected message key but received null'
  if (text(sent.key) !== text(first.key)) {
    return `The message key read [${text(first.key)}] did not match the message key sent [${text(sent.key)}]`
  }
  if (sent.headers.length > 0 && first.headers.length === 0) return 'Expected message headers but received none'
  if (sent.headers.length !== first.headers.length) return 'Header count mismatch between sent and received messages'
  for (const [i, [name, value]] of sent.headers.entries()) {
    const header = first.headers[i]!
    if (header.key !== name || text(header.value) !== text(value)) {
      return `The message header read [${header.key}:${text(header.value)}] did not match the message header sent [${name}:${text(value)}]`
    }
  }
  if (received.length > 1) {
    return `Only one result was expected during this test. We found [${received.length}]`
  }
  return null
}

function text(bytes: Uint8Array | null): string {
  return bytes === null ? 'null' : new TextDecoder().decode(bytes)
}
