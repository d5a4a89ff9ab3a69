/** Starts one node of ours the way a person does, through `bin/`, on loopback, on free ports, in a directory of its own. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type ApacheNode, freePorts, singleNodeConfig, untilLogged } from './apache-node.ts'

const bin = resolve(import.meta.dirname, '..', 'bin')

/** The command that runs one of our tools. */
export function millraceTool(tool: string, args: readonly string[]): string[] {
  return [join(bin, `${tool}.sh`), ...args]
}

export interface MillraceNodeOptions {
  logDir?: string
  config?: Readonly<Record<string, string>>
  ports?: readonly [number, number]
}

export async function startMillrace(o: MillraceNodeOptions = {}): Promise<ApacheNode> {
  const work = mkdtempSync(join(tmpdir(), 'millrace-node-'))
  const [brokerPort, controllerPort] = o.ports ?? (await freePorts(2))
  const bootstrap = `localhost:${brokerPort}`
  const controller = `localhost:${controllerPort}`
  const logDir = o.logDir ?? join(work, 'data')
  const config: Record<string, string> = {
    ...singleNodeConfig,
    listeners: `PLAINTEXT://${bootstrap},CONTROLLER://${controller}`,
    'advertised.listeners': `PLAINTEXT://${bootstrap},CONTROLLER://${controller}`,
    'controller.quorum.bootstrap.servers': controller,
    'log.dirs': logDir,
    'millrace.auto.format': 'true',
    ...o.config,
  }
  const configFile = join(work, 'server.properties')
  const lines = Object.entries(config).map(([key, value]) => `${key}=${value}`)
  writeFileSync(configFile, lines.join('\n') + '\n')
  const logFile = join(work, 'server.log')
  const out = openSync(logFile, 'a')
  const child = spawn(join(bin, 'kafka-server-start.sh'), [configFile], { stdio: ['ignore', out, out] })
  const ended = once(child, 'exit')
  await untilLogged(child, logFile, /Kafka Server started/)
  const clusterId = /^cluster\.id=(.+)$/m.exec(readFileSync(join(logDir, 'meta.properties'), 'utf8'))?.[1] ?? ''
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
