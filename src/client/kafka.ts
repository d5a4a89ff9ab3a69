import type { Env } from '../env/index.ts'
import { Admin, type AdminOptions } from './admin/admin.ts'
import { checkOptions } from './check-options.ts'
import { Consumer } from './consumer/consumer.ts'
import type { ConsumerOptions } from './consumer/types.ts'
import { type ClientOptions, resolveOptions } from './options.ts'
import { Producer } from './producer/producer.ts'
import type { ProducerOptions } from './producer/types.ts'

/** Options of all clients of one program, said once. Makes clients; each has connections of its own and is closed by itself. */
export class Kafka {
  readonly #env: Env
  readonly #options: ClientOptions

  constructor(env: Env, options: ClientOptions) {
    checkOptions('Kafka', options ?? {})
    resolveOptions(env, options ?? {})
    this.#env = env
    this.#options = options
  }

  producer(options: Partial<ProducerOptions> = {}): Producer {
    return new Producer(this.#env, { ...this.#options, ...options })
  }

  consumer<K = Uint8Array, V = Uint8Array>(options: Partial<ConsumerOptions<K, V>> = {}): Consumer<K, V> {
    return new Consumer<K, V>(this.#env, { ...this.#options, ...options })
  }

  admin(options: Partial<AdminOptions> = {}): Admin {
    return new Admin(this.#env, { ...this.#options, ...options })
  }
}
