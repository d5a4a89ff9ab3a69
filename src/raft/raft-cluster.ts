import assert from 'node:assert/strict'
import type { Clock, Done, Failure, Logger, Net, Random, Socket } from '../env/index.ts'
import { ManualClock, type MemoryDisk, memoryDisk, memoryNet } from '../env/memory/index.ts'
import { defaultLogConfig, type LogStore, openLogStore } from '../log/index.ts'
import { encodeMetadataRecord, MetadataLoader, metadataRecord, planFeatures } from '../metadata/index.ts'
import { serveRaft } from './controller-door.ts'
import { formatStorage } from './format.ts'
import type { LocalRaftNode } from './node.ts'
import { openRaftNode, type RaftOptions } from './open.ts'

const directories = [
  'lJNiOm5TR2GFjkqbYVJP0A',
  'commlsOaXbXwFKoJiPnfIw',
  '8-2SxgkRR12GKyQlsrKX_w',
  'TJ8qvtV4RGu3nYfCHLmOlw',
]

export interface MemberOptions {
  /** Ids of the first voters; null = none are known (an observer that joins), or static ones are given. */
  readonly initial: readonly number[] | null
  readonly staticVoters?: readonly number[]
  readonly options?: Partial<RaftOptions>
  /** Name of the controller listener. */
  readonly listener?: string
  /** A broker alone: it has no controller listener, and knows the static voters only. */
  readonly isObserver?: boolean
  readonly joinsItself?: boolean
  /** A file is replaced (quorum-state above all) after so long at most. */
  readonly replaceMsMax?: number
}

/**
 * Whole raft nodes, each with a disk of its own, that talk to each other in real bytes over a network in memory; time
 * stands still until the test lets it go on. For tests.
 */
export class RaftCluster {
  readonly clock = new ManualClock()
  readonly members = new Map<number, Member>()
  /** Pairs of ids between which nothing passes. */
  readonly cuts = new Set<string>()
  readonly net: Net = memoryNet(this.clock)
  #seed: number

  constructor(seed = 1) {
    this.#seed = seed
  }

  readonly random: Random = {
    next: () => {
      this.#seed = (this.#seed + 0x6d2b79f5) | 0
      let t = Math.imul(this.#seed ^ (this.#seed >>> 15), 1 | this.#seed)
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
      return ((t ^ (t >>> 14)) >>> 0) / 4294967296
    },
    below: (bound) => Math.floor(this.random.next() * bound),
    bytes: (into) => into.map(() => this.random.below(256)),
  }

  add(id: number, o: MemberOptions): Member {
    const member = new Member(this, id, o)
    this.members.set(id, member)
    member.format()
    return member
  }

  /** Three voters of a dynamic quorum, running. */
  static ofThree(seed = 1, options: Partial<RaftOptions> = {}): RaftCluster {
    const c = new RaftCluster(seed)
    for (const id of [1, 2, 3]) c.add(id, { initial: [1, 2, 3], options })
    for (const member of c.members.values()) member.start()
    return c
  }

  get up(): Member[] {
    return [...this.members.values()].filter((m) => m.node !== null)
  }

  get leader(): Member {
    const found = this.leaders[0]
    assert.ok(found !== undefined, `nobody leads: ${JSON.stringify(this.up.map((m) => m.node!.leadership))}`)
    return found
  }

  get leaders(): Member[] {
    const leading = this.up.filter((m) => m.node!.leadership.isActive)
    return leading.sort((a, b) => b.node!.leadership.epoch - a.node!.leadership.epoch)
  }

  /** Lets time pass until it is so. */
  until(isSo: () => boolean, withinMs: number): void {
    const untilMs = this.clock.monoMs() + withinMs
    this.clock.runTurns()
    while (!isSo()) {
      assert.ok(this.clock.monoMs() < untilMs, `not within ${withinMs} ms: ${isSo.toString()}`)
      this.clock.advance(1)
    }
  }

  /** A leader that all others follow, and one log everywhere. */
  settle(withinMs = 5000): Member {
    this.until(() => {
      const [leader, second] = this.leaders
      if (leader === undefined || second !== undefined) return false
      const { epoch } = leader.node!.leadership
      return this.up.every(
        ({ node }) => node!.leadership.epoch === epoch && node!.committedOffset === leader.node!.endOffset,
      )
    }, withinMs)
    return this.leader
  }

  cut(a: number, b: number): void {
    this.cuts.add(`${a}-${b}`).add(`${b}-${a}`)
  }
}

export class Member {
  readonly id: number
  readonly loader: MetadataLoader[] = []
  node: LocalRaftNode | null = null
  /** Also while it is still opening its files. */
  isStarted = false
  disk: MemoryDisk
  readonly halts: string[] = []
  readonly lines: string[] = []
  readonly #cluster: RaftCluster
  readonly #o: MemberOptions
  #store: LogStore | null = null
  #life = 0
  #sockets = new Set<Socket>()
  #listener: { close(): void } | null = null

  constructor(cluster: RaftCluster, id: number, o: MemberOptions) {
    this.#cluster = cluster
    this.id = id
    this.#o = o
    this.disk = memoryDisk(cluster.clock)
  }

  get directoryId(): string {
    return this.node!.directoryId
  }
  get image() {
    return this.loader.at(-1)!.image
  }
  /** The value of the one configuration that most tests write. */
  get value(): string | undefined {
    return this.image.configs.get('4:')?.values.get('x')
  }

  format(): void {
    const { clock, random } = this.#cluster
    const { initial, staticVoters } = this.#o
    const isDynamic = staticVoters === undefined
    const plan = planFeatures({
      releaseVersion: null,
      levels: new Map(),
      isUnstableEnabled: false,
      hasDynamicQuorum: isDynamic,
    })
    const initialVoters = (initial ?? []).map((id) => ({
      id,
      directoryId: directories[id % directories.length]!,
      host: 'localhost',
      port: 9000 + id,
    }))
    this.disk.mkdir('/data', () =>
      formatStorage(
        { clock, disk: this.disk, random },
        {
          clusterId: 'cluster',
          nodeId: this.id,
          directories: ['/data'],
          metadataDirectory: '/data',
          controllerListener: 'CONTROLLER',
          plan,
          initialVoters: isDynamic && initial !== null ? initialVoters : null,
          ignoresFormatted: true,
        },
        (failure) => assert.equal(failure, null),
      ),
    )
    clock.runTurns()
  }

  /** Starts it, as far as it comes without time going by. */
  start(more: Partial<RaftOptions> = {}): void {
    this.begin(more)
    this.#cluster.clock.runTurns()
  }

  begin(more: Partial<RaftOptions> = {}): void {
    const { random } = this.#cluster
    const life = ++this.#life
    this.isStarted = true
    this.#slowDown(life)
    const env = {
      clock: this.#clockOf(life),
      disk: this.disk,
      random,
      logger: this.#logger,
      halt: (reason: string): never => {
        this.halts.push(reason)
        throw new Error(`node ${this.id} halts: ${reason}`)
      },
    }
    const net = this.#netOf(life)
    const storeOptions = {
      dirs: ['/data'],
      nodeId: this.id,
      clusterId: 'cluster',
      flush: 'sync',
      defaults: defaultLogConfig,
      // Often, so that what they say is put to the test by every crash.
      recoveryPointCheckpointIntervalMs: 130,
      highWatermarkCheckpointIntervalMs: 90,
      startOffsetCheckpointIntervalMs: 110,
    } as const
    const failed = (failure: Failure): never => {
      throw new Error(`node ${this.id}: ${failure.message}`)
    }
    openLogStore(env, storeOptions, (storeFailure, store) => {
      if (storeFailure !== null) return failed(storeFailure)
      this.#store = store
      const { staticVoters, listener = 'CONTROLLER', isObserver = false } = this.#o
      const options: RaftOptions = {
        env,
        store,
        clusterId: 'cluster',
        nodeId: this.id,
        directory: { id: store.dirs[0]!.id, path: '/data' },
        staticVoters: staticVoters?.map((id) => ({ id, host: 'localhost', port: 9000 + id })) ?? null,
        endpoints: isObserver ? [] : [{ name: listener, host: 'localhost', port: 9000 + this.id }],
        isEphemeral: false,
        network: {
          net,
          random,
          listener,
          bootstrap: isObserver ? [] : [1, 2].map((id) => ({ host: 'localhost', port: 9000 + id })),
          canBeVoter: !isObserver,
          joinsItself: this.#o.joinsItself ?? false,
          software: { name: 'millrace', version: '0' },
        },
        ...this.#o.options,
        ...more,
      }
      openRaftNode(options, (failure, node) => {
        if (failure !== null) return failed(failure)
        this.node = node
        const loader = new MetadataLoader()
        this.loader.push(loader)
        node.snapshotsFrom(loader)
        node.listen(loader)
      })
      const ask = { net, clock: env.clock, port: 9000 + this.id, node: () => this.node }
      serveRaft(ask, (failure, listener) => {
        if (failure !== null) return failed(failure)
        this.#listener = listener
      })
    })
  }

  /** One record, when this member leads: null when it does not. */
  propose(value: string, name = 'x'): { base: number; end: number } | null {
    const node = this.node!
    const record = metadataRecord('ConfigRecord', { resourceType: 4, resourceName: '', name, value })
    const records = [{ key: null, value: encodeMetadataRecord(record, 30) }]
    const appended = node.propose(records, node.leadership.epoch, this.#cluster.clock.wallMs())
    return typeof appended === 'object' ? appended : null
  }

  /** The end of the process: with or without the power. */
  stop(how: 'kill' | 'power cut'): void {
    this.#life++
    this.isStarted = false
    this.node = null
    this.#listener?.close()
    for (const socket of this.#sockets) socket.close('reset')
    this.#sockets.clear()
    this.disk = how === 'kill' ? this.disk.kill() : this.disk.crash({ names: 'all' })
  }

  close(): void {
    const { node } = this
    this.node = null
    let isClosed = false
    node!.close(() => {
      this.#listener?.close()
      for (const socket of this.#sockets) socket.close('reset')
      this.#store!.close(-1, () => {
        isClosed = true
      })
    })
    this.#cluster.until(() => isClosed, 2000)
  }

  readonly #logger: Logger = {
    debug: () => undefined,
    info: (message) => this.lines.push(message),
    warn: (message) => this.lines.push(message),
    error: (message) => this.lines.push(message),
    child: () => this.#logger,
  }

  #slowDown(life: number): void {
    const { replaceMsMax = 0 } = this.#o
    const { clock, random } = this.#cluster
    const { disk } = this
    if (replaceMsMax === 0) return
    const replace = disk.replace.bind(disk)
    disk.replace = (path, bytes, done) => {
      clock.at(clock.monoMs() + random.next() * replaceMsMax, () => {
        if (this.#life === life) replace(path, bytes, done)
      })
    }
  }

  #clockOf(life: number): Clock {
    const { clock } = this.#cluster
    const whileAlive = (run: () => void) => () => {
      if (this.#life === life) run()
    }
    return {
      monoMs: () => clock.monoMs(),
      wallMs: () => clock.wallMs(),
      at: (monoMs, fire) => clock.at(monoMs, whileAlive(fire)),
      atTurnEnd: (run) => clock.atTurnEnd(whileAlive(run)),
      slice: (step) => clock.slice(() => this.#life !== life || step()),
    }
  }

  #isCut(port: number): boolean {
    return this.#cluster.cuts.has(`${this.id}-${port - 9000}`)
  }

  /** Sockets end with the process, and say and hear nothing across a cut. */
  #netOf(life: number): Net {
    const { net, clock } = this.#cluster
    const own = (socket: Socket): void => {
      this.#sockets.add(socket)
    }
    return {
      listen: (at, accept, done) =>
        net.listen(
          at,
          (socket) => {
            if (this.#life !== life) return socket.close('reset')
            own(socket)
            accept(socket)
          },
          done,
        ),
      connect: (to, done: Done<Socket>) => {
        if (this.#isCut(to.port)) {
          const timedOut = { code: 'ETIMEDOUT', message: 'cut', retry: 'later' } as const
          clock.at(clock.monoMs() + to.timeoutMs, () => {
            if (this.#life === life) done(timedOut, undefined as never)
          })
          return
        }
        net.connect(to, (failure, socket) => {
          if (this.#life !== life) return socket?.close('reset')
          if (failure !== null) return done(failure, undefined as never)
          own(socket)
          done(null, this.#cutSocket(socket, to.port))
        })
      },
    }
  }

  #cutSocket(socket: Socket, port: number): Socket {
    const isCut = (): boolean => this.#isCut(port)
    const wrapped: Socket = {
      peer: socket.peer,
      local: socket.local,
      tls: null,
      onBytes: () => undefined,
      onRoom: () => null,
      onDrain: () => undefined,
      onClose: () => undefined,
      write: (parts, sent) => (isCut() ? 0 : socket.write(parts, sent)),
      pause: () => socket.pause(),
      resume: () => socket.resume(),
      close: (how) => socket.close(how),
    }
    socket.onBytes = (chunk) => {
      if (!isCut()) wrapped.onBytes(chunk)
    }
    socket.onDrain = () => wrapped.onDrain()
    socket.onClose = (failure) => wrapped.onClose(failure)
    return wrapped
  }
}
