import { parseProperties } from '../config/index.ts'
import { type CliWorld, readFile, ToolFailure } from './world.ts'

/** A Java client's configuration: names and texts, as in a properties file. */
export type JavaConfig = Map<string, string>

export async function loadProperties(world: CliWorld, path: string): Promise<JavaConfig> {
  return parseProperties(new TextDecoder().decode(await readFile(world, path)))
}

/** `key=value` arguments; the value may hold more equals signs. A key alone has the empty value. */
export function parsePairs(args: readonly string[]): JavaConfig {
  const pairs: JavaConfig = new Map()
  for (const arg of args) {
    const at = arg.indexOf('=')
    if (at < 0) pairs.set(arg, '')
    else pairs.set(arg.slice(0, at), arg.slice(at + 1))
  }
  return pairs
}

type Kind = 'INT' | 'LONG' | 'SHORT' | 'BOOLEAN' | readonly string[]

const rules: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ['request.timeout.ms', 'INT'],
  ['default.api.timeout.ms', 'INT'],
  ['retry.backoff.ms', 'LONG'],
  ['retry.backoff.max.ms', 'LONG'],
  ['reconnect.backoff.ms', 'LONG'],
  ['reconnect.backoff.max.ms', 'LONG'],
  ['socket.connection.setup.timeout.ms', 'LONG'],
  ['metadata.max.age.ms', 'LONG'],
  ['connections.max.idle.ms', 'LONG'],
  ['metadata.recovery.rebootstrap.trigger.ms', 'LONG'],
  ['retries', 'INT'],
  ['acks', ['all', '-1', '0', '1']],
  ['compression.type', ['none', 'gzip', 'snappy', 'lz4', 'zstd']],
  ['compression.gzip.level', 'INT'],
  ['compression.lz4.level', 'INT'],
  ['compression.zstd.level', 'INT'],
  ['batch.size', 'INT'],
  ['linger.ms', 'LONG'],
  ['buffer.memory', 'LONG'],
  ['max.block.ms', 'LONG'],
  ['delivery.timeout.ms', 'INT'],
  ['max.request.size', 'INT'],
  ['max.in.flight.requests.per.connection', 'INT'],
  ['enable.idempotence', 'BOOLEAN'],
  ['transaction.timeout.ms', 'INT'],
  ['send.buffer.bytes', 'INT'],
  ['receive.buffer.bytes', 'INT'],
  ['isolation.level', ['read_committed', 'read_uncommitted']],
  ['enable.auto.commit', 'BOOLEAN'],
  ['auto.commit.interval.ms', 'INT'],
  ['session.timeout.ms', 'INT'],
  ['heartbeat.interval.ms', 'INT'],
  ['max.poll.interval.ms', 'INT'],
  ['max.poll.records', 'INT'],
  ['fetch.min.bytes', 'INT'],
  ['fetch.max.bytes', 'INT'],
  ['fetch.max.wait.ms', 'INT'],
  ['max.partition.fetch.bytes', 'INT'],
  ['check.crcs', 'BOOLEAN'],
  ['allow.auto.create.topics', 'BOOLEAN'],
  ['exclude.internal.topics', 'BOOLEAN'],
  ['group.protocol', ['CLASSIC', 'CONSUMER']],
])

const limits: Readonly<Record<'INT' | 'LONG' | 'SHORT', bigint>> = { INT: 1n << 31n, LONG: 1n << 63n, SHORT: 1n << 15n }

/** Typed access with the errors that Java's clients raise. */
export class JavaValues {
  readonly #config: JavaConfig

  constructor(config: JavaConfig) {
    this.#config = config
    for (const [name, kind] of rules) {
      const text = config.get(name)
      if (text !== undefined) check(name, text, kind)
    }
  }

  text(name: string): string | undefined {
    return this.#config.get(name)?.trim()
  }

  number(name: string): number | undefined {
    const text = this.text(name)
    return text === undefined ? undefined : Number(text)
  }

  flag(name: string): boolean | undefined {
    const text = this.text(name)
    return text === undefined ? undefined : text.toLowerCase() === 'true'
  }
}

function check(name: string, raw: string, kind: Kind): void {
  const text = raw.trim()
  if (kind === 'BOOLEAN') {
    if (!/^(true|false)$/i.test(text)) throw invalid(name, raw, 'Expected value to be either true or false')
  } else if (typeof kind === 'string') {
    const isNumber = /^[+-]?\d+$/.test(text)
    const value = isNumber ? BigInt(text.replace('+', '')) : 0n
    if (!isNumber || value >= limits[kind] || value < -limits[kind])
      throw invalid(name, raw, `Not a number of type ${kind}`)
  } else if (name === 'group.protocol') {
    if (!kind.includes(text.toUpperCase())) {
      throw invalid(name, raw, `String must be one of (case insensitive): ${kind.join(', ')}`)
    }
  } else if (!kind.includes(text)) throw invalid(name, raw, `String must be one of: ${kind.join(', ')}`)
}

export function invalid(name: string, value: string, why: string): ToolFailure {
  return new ToolFailure(`Invalid value ${value} for configuration ${name}: ${why}`)
}
