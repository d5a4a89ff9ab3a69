/** Starts one combined broker and controller of a real Apache Kafka on loopback, on free ports, in a directory of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { javaCommand, type Layout, toolsLogging } from './apache-java.ts'

export interface ApacheNode {
  /** host:port of the broker's listener */
  readonly bootstrap: string
  /** host:port of the controller's listener */
  readonly controller: string
  readonly clusterId: string
  readonly configFile: string
  readonly logDir: string
  readonly logFile: string
  readonly pid: number
  readonly ports: readonly [number, number]
  /** SIGTERM, waits for the end; removes the directory unless it was given by the caller. */
  stop(): Promise<void>
  /** SIGKILL; the directory stays. */
  kill(): Promise<void>
}

export interface ApacheNodeOptions {
  /** Used as the log directory and kept; formatted only when it is not. */
  logDir?: string
  /** Added to, and winning over, the settings below. */
  config?: Readonly<Record<string, string>>
  /** Of broker and controller; the voters that a quorum has written down are found again at the same place. */
  ports?: readonly [number, number]
  jvm?: readonly string[]
  formatArgs?: readonly string[]
  clusterId?: string
}

/** The settings of a single node that people test with; listeners and directories are added. */
export const singleNodeConfig: Readonly<Record<string, string>> = Object.freeze({
  'process.roles': 'broker,controller',
  'node.id': '1',
  'controller.listener.names': 'CONTROLLER',
  'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
  'inter.broker.listener.name': 'PLAINTEXT',
  'offsets.topic.replication.factor': '1',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  'share.coordinator.state.topic.replication.factor': '1',
  'share.coordinator.state.topic.min.isr': '1',
  'group.initial.rebalance.delay.ms': '0',
})

/** Of a node among three: what is there once is there three times. */
export const clusterNodeConfig: Readonly<Record<string, string>> = Object.freeze({
  ...singleNodeConfig,
  'offsets.topic.replication.factor': '3',
  'transaction.state.log.replication.factor': '3',
  'transaction.state.log.min.isr': '2',
  'share.coordinator.state.topic.replication.factor': '3',
  'share.coordinator.state.topic.min.isr': '2',
  'min.insync.replicas': '2',
})

export async function startApache(layout: Layout, o: ApacheNodeOptions = {}): Promise<ApacheNode> {
  const work = mkdtempSync(join(tmpdir(), 'millrace-apache-'))
  const [brokerPort, controllerPort] = o.ports ?? (await freePorts(2))
  const bootstrap = `localhost:${brokerPort}`
  const controller = `localhost:${controllerPort}`
  const logDir = o.logDir ?? join(work, 'data')
  const configFile = join(work, 'server.properties')
  const config: Record<string, string> = {
    ...singleNodeConfig,
    listeners: `PLAINTEXT://${bootstrap},CONTROLLER://${controller}`,
    'advertised.listeners': `PLAINTEXT://${bootstrap},CONTROLLER://${controller}`,
    'controller.quorum.bootstrap.servers': controller,
    'log.dirs': logDir,
    ...o.config,
  }
  const lines = Object.entries(config).map(([key, value]) => `${key}=${value}`)
  writeFileSync(configFile, lines.join('\n') + '\n')
  if (!existsSync(join(logDir, 'meta.properties'))) {
    const args = ['format', '-t', o.clusterId ?? 'Fh3xVq2kSgWJm0aZtYpL1A', '-c', configFile]
    await run(javaCommand(layout, 'kafka.tools.StorageTool', [...args, ...(o.formatArgs ?? ['--standalone'])]))
  }
  const clusterId = /^cluster\.id=(.+)$/m.exec(readFileSync(join(logDir, 'meta.properties'), 'utf8'))?.[1] ?? ''
  const logFile = join(work, 'server.log')
  const out = openSync(logFile, 'a')
  const command = javaCommand(layout, 'kafka.Kafka', [configFile], {
    heap: '1G',
    log4j: toolsLogging('INFO'),
    ...(o.jvm ? { jvm: o.jvm } : {}),
  })
  const child = spawn(command[0]!, command.slice(1), { stdio: ['ignore', out, out] })
  const ended = once(child, 'exit')
  await untilLogged(child, logFile, /Kafka Server started/)
  return {
    ...{
      bootstrap,
      controller,
      clusterId,
      configFile,
      logDir,
      logFile,
      pid: child.pid!,
      ports: [brokerPort!, controllerPort!],
    },
    async stop() {
      child.kill('SIGTERM')
      await ended
      rmSync(work, { recursive: true, force: true })
    },
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** Ports that were free a moment ago; another process may take one before it is used. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => {
    const at = server.address()
    if (at === null || typeof at === 'string') throw new Error('no port')
    return at.port
  })
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}

/** Waits until the log holds a line that matches; fails with the log's end when the process ends first. */
export async function untilLogged(
  child: ChildProcess,
  logFile: string,
  wanted: RegExp,
  limitMs = 60_000,
): Promise<void> {
  const deadline = Date.now() + limitMs
  for (;;) {
    const text = readFileSync(logFile, 'utf8')
    if (wanted.test(text)) return
    const over = child.exitCode !== null || child.signalCode !== null || Date.now() > deadline
    if (over) {
      child.kill('SIGKILL')
      throw new Error(`${wanted} was not logged in ${logFile}:\n${text.split('\n').slice(-25).join('\n')}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

async function run(command: readonly string[]): Promise<void> {
  const child = spawn(command[0]!, command.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  child.stdout.on('data', (chunk) => (said += chunk))
  child.stderr.on('data', (chunk) => (said += chunk))
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${command.slice(command.indexOf('-cp') + 2).join(' ')} ended with ${code}:\n${said}`)
}
