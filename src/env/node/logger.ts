import { writeSync } from 'node:fs'
import type { LogFields, Logger, LogLevel } from '../index.ts'

/** Takes one line without its end. */
export type LogSink = (line: string) => void

const ranks: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 }

export interface LoggerOptions {
  /** The least that is written; `info` by default, `off` for silence. */
  readonly level?: LogLevel | 'off'
  readonly sink: LogSink
  readonly wallMs: () => number
}

/**
 * Lines as log4j's default for Kafka prints them: `[2026-11-25 03:06:12,345] INFO message key=value (logger)`, local
 * time. The field `logger` (usually bound by `child`) is the name in parentheses. Control characters are escaped, so one
 * call is one line whatever a client put into a name.
 */
export function lineLogger(options: LoggerOptions): Logger {
  return new LineLogger(options, {}, { level: options.level ?? 'info' })
}

class LineLogger implements Logger {
  readonly #options: LoggerOptions
  readonly #bound: LogFields
  readonly threshold: { level: LogLevel | 'off' }

  constructor(options: LoggerOptions, bound: LogFields, threshold: { level: LogLevel | 'off' }) {
    this.#options = options
    this.#bound = bound
    this.threshold = threshold
  }

  debug(message: string, fields?: LogFields): void {
    this.#line('debug', message, fields)
  }

  info(message: string, fields?: LogFields): void {
    this.#line('info', message, fields)
  }

  warn(message: string, fields?: LogFields): void {
    this.#line('warn', message, fields)
  }

  error(message: string, fields?: LogFields): void {
    this.#line('error', message, fields)
  }

  child(fields: LogFields): Logger {
    return new LineLogger(this.#options, { ...this.#bound, ...fields }, this.threshold)
  }

  #line(level: LogLevel, message: string, fields: LogFields | undefined): void {
    const least = this.threshold.level
    if (least === 'off' || ranks[level] < ranks[least]) return
    const { logger = 'millrace', ...rest } = { ...this.#bound, ...fields }
    let line = `[${timestamp(this.#options.wallMs())}] ${level.toUpperCase()} ${escaped(message)}`
    for (const [name, value] of Object.entries(rest)) line += ` ${name}=${shown(value)}`
    this.#options.sink(`${line} (${logger})`)
  }
}

function timestamp(wallMs: number): string {
  const at = new Date(wallMs)
  const two = (n: number) => String(n).padStart(2, '0')
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
  const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`
  return `${day} ${time},${String(at.getMilliseconds()).padStart(3, '0')}`
}

function shown(value: string | number | boolean | null): string {
  if (typeof value !== 'string') return String(value)
  return /^[^\s"=()]+$/.test(value) ? escaped(value) : escaped(JSON.stringify(value))
}

function escaped(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not reach the log
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (c) => {
    if (c === '\n') return '\\n'
    if (c === '\r') return '\\r'
    if (c === '\t') return '\\t'
    return `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

/**
 * Writes lines to standard output (1) or error (2) at once, so that the last words of a dying process are not lost.
 * A reader that went away loses lines, never the process.
 */
export function descriptorSink(fd: 1 | 2): LogSink {
  const stream = () => (fd === 1 ? process.stdout : process.stderr)
  let isBroken = false
  return (line) => {
    if (isBroken) return
    let left = Buffer.from(`${line}\n`)
    while (left.length > 0) {
      try {
        left = left.subarray(writeSync(fd, left))
      } catch (thrown) {
        const { code } = thrown as { code?: string }
        if (code === 'EAGAIN') {
          // Somebody made the pipe non-blocking and it is full: the stream queues.
          stream().write(left)
        } else {
          isBroken = true
        }
        return
      }
    }
  }
}

export interface LoggedLine {
  readonly level: LogLevel
  readonly message: string
  readonly fields: LogFields
}

/** A logger that keeps what it was told, for tests to read. */
export function captureLogger(): Logger & { readonly lines: LoggedLine[] } {
  const lines: LoggedLine[] = []
  const make = (bound: LogFields): Logger & { readonly lines: LoggedLine[] } => {
    const at = (level: LogLevel) => (message: string, fields?: LogFields) => {
      lines.push({ level, message, fields: { ...bound, ...fields } })
    }
    return {
      lines,
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      child: (fields) => make({ ...bound, ...fields }),
    }
  }
  return make({})
}
