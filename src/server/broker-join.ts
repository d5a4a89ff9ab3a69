import type { BrokerConfig } from '../config/index.ts'
import type { Env } from '../env/index.ts'
import type { MetadataImage } from '../metadata/index.ts'
import { newUuid } from '../raft/index.ts'
import { BrokerLifecycle } from './broker-lifecycle.ts'
import type { ImageWaiters } from './image-waiters.ts'
import type { BoundListener } from './listeners.ts'
import type { NodeParts } from './node-parts.ts'
import { heartbeatBroker, registerBroker } from './registration.ts'

export interface BrokerJoin {
  readonly env: Env
  readonly config: BrokerConfig
  readonly parts: NodeParts
  readonly waiters: ImageWaiters
  readonly listeners: readonly BoundListener[]
  image(): MetadataImage
  /** Topics whose deletion was seen since the start. */
  removedIds(): ReadonlySet<string>
}

/** The life of this node as a broker, from here on; nothing is asked before {@link BrokerLifecycle.start}. */
export function lifecycleOf({ env, config, parts, waiters, listeners, image }: BrokerJoin): BrokerLifecycle {
  const { channel, partitions, storage, store } = parts
  const { nodeId } = config
  const incarnationId = newUuid(env.random)
  return new BrokerLifecycle({
    ...{ clock: env.clock, logger: env.logger, nodeId, waiters },
    imageOffset: () => image().offset,
    heartbeatIntervalMs: config.brokerHeartbeatIntervalMs,
    registrationTimeoutMs: config.initialBrokerRegistrationTimeoutMs,
    offlineDirectories: () => store.dirs.flatMap((dir) => (dir.failure !== null && dir.id !== '' ? dir.id : [])),
    whenOpened: (run) => partitions.whenOpened(run),
    port: {
      register: (formerEpoch, registered) =>
        registerBroker(
          channel,
          {
            ...{ config, clusterId: storage.clusterId, incarnationId, listeners },
            directoryIds: store.dirs.flatMap((dir) => (dir.failure === null ? dir.id : [])),
            previousBrokerEpoch: formerEpoch === -1 ? store.previousBrokerEpoch : formerEpoch,
          },
          registered,
        ),
      heartbeat: (ask, answered) => heartbeatBroker(channel, nodeId, ask, answered),
    },
  })
}

/** Registered, with every log open, in service: `done` hears null then, or why not. */
export function joinCluster(
  lifecycle: BrokerLifecycle,
  join: BrokerJoin,
  done: (failure: string | null) => void,
): void {
  const { env, config, parts, image, removedIds } = join
  const { partitions, store, assignments, moves } = parts
  lifecycle.start((why) => {
    if (why !== null) return done(why)
    assignments.send()
    store.removeStrays(
      (found) => isWanted(image(), removedIds(), config.nodeId, found),
      (failure, count) => {
        if (failure !== null)
          env.logger.warn('Cannot set stray partition directories aside', { reason: failure.message })
        else if (count > 0) env.logger.warn('Set stray partition directories aside', { count })
        partitions.reopen()
        partitions.whenOpened(() => {
          moves.resume((topic, index) => partitions.byName(topic, index))
          done(null)
        })
      },
    )
  })
}

function isWanted(
  image: MetadataImage,
  removedIds: ReadonlySet<string>,
  nodeId: number,
  found: { topic: string; partition: number; topicId: string | null },
): boolean {
  const topic = image.topicsByName.get(found.topic)
  if (topic === undefined) return false
  const partition = topic.partitions[found.partition]
  if (partition?.replicas.includes(nodeId) !== true) return false
  if (found.topicId === null || found.topicId === topic.id) return true
  // It is of an earlier topic of that name, unless that was never deleted and this replica is known to have records:
  // then it is the id that is wrong, and an empty log in its place would pass for the topic's.
  const holds = [...partition.isr, ...partition.elr, ...partition.lastKnownElr].includes(nodeId)
  return holds && !removedIds.has(found.topicId)
}
