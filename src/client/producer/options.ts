import type { CodecName } from '../../env/index.ts'
import { checkOptions, choiceOf, flagOf, numberOf, shown } from '../check-options.ts'
import { clientError } from '../errors.ts'
import { clientTable, producerTable } from '../option-tables.ts'
import type { ProducerOptions } from './types.ts'

/** As the producer works with them; see {@link ProducerOptions}. */
export interface ResolvedProducerOptions {
  /** -1 = all. */
  readonly acks: number
  readonly isIdempotent: boolean
  readonly codec: CodecName | null
  readonly level: number | null
  readonly lingerMs: number
  readonly lingerWhenIdle: boolean
  readonly batchSizeBytes: number
  readonly batchSizeMaxBytes: number
  readonly requestSizeMaxBytes: number
  readonly bufferBytes: number
  readonly maxBlockMs: number
  readonly deliveryTimeoutMs: number
  readonly maxInFlight: number
  readonly autoCreateTopics: boolean
  /** Null: no transactions. */
  readonly transactionalId: string | null
  readonly transactionTimeoutMs: number
}

const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const

/** Throws INVALID_CONFIGURATION for what is unknown, of the wrong kind, or at odds with another option. */
export function resolveProducerOptions(o: ProducerOptions): ResolvedProducerOptions {
  checkOptions('a producer', o)
  const number = (name: keyof typeof producerTable) => numberOf(producerTable, o, name)
  const flag = (name: keyof typeof producerTable) => flagOf(producerTable, o, name)
  const acks = acksOf(o.acks)
  const isIdempotent = o.idempotent === undefined ? acks === -1 : flag('idempotent')
  if (isIdempotent && acks !== -1)
    refuse(`An idempotent producer needs acks 'all', not ${shown(o.acks)}: leave idempotent out, or acks`)
  const transactionalId = transactionalIdOf(o.transactionalId)
  if (transactionalId !== null && !isIdempotent)
    refuse("Transactions need an idempotent producer: leave idempotent out, and acks at 'all'")
  const maxInFlight = number('maxInFlight')
  if (isIdempotent && maxInFlight > 5)
    refuse(`An idempotent producer may have at most 5 requests in flight (maxInFlight), not ${maxInFlight}`)
  const codec = choiceOf(producerTable, o, 'compression', codecs)
  const batchSizeBytes = number('batchSizeBytes')
  const requestSizeMaxBytes = number('requestSizeMaxBytes')
  const lingerMs = number('lingerMs')
  return {
    acks,
    isIdempotent,
    codec: codec === 'none' ? null : codec,
    level: o.compressionLevel ?? null,
    lingerMs,
    lingerWhenIdle: flag('lingerWhenIdle'),
    batchSizeBytes,
    batchSizeMaxBytes: Math.max(Math.min(number('batchSizeMaxBytes'), requestSizeMaxBytes), batchSizeBytes),
    requestSizeMaxBytes,
    bufferBytes: number('bufferBytes'),
    maxBlockMs: number('maxBlockMs'),
    deliveryTimeoutMs: deliveryTimeoutOf(o, lingerMs),
    maxInFlight: Math.max(maxInFlight, 1),
    autoCreateTopics: flag('autoCreateTopics'),
    transactionalId,
    transactionTimeoutMs: number('transactionTimeoutMs'),
  }
}

function transactionalIdOf(given: unknown): string | null {
  if (given === undefined) return null
  if (typeof given === 'string' && given !== '') return given
  return refuse(`transactionalId must be a text that is not empty, not ${shown(given)}`)
}

function acksOf(given: unknown): number {
  if (given === undefined || given === 'all' || given === -1) return -1
  if (given === 0 || given === 1) return given
  return refuse(`acks must be 'all', 1 or 0, not ${shown(given)}`)
}

/** One attempt must fit in, as in Java: the default grows with the others, a value that was given is refused. */
function deliveryTimeoutOf(o: ProducerOptions, lingerMs: number): number {
  const deliveryTimeoutMs = numberOf(producerTable, o, 'deliveryTimeoutMs')
  const requestTimeoutMs = numberOf(clientTable, o, 'requestTimeoutMs')
  if (deliveryTimeoutMs >= lingerMs + requestTimeoutMs) return deliveryTimeoutMs
  if (o.deliveryTimeoutMs === undefined) return lingerMs + requestTimeoutMs
  return refuse(
    `deliveryTimeoutMs (${deliveryTimeoutMs}) must be at least lingerMs + requestTimeoutMs (${lingerMs} + ${requestTimeoutMs}): raise it, or lower requestTimeoutMs`,
  )
}

function refuse(why: string): never {
  throw clientError('INVALID_CONFIGURATION', why)
}
