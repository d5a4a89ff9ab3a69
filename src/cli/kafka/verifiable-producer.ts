import { type KafkaError, Producer, type RecordMetadata } from '../../client/index.ts'
import { apacheText } from '../apache-texts.ts'
import { type FlatSpec, flatError, type Given, parseFlat, tellRefused } from '../argparse.ts'
import { producerOptions } from '../clients.ts'
import { javaDouble } from '../deserializers.ts'
import { type JavaConfig, loadProperties } from '../java-config.ts'
import { Pace, sleep } from '../pace.ts'
import type { Tool } from '../tool.ts'
import { type CliWorld, isToolFailure } from '../world.ts'

const spec: FlatSpec = {
  program: 'verifiable-producer',
  description: 'This tool sends the numbers from 0 up and prints, as JSON, what became of each.',
  options: [
    { name: 'topic', kind: 'value', metavar: 'TOPIC', isRequired: true, help: 'Where the numbers go.' },
    {
      name: 'max-messages',
      kind: 'value',
      type: 'Integer',
      metavar: 'MAX-MESSAGES',
      default: '-1',
      help: 'How many are sent; -1 for all until the tool is ended.',
    },
    {
      name: 'throughput',
      kind: 'value',
      type: 'Integer',
      metavar: 'THROUGHPUT',
      default: '-1',
      help: 'How many in a second, about; -1 for as many as possible.',
    },
    {
      name: 'acks',
      kind: 'value',
      type: 'Integer',
      metavar: 'ACKS',
      choices: ['0', '1', '-1'],
      default: '-1',
      help: 'Who must have a record before it counts as sent: 0, nobody; 1, the leader; -1, every replica in sync.',
    },
    {
      name: 'producer.config',
      kind: 'value',
      metavar: 'CONFIG-FILE',
      help: '(DEPRECATED) What --command-config is now.',
    },
    {
      name: 'message-create-time',
      kind: 'value',
      type: 'Long',
      metavar: 'CREATE-TIME',
      default: '-1',
      help: 'Times of records begin here, in milliseconds since 1970.',
    },
    {
      name: 'value-prefix',
      kind: 'value',
      type: 'Integer',
      metavar: 'VALUE-PREFIX',
      help: 'A number that stands before each value, with a dot between.',
    },
    {
      name: 'repeating-keys',
      kind: 'value',
      type: 'Integer',
      metavar: 'REPEATING-KEYS',
      help: 'Records have keys: the numbers from 0 up to this one, over and over.',
    },
    {
      name: 'command-config',
      kind: 'value',
      metavar: 'CONFIG-FILE',
      help: 'A file of properties for the producer; what the command line says wins.',
    },
    {
      name: 'bootstrap-server',
      kind: 'value',
      metavar: 'HOST1:PORT1[,HOST2:PORT2[...]]',
      group: 'connection',
      isGroupRequired: true,
      help: 'REQUIRED: brokers to begin with.',
    },
  ],
}

/** kafka-verifiable-producer.sh */
export const verifiableProducer: Tool = async (args, world) => {
  const parsed = parseFlat(spec, args)
  if (parsed.kind !== 'given') return tellRefused(world, parsed)
  const o = parsed.given
  let config: JavaConfig
  try {
    if (o.has('producer.config') && o.has('command-config')) {
      const refused = flatError(spec, 'Options --producer.config and --command-config are mutually exclusive.')
      return tellRefused(world, refused)
    }
    config = await configOf(o, world)
  } catch (thrown) {
    if (!isToolFailure(thrown)) throw thrown
    return tellRefused(world, flatError(spec, thrown.message))
  }
  let producer: Producer
  try {
    producer = new Producer(world.env, producerOptions(config))
  } catch (thrown) {
    if (!isToolFailure(thrown)) throw thrown
    world.err(`${thrown.message}\n`)
    return 1
  }
  return new Run(o, producer, world).run()
}

async function configOf(o: Given, world: CliWorld): Promise<JavaConfig> {
  if (o.has('producer.config')) {
    world.out(
      'Option --producer.config has been deprecated and will be removed in a future version. Use --command-config instead.\n',
    )
  }
  const path = o.value('command-config') ?? o.value('producer.config')
  const config: JavaConfig = path === null ? new Map() : await loadProperties(world, path)
  config.set('bootstrap.servers', o.value('bootstrap-server')!)
  config.set('acks', o.value('acks')!)
  // what fails is told, not repeated
  config.set('retries', '0')
  return config
}

class Run {
  readonly #o: Given
  readonly #producer: Producer
  readonly #world: CliWorld
  #sent = 0
  #acked = 0

  constructor(o: Given, producer: Producer, world: CliWorld) {
    this.#o = o
    this.#producer = producer
    this.#world = world
  }

  async run(): Promise<number> {
    const startMs = this.#world.env.clock.wallMs()
    this.#tell('"name":"startup_complete"')
    await this.#send(startMs)
    const tookMs = this.#world.env.clock.wallMs() - startMs
    await this.#producer.close()
    this.#tell('"name":"shutdown_complete"')
    this.#tell(
      `"name":"tool_data","sent":${this.#sent},"acked":${this.#acked},` +
        `"target_throughput":${this.#o.number('throughput')},"avg_throughput":${javaDouble((1000 * this.#acked) / Math.max(tookMs, 1))}`,
    )
    return this.#world.stop.aborted ? (this.#world.stop.reason as number) : 0
  }

  async #send(startMs: number): Promise<void> {
    const o = this.#o
    const world = this.#world
    const topic = o.value('topic')!
    const most = o.number('max-messages')!
    const keys = o.number('repeating-keys')
    const prefix = o.has('value-prefix') ? `${o.value('value-prefix')}.` : ''
    let createMs = o.number('message-create-time')!
    const pace = new Pace(world, o.number('throughput')!)
    const stopped = new Promise<void>((resolve) => {
      world.stop.addEventListener('abort', () => resolve(), { once: true })
    })
    for (let i = 0; (most < 0 || i < most) && !world.stop.aborted; i++) {
      const key = keys === null ? null : String(keys <= 0 ? 0 : i % keys)
      const value = prefix + String(i)
      const record = { topic, key, value, ...(createMs < 0 ? {} : { timestamp: createMs }) }
      if (createMs >= 0) createMs += world.env.clock.wallMs() - startMs
      this.#sent++
      const hasRoom = this.#producer.post(record, (error, metadata) => {
        if (error !== null) this.#failed(topic, key, value, error)
        else this.#succeeded(key, value, metadata!)
      })
      if (!hasRoom) await Promise.race([this.#producer.ready(), stopped])
      const waitMs = pace.waitMs(i + 1)
      // the client sends while this waits
      if (waitMs > 0 || i % 64 === 63) await Promise.race([sleep(world, waitMs), stopped])
    }
  }

  #succeeded(key: string | null, value: string, { offset, partition, topic }: RecordMetadata): void {
    this.#acked++
    this.#tell(
      `"name":"producer_send_success","key":${JSON.stringify(key)},"value":${JSON.stringify(value)},` +
        `"offset":${offset},"partition":${partition},"topic":${JSON.stringify(topic)}`,
    )
  }

  #failed(topic: string, key: string | null, value: string, error: KafkaError): void {
    this.#tell(
      `"name":"producer_send_error","topic":${JSON.stringify(topic)},"key":${JSON.stringify(key)},` +
        `"value":${JSON.stringify(value)},"exception":"class org.apache.kafka.common.errors.${error.exception}",` +
        `"message":${JSON.stringify(apacheText(error))}`,
    )
  }

  #tell(fields: string): void {
    this.#world.out(`{"timestamp":${this.#world.env.clock.wallMs()},${fields}}\n`)
  }
}
