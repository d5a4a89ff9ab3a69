/** Three nodes of one cluster on this machine, each broker and controller, with the same settings for ours and Apache's. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { toolsLogging } from '../../scripts/apache-java.ts'
import { freePorts, javaCommand, type Layout } from '../../scripts/apache-kafka.ts'
import { clusterNodeConfig, untilLogged } from '../../scripts/apache-node.ts'
import { apacheJvmFlags, type Broker, launch, oursCommand, type Prepared, run } from './brokers.ts'

const clusterId = 'Fh3xVq2kSgWJm0aZtYpL1A'

export const clusterNodeIds = [1, 2, 3] as const

export class BenchCluster {
  readonly who: 'ours' | 'theirs'
  readonly #work: string
  readonly #prepared: ReadonlyMap<number, Prepared>
  readonly nodes = new Map<number, Broker>()

  private constructor(who: 'ours' | 'theirs', work: string, prepared: ReadonlyMap<number, Prepared>) {
    this.who = who
    this.#work = work
    this.#prepared = prepared
  }

  /** Formatted, nothing runs. `layout`: Apache Kafka's; null is ours, with flush=os as theirs. */
  static async prepare(layout: Layout | null, config: Readonly<Record<string, string>> = {}): Promise<BenchCluster> {
    const who = layout === null ? 'ours' : 'theirs'
    const work = mkdtempSync(join(tmpdir(), `millrace-bench-${who}-three-`))
    const ports = await freePorts(6)
    const at = (i: number): string => `localhost:${ports[i]}`
    const voters = clusterNodeIds.map((id) => `${id}@${at(id + 2)}`).join(',')
    const prepared = new Map<number, Prepared>()
    for (const id of clusterNodeIds) {
      const home = join(work, `${id}`)
      const logDir = join(home, 'data')
      mkdirSync(logDir, { recursive: true })
      const listeners = `PLAINTEXT://${at(id - 1)},CONTROLLER://${at(id + 2)}`
      const settings = {
        ...clusterNodeConfig,
        ...{ 'node.id': `${id}`, 'controller.quorum.voters': voters, 'log.dirs': logDir },
        ...{ listeners, 'advertised.listeners': listeners },
        ...(who === 'ours' ? { 'millrace.flush': 'os' } : {}),
        ...config,
      }
      const configFile = join(home, 'server.properties')
      writeFileSync(
        configFile,
        Object.entries(settings)
          .map(([key, value]) => `${key}=${value}\n`)
          .join(''),
      )
      const format = ['format', '-t', clusterId, '-c', configFile]
      if (layout === null) await run([resolve(import.meta.dirname, '../../bin/kafka-storage.sh'), ...format])
      else await run(javaCommand(layout, 'kafka.tools.StorageTool', format))
      const command =
        layout === null
          ? [...(oursCommand('shipped') ?? oursCommand('sources')!), configFile]
          : javaCommand(layout, 'kafka.Kafka', [configFile], {
              ...{ heap: '1G', log4j: toolsLogging('INFO') },
              jvm: ['-Xms1G', ...apacheJvmFlags],
            })
      prepared.set(id, { work: home, bootstrap: at(id - 1), logDir, command, before: null })
    }
    return new BenchCluster(who, work, prepared)
  }

  get bootstrap(): string {
    return [...this.#prepared.values()].map(({ bootstrap }) => bootstrap).join(',')
  }

  get pids(): readonly number[] {
    return [...this.nodes.values()].map(({ pid }) => pid)
  }

  /** Those that do not run; returns when each says that it has started. */
  async start(ids: readonly number[] = clusterNodeIds): Promise<void> {
    for (const id of ids) this.nodes.set(id, launch(this.#prepared.get(id)!))
    await Promise.all(
      ids.map((id) => {
        const { child, logFile } = this.nodes.get(id)!
        return untilLogged(child, logFile, /Kafka Server started/, 180_000)
      }),
    )
  }

  /** kill -9, without waiting for anything but its end. */
  async kill(id: number): Promise<void> {
    const { child } = this.nodes.get(id)!
    this.nodes.delete(id)
    const ended = new Promise((done) => child.once('exit', done))
    child.kill('SIGKILL')
    await ended
  }

  /** SIGTERM. */
  async stop(id: number): Promise<void> {
    const node = this.nodes.get(id)!
    this.nodes.delete(id)
    await node.stop('keep')
  }

  async end(): Promise<void> {
    await Promise.all([...this.nodes.keys()].map((id) => this.kill(id)))
    rmSync(this.#work, { recursive: true, force: true })
  }
}
