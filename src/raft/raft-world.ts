import assert from 'node:assert/strict'
import type { Clock, Done, Failure, Logger, Random } from '../env/index.ts'
import { type CrashOptions, ManualClock, type MemoryDisk, memoryDisk } from '../env/memory/index.ts'
import { defaultLogConfig, type LogStore, openLogStore } from '../log/index.ts'
import { encodeMetadataRecord, type MetadataRecord, planFeatures } from '../metadata/index.ts'
import type { RecordBytes, ShardLog } from '../runtime/index.ts'
import { formatStorage } from './format.ts'
import type { LocalRaftNode } from './node.ts'
import { openRaftNode, type RaftOptions } from './open.ts'

export const directoryId = 'lJNiOm5TR2GFjkqbYVJP0A'
export const metadataDirectory = '/data/__cluster_metadata-0'

export interface Opened {
  readonly node: LocalRaftNode
  readonly store: LogStore
}

/** One node's disk and time, for tests: format it, open it, kill it, open it again. */
export class RaftWorld {
  readonly clock = new ManualClock()
  disk: MemoryDisk = memoryDisk(this.clock)
  readonly halts: string[] = []
  #seed = 1
  #life = 0

  /** The clock of the process that lives now: what it asked for does not happen after its death. */
  #clockOfNow(): Clock {
    const life = this.#life
    const { clock } = this
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

  readonly random: Random = {
    next: () => 0.5,
    below: (bound) => bound >> 1,
    bytes: (into) => into.map((_, i) => (this.#seed = (this.#seed * 75 + i + 74) % 65_537) & 255),
  }
  readonly logger: Logger = {
    debug: () => undefined,
    info: () => undefined,
    warn: () => undefined,
    error: () => undefined,
    child: () => this.logger,
  }

  /** Runs turns until `start` has answered. */
  wait<T>(start: (done: Done<T>) => void): T {
    const answers: { failure: Failure | null; value: T }[] = []
    start((failure, value) => answers.push({ failure, value }))
    this.clock.runTurns()
    const answer = answers[0]
    if (answer === undefined) throw new Error('no answer came')
    if (answer.failure !== null) throw Object.assign(new Error(answer.failure.message), { code: answer.failure.code })
    return answer.value
  }

  format(isDynamic = true): void {
    this.wait<void>((done) => this.disk.mkdir('/data', done))
    const plan = planFeatures({
      releaseVersion: null,
      levels: new Map(),
      isUnstableEnabled: false,
      hasDynamicQuorum: isDynamic,
    })
    this.wait((done) =>
      formatStorage(
        { clock: this.clock, disk: this.disk, random: this.random },
        {
          clusterId: 'cluster',
          nodeId: 1,
          directories: ['/data'],
          metadataDirectory: '/data',
          controllerListener: 'CONTROLLER',
          plan,
          initialVoters: isDynamic ? [{ id: 1, directoryId, host: 'localhost', port: 9093 }] : null,
          ignoresFormatted: true,
        },
        done,
      ),
    )
  }

  /** Opens store and node; what openRaftNode refuses is thrown. */
  open(o: Partial<RaftOptions> = {}): Opened {
    return this.wait<Opened>((done) => this.begin(o, done))
  }

  /** The same, over as many turns as the test runs. */
  begin(o: Partial<RaftOptions>, done: Done<Opened>): void {
    const { disk, random, logger } = this
    const clock = this.#clockOfNow()
    const halt = (reason: string): never => {
      this.halts.push(reason)
      throw new Error(`halt: ${reason}`)
    }
    const storeOptions = {
      dirs: ['/data'],
      nodeId: 1,
      clusterId: 'cluster',
      flush: o.isEphemeral === true ? 'ephemeral' : 'sync',
      defaults: defaultLogConfig,
    } as const
    openLogStore({ clock, disk, random, logger }, storeOptions, (storeFailure, store) => {
      if (storeFailure !== null) return done(storeFailure, undefined as never)
      const options: RaftOptions = {
        env: { clock, disk, logger, halt },
        store,
        clusterId: 'cluster',
        nodeId: 1,
        directory: { id: store.dirs[0]!.id, path: '/data' },
        staticVoters: null,
        endpoints: [{ name: 'CONTROLLER', host: 'localhost', port: 9093 }],
        isEphemeral: false,
        ...o,
      }
      openRaftNode(options, (failure, node) => done(failure, { node, store }))
    })
  }

  close({ node, store }: Opened): void {
    this.wait<void>((done) =>
      node.close((reason) => {
        assert.equal(reason, null)
        store.close(-1, done)
      }),
    )
  }

  /** kill -9. */
  kill(): void {
    this.#life++
    this.disk = this.disk.kill()
  }

  /** A power cut: only what was synced is left. */
  crash(options?: CrashOptions): void {
    this.#life++
    this.disk = this.disk.crash(options)
  }

  read(path: string): string {
    return new TextDecoder().decode(this.wait<Uint8Array>((done) => this.disk.readAll(path, 1 << 24, done)))
  }

  names(path = metadataDirectory): string[] {
    return this.wait<readonly { name: string }[]>((done) => this.disk.list(path, done))
      .map((entry) => entry.name)
      .sort()
  }
}

export function bytesOf(...records: MetadataRecord[]): RecordBytes[] {
  return records.map((record) => ({ key: null, value: encodeMetadataRecord(record, 30) }))
}

/** As a runtime does. */
export function appendTo(shard: ShardLog, wallMs: number, ...records: MetadataRecord[]) {
  const draft = shard.draft(null, wallMs, 0)
  for (const record of bytesOf(...records)) draft.add(record)
  return draft.append()
}
