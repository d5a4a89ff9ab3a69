/** What the two example clients of Strimzi's documents have in common: their variables and their log. */
import type { ClientOptions } from '../../client/index.ts'
import { type NodeEnv, nodeEnv } from '../../env/node/index.ts'

export type Environment = Readonly<Record<string, string | undefined>>

const levels = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'OFF'] as const

/** Lines as log4j's `%d{yyyy-MM-dd HH:mm:ss} %-5p %c{1}:%L - %m%n` writes them. */
export function exampleLog(
  className: string,
  env: Environment,
): (line: number, message: string, level?: string) => void {
  const least = Math.max(0, levels.indexOf((env['LOG_LEVEL'] ?? 'INFO').toUpperCase() as 'INFO'))
  return (line, message, level = 'INFO') => {
    if (levels.indexOf(level as 'INFO') < least) return
    const time = localTime(new Date())
    process.stdout.write(`${time} ${level.padEnd(5)} ${className}:${line} - ${message}\n`)
  }
}

function localTime(now: Date): string {
  const two = (n: number) => String(n).padStart(2, '0')
  const day = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`
  return `${day} ${two(now.getHours())}:${two(now.getMinutes())}:${two(now.getSeconds())}`
}

/** Throws a sentence when a variable is missing or no number. */
export function settings(env: Environment) {
  const wanted = (name: string): string => {
    const value = env[name]
    if (value === undefined || value === '') throw new Error(`the variable ${name} is not set`)
    return value
  }
  const number = (name: string, initially: number): number => {
    const text = env[name]
    const value = text === undefined || text === '' ? initially : Number(text)
    if (!Number.isInteger(value) || value < 0) throw new Error(`${name}=${text} is not a number`)
    return value
  }
  return { wanted, number }
}

/** The certificates come as PEM in variables, as the documents' YAML takes them from Secrets. */
export function clientOptions(env: Environment): ClientOptions {
  const { CA_CRT: ca, USER_CRT: cert, USER_KEY: key } = env
  const options: ClientOptions = { bootstrapServers: settings(env).wanted('BOOTSTRAP_SERVERS') }
  if (ca === undefined && cert === undefined) return options
  const identity = cert === undefined || key === undefined ? {} : { cert, key }
  return { ...options, tls: { ...(ca === undefined ? {} : { ca }), ...identity } }
}

/** Only what is told nowhere else goes to standard error. */
export const clientWorld = (): NodeEnv => nodeEnv({ logLevel: 'off' })

/** Aborted by the signals that end a pod. */
export function untilStopped(): AbortSignal {
  const stop = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort())
  return stop.signal
}

export const isAbort = (signal: AbortSignal, thrown: unknown): boolean => signal.aborted && thrown === signal.reason
