/** Starts the two brokers that are compared, each in a new directory, with the same settings. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { toolsLogging } from '../../scripts/apache-java.ts'
import { freePorts, javaCommand, type Layout } from '../../scripts/apache-kafka.ts'
import { singleNodeConfig, untilLogged } from '../../scripts/apache-node.ts'

export interface Broker {
  readonly bootstrap: string
  readonly pid: number
  readonly logDir: string
  /** What it printed. */
  readonly logFile: string
  readonly child: ChildProcess
  /** SIGTERM and its end; `keep` leaves the directory for a start that follows. */
  stop(keep?: 'keep'): Promise<void>
}

/** A broker that can be started: a directory with its configuration, and the command. */
export interface Prepared {
  readonly work: string
  readonly bootstrap: string
  readonly logDir: string
  readonly command: readonly string[]
  /** What must have run before the command: Apache Kafka's format. */
  readonly before: readonly string[] | null
}

export interface BrokerOptions {
  readonly config?: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string>>
}

/** Whatever way the bench ends, no broker is left. */
const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1))

const root = resolve(import.meta.dirname, '..', '..')

/** What the scripts in Apache Kafka's bin/ give every JVM; the tools of this repository run with cheaper ones. */
export const apacheJvmFlags: readonly string[] = [
  '-server',
  '-XX:-UseSerialGC',
  '-XX:+UseG1GC',
  '-XX:MaxGCPauseMillis=20',
  '-XX:InitiatingHeapOccupancyPercent=35',
  '-XX:+ExplicitGCInvokesConcurrent',
  '-XX:TieredStopAtLevel=4',
]

export type OursFrom = 'shipped' | 'sources'

/** Null when the bundle that `bin/` runs is not built. */
export function oursCommand(from: OursFrom): readonly string[] | null {
  if (from === 'sources') return [process.execPath, join(root, 'src', 'bin', 'kafka-server.ts')]
  const script = join(root, 'bin', 'kafka-server-start.sh')
  return existsSync(script) && existsSync(join(root, 'dist')) ? [script] : null
}

/** `flush`: ours alone has it; see millrace.flush. */
export async function prepareOurs(flush: 'os' | 'sync', from: OursFrom, o: BrokerOptions = {}): Promise<Prepared> {
  const command = oursCommand(from) ?? oursCommand('sources')!
  const config = { 'millrace.auto.format': 'true', 'millrace.flush': flush, ...o.config }
  const { configFile, ...place } = await prepareDirectory('ours', config)
  return { ...place, command: [...command, configFile], before: null }
}

export async function prepareApache(layout: Layout, o: BrokerOptions = {}): Promise<Prepared> {
  const { configFile, ...place } = await prepareDirectory('apache', o.config ?? {})
  const format = ['format', '-t', 'Fh3xVq2kSgWJm0aZtYpL1A', '-c', configFile, '--standalone']
  return {
    ...place,
    before: javaCommand(layout, 'kafka.tools.StorageTool', format),
    command: javaCommand(layout, 'kafka.Kafka', [configFile], {
      ...{ heap: '1G', log4j: toolsLogging('INFO') },
      jvm: ['-Xms1G', ...apacheJvmFlags],
    }),
  }
}

async function prepareDirectory(
  who: string,
  more: Readonly<Record<string, string>>,
): Promise<{ work: string; bootstrap: string; logDir: string; configFile: string }> {
  const work = mkdtempSync(join(tmpdir(), `millrace-bench-${who}-`))
  const [brokerPort, controllerPort] = await freePorts(2)
  const bootstrap = `localhost:${brokerPort}`
  const controller = `localhost:${controllerPort}`
  const logDir = join(work, 'data')
  mkdirSync(logDir)
  const config: Record<string, string> = {
    ...singleNodeConfig,
    listeners: `PLAINTEXT://${bootstrap},CONTROLLER://${controller}`,
    'advertised.listeners': `PLAINTEXT://${bootstrap},CONTROLLER://${controller}`,
    'controller.quorum.bootstrap.servers': controller,
    'log.dirs': logDir,
    ...more,
  }
  const configFile = join(work, 'server.properties')
  writeFileSync(
    configFile,
    Object.entries(config)
      .map(([key, value]) => `${key}=${value}\n`)
      .join(''),
  )
  return { work, bootstrap, logDir, configFile }
}

/** Runs the command without waiting for anything. */
export function launch(prepared: Prepared, env: Readonly<Record<string, string>> = {}): Broker {
  const logFile = join(prepared.work, 'server.log')
  const out = openSync(logFile, 'a')
  const child = spawn(prepared.command[0]!, prepared.command.slice(1), {
    stdio: ['ignore', out, out],
    env: { ...process.env, ...env },
  })
  running.add(child)
  const ended = once(child, 'exit').then(() => running.delete(child))
  return {
    ...{ bootstrap: prepared.bootstrap, pid: child.pid!, logDir: prepared.logDir, logFile, child },
    async stop(keep) {
      child.kill('SIGTERM')
      await ended
      if (keep === undefined) rmSync(prepared.work, { recursive: true, force: true })
    },
  }
}

/** Formats if need be, starts, and waits until it serves. */
export async function start(prepared: Prepared, env?: Readonly<Record<string, string>>): Promise<Broker> {
  if (prepared.before !== null) await run(prepared.before)
  const broker = launch(prepared, env)
  await untilLogged(broker.child, broker.logFile, /Kafka Server started/, 180_000)
  return broker
}

/** Runs to its end and gives what it printed; fails with that when the exit code is not 0. */
export async function run(command: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  const child = spawn(command[0]!, command.slice(1), {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
  let said = ''
  child.stdout.on('data', (chunk) => (said += chunk))
  child.stderr.on('data', (chunk) => (said += chunk))
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${command[0]} … ${command.slice(-6).join(' ')} ended with ${code}:\n${said}`)
  return said
}
