import type { Failure } from '../env/index.ts'
import { type Advice, type ErrorCode, errorName, errorRow, errors } from '../protocol/index.ts'

/**
 * Why the client itself gives up; not rows of Kafka's table. `number` is -1 for all of them, as for anything that did
 * not come from a broker.
 */
export const clientCodes = {
  CONNECTION_FAILED: { exception: 'DisconnectException', advice: 'refresh' },
  CONNECTION_CLOSED: { exception: 'DisconnectException', advice: 'refresh' },
  TIMED_OUT: { exception: 'TimeoutException', advice: 'refresh' },
  UNKNOWN_HOST: { exception: 'ConfigException', advice: 'final' },
  TLS_FAILED: { exception: 'SslAuthenticationException', advice: 'final' },
  AUTHENTICATION_FAILED: { exception: 'SaslAuthenticationException', advice: 'final' },
  CLOSED: { exception: 'IllegalStateException', advice: 'final' },
  INVALID_ARGUMENT: { exception: 'IllegalArgumentException', advice: 'final' },
  INVALID_CONFIGURATION: { exception: 'ConfigException', advice: 'final' },
  INVALID_STATE: { exception: 'IllegalStateException', advice: 'final' },
  UNSUPPORTED_BY_BROKER: { exception: 'UnsupportedVersionException', advice: 'final' },
  NO_OFFSET: { exception: 'NoOffsetForPartitionException', advice: 'final' },
  BUFFER_FULL: { exception: 'BufferExhaustedException', advice: 'retry' },
  NOT_IN_TIME: { exception: 'TimeoutException', advice: 'retry' },
  MALFORMED_ANSWER: { exception: 'SchemaException', advice: 'final' },
  DESERIALIZATION: { exception: 'RecordDeserializationException', advice: 'final' },
  BROKEN_RECORDS: { exception: 'CorruptRecordException', advice: 'final' },
} as const satisfies Record<string, { exception: string; advice: Advice }>

export type ClientCode = keyof typeof clientCodes

/** Anything that Kafka, or the way to it, refused. Told apart by {@link KafkaError.code}; classes differ between realms. */
export class KafkaError extends Error {
  override readonly name = 'KafkaError'
  /** Kafka's name (`UNKNOWN_TOPIC_OR_PARTITION`) or one of {@link ClientCode}. */
  readonly code: string
  /** Kafka's number; -1 when the error did not come from a broker. */
  readonly number: ErrorCode
  /** `final`: do not ask again; `retry`: the same may work later; `refresh`: after fresh metadata. */
  readonly advice: Advice
  /** Simple name of the class that Java clients raise. */
  readonly exception: string
  /** The message without the hint. */
  readonly reason: string
  /** What a person may do about it, when more is known than the reason; the end of the message. */
  readonly hint: string | null

  constructor(
    code: string,
    reason: string,
    o: { number: ErrorCode; advice: Advice; exception: string; cause?: unknown; hint?: string | undefined },
  ) {
    super(
      o.hint === undefined ? reason : `${reason}. ${o.hint}`,
      o.cause === undefined ? undefined : { cause: o.cause },
    )
    this.code = code
    this.reason = reason
    this.hint = o.hint ?? null
    this.number = o.number
    this.advice = o.advice
    this.exception = o.exception
  }

  get isRetriable(): boolean {
    return this.advice !== 'final'
  }
}

/** An answer's error code as an error. `message` is the broker's own text, when it sent one. */
export function brokerError(code: ErrorCode, message?: string | null): KafkaError {
  const row = errorRow(code)
  return new KafkaError(errorName(code), message || row.text, {
    number: code,
    advice: row.advice,
    exception: row.exception,
  })
}

export function clientError(code: ClientCode, reason: string, cause?: unknown, hint?: string): KafkaError {
  const { exception, advice } = clientCodes[code]
  return new KafkaError(code, reason, {
    number: -1,
    advice,
    exception,
    hint,
    ...(cause === undefined ? {} : { cause }),
  })
}

const failureCodes: ReadonlyMap<string, ClientCode> = new Map([
  ['ETIMEDOUT', 'TIMED_OUT'],
  ['EPROTO', 'MALFORMED_ANSWER'],
  ['ECANCELED', 'CLOSED'],
  ['ECONNRESET', 'CONNECTION_CLOSED'],
  ['EPIPE', 'CONNECTION_CLOSED'],
  ['ENOTFOUND', 'UNKNOWN_HOST'],
  ['ETLS', 'TLS_FAILED'],
  ['ESASL', 'AUTHENTICATION_FAILED'],
])

export function failureCode(failure: Failure): ClientCode {
  return failureCodes.get(failure.code) ?? 'CONNECTION_FAILED'
}

/** What the network refused. */
export function failureError(failure: Failure): KafkaError {
  return clientError(failureCode(failure), failure.message, failure.cause)
}

export function isKafkaError(thrown: unknown): thrown is KafkaError {
  return typeof thrown === 'object' && thrown !== null && (thrown as { name?: unknown }).name === 'KafkaError'
}

/** Throws unless the code is NONE. */
export function check(code: ErrorCode, message?: string | null): void {
  if (code !== errors.NONE) throw brokerError(code, message)
}

/** One item of an answer about many: exactly one of the two is not null. */
export type Outcome<T = void> =
  | { readonly error: null; readonly value: T }
  | { readonly error: KafkaError; readonly value: null }

export function outcome<T>(code: ErrorCode, message: string | null | undefined, value: T): Outcome<T> {
  return code === errors.NONE ? { error: null, value } : { error: brokerError(code, message), value: null }
}

/** The values of all outcomes; throws the first error. */
export function unwrap<K, T>(outcomes: ReadonlyMap<K, Outcome<T>>): Map<K, T> {
  const values = new Map<K, T>()
  for (const [key, item] of outcomes) {
    if (item.error !== null) throw item.error
    values.set(key, item.value)
  }
  return values
}
