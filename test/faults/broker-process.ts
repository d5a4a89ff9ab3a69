/** Brokers as people run them: a process of `bin/kafka-server-start.sh` on a directory that outlives it. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { freePorts } from '../../scripts/apache-node.ts'

const starter = resolve(import.meta.dirname, '..', '..', 'bin', 'kafka-server-start.sh')

export interface SiteOptions {
  /** Added to, and winning over, those of a single node. */
  readonly config?: Readonly<Record<string, string>>
  /** Of the broker and of the controller; free ones by default. */
  readonly ports?: readonly [number, number]
  /** Names below the site's own directory, or absolute paths; default `data`. */
  readonly logDirs?: readonly string[]
}

export interface SpawnOptions {
  readonly wrapper?: readonly string[]
  /** `key=value`, for this process alone. */
  readonly overrides?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** What stays when a broker dies: its configuration, ports and directories. */
export class Site implements Disposable {
  readonly root: string
  readonly logDirs: readonly string[]
  readonly bootstrap: string
  readonly port: number
  readonly controllerPort: number
  /** Its ports can be asked without TLS and authentication. */
  readonly isPlain: boolean
  readonly #configFile: string

  private constructor(root: string, ports: readonly number[], options: SiteOptions) {
    const [port = 0, controllerPort = 0] = ports
    this.root = root
    this.port = port
    this.controllerPort = controllerPort
    this.bootstrap = `127.0.0.1:${port}`
    this.logDirs = (options.logDirs ?? ['data']).map((path) => resolve(root, path))
    this.#configFile = join(root, 'server.properties')
    this.isPlain = !/SSL|SASL/.test(options.config?.['listener.security.protocol.map'] ?? '')
    const config: Record<string, string> = {
      'process.roles': 'broker,controller',
      'node.id': '1',
      listeners: `PLAINTEXT://${this.bootstrap},CONTROLLER://127.0.0.1:${controllerPort}`,
      'advertised.listeners': `PLAINTEXT://${this.bootstrap},CONTROLLER://127.0.0.1:${controllerPort}`,
      'controller.listener.names': 'CONTROLLER',
      'controller.quorum.bootstrap.servers': `127.0.0.1:${controllerPort}`,
      'log.dirs': this.logDirs.join(','),
      'millrace.auto.format': 'true',
      'offsets.topic.replication.factor': '1',
      'offsets.topic.num.partitions': '5',
      'group.initial.rebalance.delay.ms': '0',
      ...options.config,
    }
    const lines = Object.entries(config).map(([key, value]) => `${key}=${value}\n`)
    writeFileSync(this.#configFile, lines.join(''))
  }

  static async make(options: SiteOptions = {}): Promise<Site> {
    return new Site(mkdtempSync(join(tmpdir(), 'millrace-faults-')), options.ports ?? (await freePorts(2)), options)
  }

  get logDir(): string {
    return this.logDirs[0]!
  }

  /** As a person formats it who starts a cluster. */
  async format(clusterId: string, ...options: string[]): Promise<void> {
    const tool = resolve(starter, '..', 'kafka-storage.sh')
    await promisify(execFile)(tool, ['format', '-t', clusterId, '-c', this.#configFile, ...options])
  }

  /** A new process. `wrapper` comes before the command, as `prlimit` or `bash -c` do. */
  spawn(o: SpawnOptions = {}): BrokerProcess {
    const overrides = (o.overrides ?? []).flatMap((pair) => ['--override', pair])
    const [program, ...args] = [...(o.wrapper ?? []), starter, this.#configFile, ...overrides]
    return new BrokerProcess(
      this,
      spawn(program!, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...o.env } }),
    )
  }

  /** A new process that serves. */
  async start(o: SpawnOptions = {}): Promise<BrokerProcess> {
    const broker = this.spawn(o)
    await broker.serving()
    return broker
  }

  path(...names: string[]): string {
    return join(this.logDir, ...names)
  }

  hasMarker(directory: string = this.logDir): boolean {
    return existsSync(join(directory, '.kafka_cleanshutdown'))
  }

  mkdir(...names: string[]): string {
    const path = join(this.root, ...names)
    mkdirSync(path, { recursive: true })
    return path
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true })
  }
}

export interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** One life of a broker. */
export class BrokerProcess implements AsyncDisposable {
  readonly pid: number
  readonly ended: Promise<Ending>
  readonly #site: Site
  readonly #child: ChildProcess
  readonly #startedMs = performance.now()
  #said = ''
  #isOver = false
  #heard: (() => void)[] = []

  constructor(site: Site, child: ChildProcess) {
    this.#site = site
    this.#child = child
    this.pid = child.pid ?? -1
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.#said += chunk
        this.#tell()
      })
    }
    this.ended = once(child, 'close').then(([code, signal]) => {
      this.#isOver = true
      this.#tell()
      return { code, signal }
    })
  }

  /** All it has printed. */
  get said(): string {
    return this.#said
  }

  get isOver(): boolean {
    return this.#isOver
  }

  get lines(): string[] {
    return this.#said.split('\n').filter((line) => line !== '')
  }

  #tell(): void {
    for (const run of this.#heard.splice(0)) run()
  }

  /** When it has printed something that matches. Rejects with its last words when it ends before. */
  async says(wanted: RegExp, limitMs = 60_000): Promise<RegExpExecArray> {
    const deadline = sleep(limitMs, 'late' as const, { ref: false })
    for (;;) {
      const match = wanted.exec(this.#said)
      if (match !== null) return match
      if (this.#isOver) throw new Error(`The broker ended without saying ${wanted}:\n${this.#lastWords()}`)
      const heard = new Promise<void>((run) => this.#heard.push(run))
      if ((await Promise.race([heard, deadline])) === 'late') {
        throw new Error(`The broker did not say ${wanted} in ${limitMs} ms:\n${this.#lastWords()}`)
      }
    }
  }

  /** Milliseconds from its birth until it answered a request. Rejects when it ends before. */
  async serving(limitMs = 60_000): Promise<number> {
    if (!this.#site.isPlain) {
      await this.says(/Kafka Server started/, limitMs)
      return performance.now() - this.#startedMs
    }
    while (!(await answers(this.#site.port))) {
      if (this.#isOver) throw new Error(`The broker ended before it served:\n${this.#lastWords()}`)
      if (performance.now() - this.#startedMs > limitMs) {
        throw new Error(`The broker did not serve within ${limitMs} ms:\n${this.#lastWords()}`)
      }
      await sleep(5)
    }
    return performance.now() - this.#startedMs
  }

  #lastWords(): string {
    return this.lines.slice(-25).join('\n')
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** kill -9. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.ended
  }

  /** SIGTERM, and how it ended. */
  stop(): Promise<Ending> {
    this.#child.kill('SIGTERM')
    return this.ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isOver) await this.kill()
  }

  /** Resident bytes now (Linux); 0 when it is dying. */
  get residentBytes(): number {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8')
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024
  }
}

/** ApiVersions 0 without a client id: what any broker answers first. */
const apiVersions = Buffer.from('0000000a0012000000000001ffff', 'hex')

/** Whether whoever listens there answers a request. A refused or broken connection is a no. */
function answers(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(apiVersions))
    socket.on('error', () => done(false))
    socket.on('close', () => done(false))
    socket.on('data', () => {
      done(true)
      socket.destroy()
    })
  })
}
