import { configOperation } from '../config/index.ts'
import type { Logger, LogLevel } from '../env/index.ts'
import { type ErrorCode, errors } from '../protocol/index.ts'

/**
 * Resources of the type BROKER_LOGGER (KIP-412). All that a broker says goes through one logger, which is the root; the
 * names of Apache Kafka's classes are unknown here. A level holds until the process ends, and is in no metadata.
 */
const ROOT = 'root'

/** Kafka's name of each level. TRACE has nothing that DEBUG has not; FATAL leaves nothing to say. */
const levelOf: ReadonlyMap<string, LogLevel | 'off'> = new Map<string, LogLevel | 'off'>([
  ['DEBUG', 'debug'],
  ['ERROR', 'error'],
  ['FATAL', 'off'],
  ['INFO', 'info'],
  ['TRACE', 'debug'],
  ['WARN', 'warn'],
])
const nameOf = (level: LogLevel | 'off'): string => [...levelOf].find(([, own]) => own === level)![0]

export interface LoggerEntry {
  readonly name: string
  readonly value: string
}

export interface LoggerChange {
  readonly name: string
  readonly configOperation?: number
  readonly value: string | null
}

export interface LoggerRefusal {
  readonly code: ErrorCode
  readonly message: string
}

/** The loggers of this broker that are wanted (null = all), with their levels. */
export function describeLoggers(logger: Logger, wanted: readonly string[] | null): LoggerEntry[] {
  const { threshold } = logger
  if (threshold === undefined || (wanted !== null && !wanted.includes(ROOT))) return []
  return [{ name: ROOT, value: nameOf(threshold.level) }]
}

/** Checks all changes before the first takes effect; null when they are done, or could be where it is only a trial. */
export function alterLoggers(logger: Logger, changes: readonly LoggerChange[], isTrial: boolean): LoggerRefusal | null {
  const { threshold } = logger
  if (threshold === undefined) {
    return { code: errors.INVALID_REQUEST, message: 'The logger that this broker was given has no levels' }
  }
  const names = changes.map(({ name }) => name)
  if (new Set(names).size < names.length) {
    return { code: errors.INVALID_REQUEST, message: 'Error due to duplicate config keys' }
  }
  const withoutValue = changes.filter((c) => c.value === null && c.configOperation !== configOperation.delete)
  if (withoutValue.length > 0) {
    const shown = withoutValue.map(({ name }) => name).join(',')
    return { code: errors.INVALID_REQUEST, message: `Null value not supported for : ${shown}` }
  }
  for (const change of changes) {
    const refusal = refuse(change)
    if (refusal !== null) return refusal
  }
  if (isTrial) return null
  for (const { value } of changes) {
    threshold.level = levelOf.get(value!)!
    logger.info('The level of the log is set', { level: value })
  }
  return null
}

function refuse({ name, configOperation: operation = configOperation.set, value }: LoggerChange): LoggerRefusal | null {
  const exists = name === ROOT
  const absent = { code: errors.INVALID_CONFIG, message: `Logger ${name} does not exist!` }
  switch (operation) {
    case configOperation.set: {
      if (!exists) return absent
      if (levelOf.has(value!)) return null
      const message = `Cannot set the log level of ${name} to ${value} as it is not a supported log level. Valid log levels are ${[...levelOf.keys()].join(', ')}`
      return { code: errors.INVALID_CONFIG, message }
    }
    case configOperation.delete:
      if (!exists) return absent
      return { code: errors.INVALID_REQUEST, message: 'Removing the log level of the root logger is not allowed' }
    case configOperation.append:
    case configOperation.subtract: {
      const verb = operation === configOperation.append ? 'APPEND' : 'SUBTRACT'
      return {
        code: errors.INVALID_REQUEST,
        message: `${verb} operation is not allowed for the BROKER_LOGGER resource`,
      }
    }
    default: {
      const message = `Unknown operation type ${operation} is not allowed for the BROKER_LOGGER resource`
      return { code: errors.INVALID_REQUEST, message }
    }
  }
}
