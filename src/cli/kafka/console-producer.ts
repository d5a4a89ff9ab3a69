import { utf8Encode } from '../../bytes/index.ts'
import { type KafkaError, Producer, type ProducerRecord } from '../../client/index.ts'
import { apacheCause } from '../apache-texts.ts'
import { producerOptions } from '../clients.ts'
import { type JavaConfig, loadProperties, parsePairs } from '../java-config.ts'
import { checkRequired, type OptionSpec, type Options, usage } from '../jopt.ts'
import { joptTool } from '../tool.ts'
import { type CliWorld, lines, ToolFailure } from '../world.ts'

const readerProperties =
  'parse.key (false), parse.headers (false), ignore.error (false), key.separator (tab), headers.delimiter (tab), ' +
  'headers.separator (,), headers.key.separator (:), null.marker (none: fields equal to it are null). With headers and ' +
  'keys a line is "h1:v1,h2:v2<tab>key<tab>value".'

const options: readonly OptionSpec[] = [
  { name: 'topic', arg: { type: 'String', what: 'topic' }, help: 'REQUIRED: the topic to write to.' },
  {
    name: 'bootstrap-server',
    arg: { type: 'String', what: 'server to connect to' },
    help: 'REQUIRED: brokers to begin with, as HOST1:PORT1,HOST2:PORT2.',
  },
  { name: 'sync', help: 'Wait for each record to be acknowledged before the next is sent.' },
  {
    name: 'compression-codec',
    arg: { type: 'String', what: 'compression-codec', isOptional: true },
    help: "'none', 'gzip', 'snappy', 'lz4' or 'zstd'; 'gzip' when only the option is given.",
  },
  {
    name: 'batch-size',
    arg: { type: 'Integer', what: 'size', default: '16384' },
    help: 'Records of a partition leave together when they have so many bytes (batch.size).',
  },
  {
    name: 'message-send-max-retries',
    arg: { type: 'Integer', default: '3' },
    help: 'How often sending is tried again (retries).',
  },
  {
    name: 'retry-backoff-ms',
    arg: { type: 'Long', default: '100' },
    help: 'How long to wait before it is tried again.',
  },
  {
    name: 'timeout',
    arg: { type: 'Long', what: 'timeout_ms', default: '1000' },
    help: 'How long a record may wait for company (linger.ms).',
  },
  {
    name: 'request-required-acks',
    arg: { type: 'String', what: 'request required acks', default: '-1' },
    help: 'Who has to have a record before it counts as sent (acks).',
  },
  {
    name: 'request-timeout-ms',
    arg: { type: 'Integer', what: 'request timeout ms', default: '1500' },
    help: 'How long to wait for a broker to answer.',
  },
  {
    name: 'metadata-expiry-ms',
    arg: { type: 'Long', what: 'metadata expiration interval', default: '300000' },
    help: 'Metadata older than this is asked for anew (metadata.max.age.ms).',
  },
  {
    name: 'max-block-ms',
    arg: { type: 'Long', what: 'max block on send', default: '60000' },
    help: 'How long to wait for metadata and for room.',
  },
  {
    name: 'max-memory-bytes',
    arg: { type: 'Long', what: 'total memory in bytes', default: '33554432' },
    help: 'Memory for records that wait to be sent (buffer.memory).',
  },
  {
    name: 'max-partition-memory-bytes',
    arg: { type: 'Integer', what: 'memory in bytes per partition', default: '16384' },
    help: '(Deprecated) What --batch-size is now.',
  },
  {
    name: 'line-reader',
    arg: { type: 'String', what: 'reader_class', default: 'org.apache.kafka.tools.LineMessageReader' },
    help: 'What makes records of the input; by default each line is one.',
  },
  {
    name: 'socket-buffer-size',
    arg: { type: 'Integer', what: 'size', default: '102400' },
    help: "The size of the socket's buffer (send.buffer.bytes); left to the system here.",
  },
  {
    name: 'property',
    arg: { type: 'String', what: 'prop' },
    help: '(DEPRECATED) What --reader-property is now.',
  },
  {
    name: 'reader-property',
    arg: { type: 'String', what: 'prop' },
    help: `A property of the line reader, as key=value: ${readerProperties}`,
  },
  {
    name: 'reader-config',
    arg: { type: 'String', what: 'config file' },
    help: 'A file of line reader properties; --reader-property wins over it.',
  },
  {
    name: 'producer-property',
    arg: { type: 'String', what: 'producer_prop' },
    help: '(DEPRECATED) What --command-property is now.',
  },
  {
    name: 'command-property',
    arg: { type: 'String', what: 'producer_prop' },
    help: 'A property of the producer, as key=value.',
  },
  {
    name: 'producer.config',
    arg: { type: 'String', what: 'config file' },
    help: '(DEPRECATED) What --command-config is now.',
  },
  {
    name: 'command-config',
    arg: { type: 'String', what: 'config file' },
    help: 'A file of producer properties; --command-property wins over it.',
  },
]

/** kafka-console-producer.sh */
export const consoleProducer = joptTool({
  purpose: 'This tool helps to read data from standard input and publish it to Kafka.',
  options,
  async run(o, world) {
    check(o)
    const names = currentNames(o, world)
    checkBootstrap(o.value('bootstrap-server'))
    if (o.value('line-reader') !== 'org.apache.kafka.tools.LineMessageReader') {
      throw new ToolFailure(`There is no line reader ${o.value('line-reader')}`)
    }
    const readerConfig: JavaConfig = o.has('reader-config')
      ? await loadProperties(world, o.required('reader-config'))
      : new Map()
    for (const [key, value] of parsePairs(o.values(names.reader))) readerConfig.set(key, value)
    const reader = new LineReader(readerConfig, o.required('topic'))
    const producer = new Producer(world.env, producerOptions(await producerConfig(o, world, names)))
    try {
      await send(producer, reader, o.has('sync'), world)
    } finally {
      await producer.close()
    }
    return world.stop.aborted ? (world.stop.reason as number) : 0
  },
})

function check(o: Options): void {
  checkRequired(o, 'topic')
  for (const [now, old] of [
    ['command-config', 'producer.config'],
    ['command-property', 'producer-property'],
    ['reader-property', 'property'],
  ] as const) {
    if (o.has(now) && o.has(old)) throw usage(`Options --${now} and --${old} cannot be specified together.`)
  }
}

interface Names {
  readonly properties: string
  readonly file: string
  readonly reader: string
}

function currentNames(o: Options, world: CliWorld): Names {
  const choose = (old: string, now: string) => {
    if (!o.has(old)) return now
    world.out(`Warning: --${old} is deprecated and will be removed in a future version. Use --${now} instead.\n`)
    return old
  }
  const names = {
    properties: choose('producer-property', 'command-property'),
    file: choose('producer.config', 'command-config'),
    reader: choose('property', 'reader-property'),
  }
  if (o.has('max-partition-memory-bytes')) {
    world.out(
      'Warning: --max-partition-memory-bytes is deprecated and will be removed in Apache Kafka 5.0. Use --batch-size instead.\n',
    )
  }
  return names
}

export function checkBootstrap(servers: string | null): void {
  if (servers === null || servers === '') throw usage('Error while validating the bootstrap address\n')
  const isValid = servers
    .split(',')
    .every((s) => /^(?:[0-9a-zA-Z\-%._]*:\/\/)?\[?[0-9a-zA-Z\-%._:]*\]?:[0-9]+$/.test(s.trim()))
  if (!isValid) throw usage('Please provide valid host:port like host1:9091,host2:9092\n')
}

async function producerConfig(o: Options, world: CliWorld, names: Names): Promise<JavaConfig> {
  const config: JavaConfig = o.has(names.file) ? await loadProperties(world, o.required(names.file)) : new Map()
  for (const [key, value] of parsePairs(o.values(names.properties))) config.set(key, value)
  config.set('bootstrap.servers', o.required('bootstrap-server'))
  config.set('compression.type', o.has('compression-codec') ? o.value('compression-codec') || 'gzip' : 'none')
  if (!config.has('client.id')) config.set('client.id', 'console-producer')
  // an option that was given wins, then what a property says, then the option's default
  const merge = (key: string, option: string) => {
    if (o.has(option) || !config.has(key)) config.set(key, o.required(option))
  }
  merge('linger.ms', 'timeout')
  merge('acks', 'request-required-acks')
  merge('request.timeout.ms', 'request-timeout-ms')
  merge('retries', 'message-send-max-retries')
  merge('retry.backoff.ms', 'retry-backoff-ms')
  merge('send.buffer.bytes', 'socket-buffer-size')
  merge('buffer.memory', 'max-memory-bytes')
  merge('batch.size', 'batch-size')
  merge('batch.size', 'max-partition-memory-bytes')
  merge('metadata.max.age.ms', 'metadata-expiry-ms')
  merge('max.block.ms', 'max-block-ms')
  return config
}

async function send(producer: Producer, reader: LineReader, isSync: boolean, world: CliWorld): Promise<void> {
  const prompt = () => {
    if (world.isInteractive) world.out('>')
  }
  const report = (error: KafkaError | null) => {
    if (error) world.err(`${apacheCause(error)}\n`)
  }
  const input = lines(world.stdin)[Symbol.asyncIterator]()
  const stopped = new Promise<IteratorResult<string, void>>((resolve) => {
    world.stop.addEventListener('abort', () => resolve({ value: undefined, done: true }), { once: true })
  })
  prompt()
  for (;;) {
    const next = await Promise.race([input.next(), stopped])
    if (next.done) return
    const record = reader.record(next.value)
    if (isSync) await producer.send(record)
    else if (!producer.post(record, report)) await producer.ready()
    prompt()
  }
}

/** Makes a record of a line, as LineMessageReader does. */
class LineReader {
  readonly #topic: string
  readonly #parseKey: boolean
  readonly #parseHeaders: boolean
  readonly #keySeparator: string
  readonly #headersDelimiter: string
  readonly #headersSeparator: string
  readonly #headersPattern: RegExp
  readonly #headerKeySeparator: string
  readonly #ignoreError: boolean
  readonly #nullMarker: string | null
  #lineNumber = 0

  constructor(config: JavaConfig, topic: string) {
    const flag = (name: string) => config.get(name)?.trim().toLowerCase() === 'true'
    this.#topic = config.get('topic') ?? topic
    this.#parseKey = flag('parse.key')
    this.#parseHeaders = flag('parse.headers')
    this.#ignoreError = flag('ignore.error')
    this.#keySeparator = config.get('key.separator') ?? '\t'
    this.#headersDelimiter = config.get('headers.delimiter') ?? '\t'
    this.#headersSeparator = config.get('headers.separator') ?? ','
    this.#headersPattern = new RegExp(this.#headersSeparator)
    this.#headerKeySeparator = config.get('headers.key.separator') ?? ':'
    this.#nullMarker = config.get('null.marker') ?? null
    this.#checkDifferent()
  }

  #checkDifferent(): void {
    const names = {
      'headers.delimiter': this.#headersDelimiter,
      'headers.separator': this.#headersSeparator,
      'headers.key.separator': this.#headerKeySeparator,
      'null.marker': this.#nullMarker,
      'key.separator': this.#keySeparator,
    } as const
    const pairs: readonly (readonly [keyof typeof names, keyof typeof names])[] = [
      ['headers.delimiter', 'headers.separator'],
      ['headers.delimiter', 'headers.key.separator'],
      ['headers.separator', 'headers.key.separator'],
      ['null.marker', 'key.separator'],
      ['null.marker', 'headers.separator'],
      ['null.marker', 'headers.delimiter'],
      ['null.marker', 'headers.key.separator'],
    ]
    for (const [a, b] of pairs) if (names[a] === names[b]) throw new ToolFailure(`${a} and ${b} may not be equal`)
  }

  record(line: string): ProducerRecord {
    this.#lineNumber++
    const headers = this.#part(this.#parseHeaders, line, 0, this.#headersDelimiter, 'headers delimiter')
    const keyFrom = headers === null ? 0 : headers.length + this.#headersDelimiter.length
    const key = this.#part(this.#parseKey, line, keyFrom, this.#keySeparator, 'key separator')
    const value = line.slice(keyFrom + (key === null ? 0 : key.length + this.#keySeparator.length))
    const noHeaders = headers === null || headers === this.#nullMarker
    return {
      topic: this.#topic,
      key: key === null || key === this.#nullMarker ? null : utf8Encode(key),
      value: value === this.#nullMarker ? null : utf8Encode(value),
      ...(noHeaders ? {} : { headers: this.#headers(headers) }),
    }
  }

  #part(isWanted: boolean, line: string, from: number, separator: string, name: string): string | null {
    if (!isWanted) return null
    const at = line.indexOf(separator, from)
    if (at >= 0) return line.slice(from, at)
    if (this.#ignoreError) return null
    throw new ToolFailure(`No ${name} found on line number ${this.#lineNumber}: '${line}'`)
  }

  #headers(text: string): [string, Uint8Array | null][] {
    const pairs = text.split(this.#headersPattern)
    // Java's split drops what is empty at the end
    while (pairs.length > 1 && pairs.at(-1) === '') pairs.pop()
    return pairs.map((pair) => {
      const at = pair.indexOf(this.#headerKeySeparator)
      if (at < 0) {
        if (this.#ignoreError) return [pair, null]
        throw new ToolFailure(`No header key separator found in pair '${pair}' on line number ${this.#lineNumber}`)
      }
      const name = pair.slice(0, at)
      if (name === this.#nullMarker) {
        throw new ToolFailure(
          `Header keys should not be equal to the null marker '${this.#nullMarker}' as they can't be null`,
        )
      }
      const value = pair.slice(at + this.#headerKeySeparator.length)
      return [name, value === this.#nullMarker ? null : utf8Encode(value)]
    })
  }
}
