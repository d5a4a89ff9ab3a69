/**
 * `millrace/client` in Node: the clients with Node's clock, sockets, threads and native checksum. What is told nowhere
 * else goes to standard error. Clients that a `Kafka` makes share one environment; others have one each.
 */
import type { Env, LogFields, Logger } from '../env/index.ts'
import { descriptorSink, lazyCrc32c, lineLogger, nodeEnv } from '../env/node/index.ts'
import { type AdminOptions, Admin as AnyAdmin } from './admin/admin.ts'
import { checkOptions } from './check-options.ts'
import { Consumer as AnyConsumer } from './consumer/consumer.ts'
import type { ConsumerOptions } from './consumer/types.ts'
import { type ClientOptions, resolveOptions } from './options.ts'
import { Producer as AnyProducer } from './producer/producer.ts'
import type { ProducerOptions } from './producer/types.ts'

// what is declared here comes before what this brings
export * from './index.ts'

/** What the clients of this door take besides. */
export interface InNode {
  /** The world to live in, for tests and simulations; Node's own when it is not given. */
  readonly env?: Env
}

/** Writes records. */
export class Producer extends AnyProducer {
  constructor(options: ProducerOptions & InNode) {
    super(envOf(options), withNative(options))
  }
}

/** Reads records, alone or as a member of a group. */
export class Consumer<K = Uint8Array, V = Uint8Array> extends AnyConsumer<K, V> {
  constructor(options: ConsumerOptions<K, V> & InNode) {
    super(envOf(options), withNative(options))
  }
}

/** Looks at and changes a cluster. */
export class Admin extends AnyAdmin {
  constructor(options: AdminOptions & InNode) {
    super(envOf(options), withNative(options))
  }
}

/** Options of all clients of one program, said once. Makes clients; each has connections of its own and is closed by itself. */
export class Kafka {
  readonly #options: ClientOptions & InNode

  constructor(options: ClientOptions & InNode) {
    checkOptions('Kafka', options ?? {})
    const env = envOf(options)
    resolveOptions(env, options ?? {})
    this.#options = { ...options, env }
  }

  producer(options: Partial<ProducerOptions> = {}): Producer {
    return new Producer({ ...this.#options, ...options })
  }

  consumer<K = Uint8Array, V = Uint8Array>(options: Partial<ConsumerOptions<K, V>> = {}): Consumer<K, V> {
    return new Consumer<K, V>({ ...this.#options, ...options })
  }

  admin(options: Partial<AdminOptions> = {}): Admin {
    return new Admin({ ...this.#options, ...options })
  }
}

function envOf(options: InNode | undefined): Env {
  return (
    options?.env ??
    nodeEnv({ logger: untold(lineLogger({ level: 'warn', sink: descriptorSink(2), wallMs: Date.now })) })
  )
}

/** Of the network, a caller hears by errors, or it is retried. */
function untold(logger: Logger): Logger {
  const isTold = (fields?: LogFields) => fields?.['logger'] === 'client.pool' || fields?.['logger'] === 'client.cluster'
  return {
    debug: () => {},
    info: () => {},
    warn(message, fields) {
      if (!isTold(fields)) logger.warn(message, fields)
    },
    error: (message, fields) => logger.error(message, fields),
    child: (fields) => untold(logger.child(fields)),
  }
}

/** Without `env`, which is no option of the clients themselves. A caller in plain JavaScript may have given nothing. */
function withNative<O extends ClientOptions>(options: O & InNode): O {
  const { env: _, ...rest } = { ...options }
  return { crc32c: lazyCrc32c(), ...rest } as unknown as O
}
