/** `millrace/client` in Node: the clients with the real environment, one for all clients made without their own. */
import { descriptorSink, lazyCrc32c, lineLogger, type NodeEnv, nodeEnv } from '../env/node/index.ts'
import { Kafka as AnyKafka } from './kafka.ts'
import type { ClientOptions } from './options.ts'

export * from './index.ts'

/** As in index.ts, with Node's clock, sockets, threads and native checksum unless told otherwise. Logs warnings to standard error. */
export class Kafka extends AnyKafka {
  constructor(options: ClientOptions & { readonly env?: NodeEnv }) {
    const { env, ...rest } = options
    super(env ?? nodeEnv({ logger: warnings() }), { crc32c: lazyCrc32c(), ...rest })
  }
}

function warnings() {
  return lineLogger({ level: 'warn', sink: descriptorSink(2), wallMs: Date.now })
}
