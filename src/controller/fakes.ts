import { type BrokerConfig, brokerConfigOf } from '../config/index.ts'
import type { Random } from '../env/index.ts'
import { type MetadataRecord, supportedFeatures } from '../metadata/index.ts'
import { allPieces, isPieces, type TimerAsk } from '../runtime/index.ts'
import type { AskContext, AskRequest, AskResponse, ControllerAsk, ControllerInput, EventInput } from './inputs.ts'
import type { ControllerOptions } from './options.ts'
import { type ControllerShard, controllerShard } from './shard.ts'
import type { ControllerState } from './state.ts'

/** Luck that repeats: a small linear generator. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
  return {
    next,
    below: (bound) => Math.floor(next() * bound),
    bytes: (into) => {
      for (let i = 0; i < into.length; i++) into[i] = Math.floor(next() * 256)
      return into
    },
  }
}

const base = {
  'process.roles': 'broker,controller',
  'node.id': '1',
  'controller.listener.names': 'CONTROLLER',
  listeners: 'PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093',
  'controller.quorum.voters': '1@localhost:9093',
}

export function testConfig(extra: Readonly<Record<string, string>> = {}): BrokerConfig {
  const { config, errors } = brokerConfigOf(new Map(Object.entries({ ...base, ...extra })))
  if (config === null) throw new Error(errors[0]!.message)
  return config
}

/** What format writes for metadata.version 4.3-IV0, or another level with the features given. */
export function bootstrap(
  metadataVersion = 30,
  features: Readonly<Record<string, number>> = defaultFeatures,
): MetadataRecord[] {
  return Object.entries({ 'metadata.version': metadataVersion, ...features }).map(([name, featureLevel]) => ({
    type: 'FeatureLevelRecord',
    value: { name, featureLevel },
  }))
}

const defaultFeatures = {
  'eligible.leader.replicas.version': 1,
  'group.version': 1,
  'share.version': 1,
  'streams.version': 1,
  'transaction.version': 2,
}

export interface BenchOptions {
  readonly config?: Readonly<Record<string, string>>
  readonly bootstrapRecords?: readonly MetadataRecord[]
  readonly voterIds?: readonly number[]
  readonly random?: Random
}

/** A controller whose every decision is committed at once, under a clock that stands still until it is moved. */
export class Bench {
  readonly shard: ControllerShard
  readonly state: ControllerState
  readonly options: ControllerOptions
  /** Every record so far. */
  readonly log: MetadataRecord[] = []
  timers = new Map<string, number>()
  monoMs = 1000
  #epochs = new Map<number, number>()

  constructor(o: BenchOptions = {}) {
    this.options = {
      nodeId: 1,
      clusterId: 'cluster',
      config: testConfig(o.config),
      random: o.random ?? seededRandom(7),
      bootstrapRecords: o.bootstrapRecords ?? bootstrap(),
      supportedFeatures: supportedFeatures(false),
      quorum: () => ({ voterIds: o.voterIds ?? [1], kraftVersion: 1, endOffset: 0 }),
      refuseKraftVersion: () => null,
    }
    this.shard = controllerShard(this.options)
    this.state = this.shard.empty()
    this.#arm(this.shard.loaded(this.state, this.#now()))
  }

  #now() {
    return { monoMs: this.monoMs, wallMs: 0 }
  }

  #arm(timers: readonly TimerAsk[]): void {
    for (const { key, atMonoMs } of timers) {
      if (atMonoMs === null) this.timers.delete(key)
      else this.timers.set(key, atMonoMs)
    }
  }

  #decide(input: ControllerInput): { records: MetadataRecord[]; answer: unknown } {
    const decided = this.shard.decide(this.state, input, 1, this.#now())
    const decision = isPieces(decided) ? allPieces(decided) : decided
    const records = [...decision.records, ...(decision.rest ?? [])].map(({ record }) => record)
    for (const record of records) this.apply(record)
    this.#arm(decision.timers ?? [])
    return { records, answer: decision.replies[0]?.answer }
  }

  /** As if it had been decided. */
  apply(record: MetadataRecord): void {
    this.shard.apply(this.state, { record, metadataVersion: -1 }, { offset: this.log.length, epoch: 1, producer: null })
    this.log.push(record)
  }

  /** The answer to a request, and the records it led to. */
  ask<K extends ControllerAsk>(
    kind: K,
    request: AskRequest<K>,
    context: Partial<AskContext> = {},
  ): { records: MetadataRecord[]; response: AskResponse<K> } {
    const { records, answer } = this.#decide({ kind, request, version: 99, ...context } as ControllerInput)
    return { records, response: (answer as { response: AskResponse<K> }).response }
  }

  tell(input: EventInput): MetadataRecord[] {
    return this.#decide(input).records
  }

  /** Moves the clock and lets every timer on the way fire. */
  advance(ms: number): MetadataRecord[] {
    const until = this.monoMs + ms
    const records: MetadataRecord[] = []
    for (;;) {
      const due = [...this.timers].filter(([, at]) => at <= until).sort((a, b) => a[1] - b[1])[0]
      if (due === undefined) break
      this.timers.delete(due[0])
      this.monoMs = Math.max(this.monoMs, due[1])
      records.push(...this.tell(this.shard.timer(due[0]) as EventInput))
    }
    this.monoMs = until
    return records
  }

  register(id: number, o: RegisterOptions = {}) {
    const features = [...this.options.supportedFeatures].map(([name, { min, max }]) => ({
      name,
      minSupportedVersion: min,
      maxSupportedVersion: max,
    }))
    const answer = this.ask(
      'brokerRegistration',
      {
        brokerId: id,
        clusterId: o.clusterId ?? 'cluster',
        incarnationId: incarnation(id, o.incarnation ?? 1),
        listeners: [{ name: 'PLAINTEXT', host: 'localhost', port: 9000 + id, securityProtocol: 0 }],
        features: o.features ?? features,
        rack: o.rack ?? null,
        isMigratingZkBroker: false,
        logDirs: o.logDirs ?? [directory(id)],
        previousBrokerEpoch: o.previousBrokerEpoch ?? -1,
      },
      { formerIncarnationIsDead: o.formerIncarnationIsDead ?? false },
    )
    if (answer.response.errorCode === 0) this.#epochs.set(id, answer.response.brokerEpoch!)
    return answer
  }

  heartbeat(id: number, o: HeartbeatOptions = {}) {
    return this.ask('brokerHeartbeat', {
      brokerId: id,
      brokerEpoch: o.brokerEpoch ?? this.epoch(id),
      currentMetadataOffset: o.offset ?? this.log.length - 1,
      wantFence: o.wantFence ?? false,
      wantShutDown: o.wantShutDown ?? false,
      offlineLogDirs: o.offlineLogDirs ?? [],
      cordonedLogDirs: o.cordonedLogDirs ?? null,
    })
  }

  epoch(id: number): number {
    return this.#epochs.get(id) ?? -1
  }

  /** Registered, caught up, unfenced. */
  start(...ids: number[]): this {
    for (const id of ids) {
      this.register(id)
      this.heartbeat(id)
    }
    return this
  }

  createTopic(name: string, o: TopicOptions = {}) {
    const { records, response } = this.ask('createTopics', {
      topics: [
        {
          name,
          numPartitions: o.assignments === undefined ? (o.partitions ?? 1) : -1,
          replicationFactor: o.assignments === undefined ? (o.replicationFactor ?? 1) : -1,
          assignments: (o.assignments ?? []).map((brokerIds, partitionIndex) => ({ partitionIndex, brokerIds })),
          configs: Object.entries(o.configs ?? {}).map(([key, value]) => ({ name: key, value })),
        },
      ],
      timeoutMs: 1000,
      validateOnly: o.validateOnly ?? false,
    })
    return { records, result: response.topics![0]! }
  }

  topic(name: string) {
    return this.state.image.topicsByName.get(name)!
  }

  partition(name: string, index = 0) {
    return this.topic(name).partitions[index]!
  }
}

export interface RegisterOptions {
  readonly clusterId?: string
  readonly incarnation?: number
  readonly rack?: string
  readonly logDirs?: readonly string[]
  readonly previousBrokerEpoch?: number
  readonly features?: AskRequest<'brokerRegistration'>['features']
  readonly formerIncarnationIsDead?: boolean
}
export interface HeartbeatOptions {
  readonly brokerEpoch?: number
  readonly offset?: number
  readonly wantFence?: boolean
  readonly wantShutDown?: boolean
  readonly offlineLogDirs?: readonly string[]
  readonly cordonedLogDirs?: readonly string[] | null
}
export interface TopicOptions {
  readonly partitions?: number
  readonly replicationFactor?: number
  readonly assignments?: readonly (readonly number[])[]
  readonly configs?: Readonly<Record<string, string | null>>
  readonly validateOnly?: boolean
}

/** Uuids that say what they stand for. */
export function directory(brokerId: number, nth = 0): string {
  return `Directory-${String(brokerId).padStart(3, '0')}-${String(nth).padStart(3, '0')}----A`
}
export function incarnation(brokerId: number, nth: number): string {
  return `Incarnation-${String(brokerId).padStart(3, '0')}-${String(nth).padStart(3, '0')}--A`
}
