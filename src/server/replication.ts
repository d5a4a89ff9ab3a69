import type { BrokerConfig } from '../config/index.ts'
import { type Address, type Env, overTurns, type Timer } from '../env/index.ts'
import type { MetadataDelta, MetadataImage } from '../metadata/index.ts'
import type { Partition, ReplicationPorts } from '../replication/index.ts'
import type { Peer } from '../wire/index.ts'
import type { ControllerChannel } from './controller-channel.ts'
import { IsrChanges } from './isr-changes.ts'
import { ReplicaFetchers } from './replica-fetchers.ts'
import type { ReplicaThrottle } from './replica-throttle.ts'

export interface ReplicationParts {
  readonly env: Env
  readonly config: BrokerConfig
  readonly controller: ControllerChannel
  readonly throttle: ReplicaThrottle
  image(): MetadataImage
  brokerEpoch(): number
  connect(address: Address): Pick<Peer, 'ask' | 'close'>
}

/** The broker's part in copying: whom it follows, who follows it, and what the controller is asked for. */
export class Replication {
  readonly ports: ReplicationPorts
  readonly followers: ReplicaFetchers
  readonly #parts: ReplicationParts
  readonly #changes: IsrChanges
  #lagTimer: Timer | null = null

  constructor(parts: ReplicationParts) {
    this.#parts = parts
    const { env, config, controller } = parts
    const { clock, logger } = env
    const brokerId = config.nodeId
    const brokerEpoch = () => parts.brokerEpoch()
    this.#changes = new IsrChanges({
      ...{ clock, logger, brokerId, brokerEpoch },
      ask: (request, done) => controller.ask('alterPartition', request, { version: 3 }, done),
    })
    this.ports = {
      brokerId,
      lagMaxMs: config.replicaLagTimeMaxMs,
      monoMs: () => clock.monoMs(),
      eligibleEpoch: (id) => eligibleEpoch(parts.image(), id),
      alterIsr: (of, change, done) => this.#changes.alter(of, change, done),
    }
    this.followers = new ReplicaFetchers({
      ...{ clock, logger, brokerId, brokerEpoch },
      limits: {
        waitMaxMs: config.replicaFetchWaitMaxMs,
        minBytes: config.replicaFetchMinBytes,
        responseMaxBytes: config.replicaFetchResponseMaxBytes,
        partitionMaxBytes: config.replicaFetchMaxBytes,
        backoffMs: config.replicaFetchBackoffMs,
      },
      throttle: {
        waitMs: (topic, index) => parts.throttle.waitMs('follower', topic, index),
        note: (topic, index, bytes) => parts.throttle.note('follower', topic, index, bytes),
      },
      fetchersPerLeader: config.numReplicaFetchers,
      address: (id) => addressOf(parts.image(), id, config.interBroker.listener),
      connect: (address) => parts.connect(address),
    })
  }

  /** Looks for followers that lag, for as long as the node runs. */
  watchLag(partitions: () => Iterable<Partition>): void {
    const { clock } = this.#parts.env
    const everyMs = this.ports.lagMaxMs / 2
    const look = (): void => {
      overTurns(clock, partitions(), (partition) => partition.checkLag())
      this.#lagTimer = clock.at(clock.monoMs() + everyMs, look)
    }
    this.#lagTimer = clock.at(clock.monoMs() + everyMs, look)
  }

  publish(delta: MetadataDelta, partitions: () => Iterable<Partition>): void {
    if (delta.brokersChanged.size === 0) return
    this.followers.brokersChanged()
    overTurns(this.#parts.env.clock, partitions(), (partition) => {
      if (partition.isGone) return
      this.followers.placeAnew(partition)
      partition.brokersChanged()
    })
  }

  close(): void {
    this.#lagTimer?.cancel()
    this.#changes.close()
    this.followers.close()
  }
}

function eligibleEpoch(image: MetadataImage, id: number): number | null {
  const broker = image.brokers.get(id)
  return broker === undefined || broker.isFenced || broker.isInControlledShutdown ? null : broker.epoch
}

/** Null for a broker that is not registered; a fenced one may be reached all the same. */
export function addressOf(image: MetadataImage, id: number, listener: string): Address | null {
  const endpoint = image.brokers.get(id)?.endpoints.find((e) => e.name === listener)
  return endpoint === undefined ? null : { host: endpoint.host, port: endpoint.port }
}
