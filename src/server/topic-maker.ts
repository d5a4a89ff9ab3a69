import { type ErrorCode, errors } from '../protocol/index.ts'
import type { ImageWaiters } from './image-waiters.ts'
import { GROUP_TOPIC, SHARE_TOPIC, TRANSACTION_TOPIC } from './internal-topics.ts'
import type { Services } from './services.ts'

export interface TopicAsk {
  readonly name: string
  /** -1 = the broker's default. */
  readonly partitions: number
  readonly replicationFactor: number
  readonly configs: readonly (readonly [string, string])[]
}

export interface TopicRefusal {
  readonly name: string
  readonly errorCode: ErrorCode
  readonly message: string
}

/** A name that cannot be had in time is answered as not there yet; the client asks again. */
const TIMEOUT_MS = 5_000

/** Makes topics on behalf of clients: those asked for by Metadata, and the coordinators' own. */
export class TopicMaker {
  readonly #services: Services
  readonly #waiters: ImageWaiters

  constructor(services: Services, waiters: ImageWaiters) {
    this.#services = services
    this.#waiters = waiters
  }

  /**
   * Calls back when all that could be made are in the image and their logs are open here; the map says why the others
   * were not, in the codes of Metadata.
   */
  make(names: readonly string[], done: (refused: ReadonlyMap<string, ErrorCode>) => void): void {
    this.create(
      names.map((name) => this.#askFor(name)),
      (refusals) => done(new Map(refusals.map(({ name, errorCode }) => [name, codeForMetadata(errorCode)]))),
    )
  }

  /** TOPIC_ALREADY_EXISTS is no refusal: the topic is there. */
  create(asks: readonly TopicAsk[], done: (refusals: readonly TopicRefusal[]) => void): void {
    const { controller, partitions } = this.#services
    const request = {
      topics: asks.map(({ name, partitions: numPartitions, replicationFactor, configs }) => ({
        name,
        numPartitions,
        replicationFactor,
        assignments: [],
        configs: configs.map(([key, value]) => ({ name: key, value })),
      })),
      timeoutMs: TIMEOUT_MS,
      validateOnly: false,
    }
    controller.ask('createTopics', request, { version: 7, isForwarded: true }, (response) => {
      const refusals: TopicRefusal[] = []
      const made: string[] = []
      for (const { name = '', errorCode = errors.NONE, errorMessage } of response.topics ?? []) {
        if (errorCode === errors.NONE || errorCode === errors.TOPIC_ALREADY_EXISTS) made.push(name)
        else refusals.push({ name, errorCode, message: errorMessage ?? '' })
      }
      const isThere = (image: { topicsByName: ReadonlyMap<string, unknown> }) =>
        made.every((name) => image.topicsByName.has(name))
      this.#waiters.when(isThere, TIMEOUT_MS, () => partitions.whenOpened(() => done(refusals)))
    })
  }

  #askFor(name: string): TopicAsk {
    const { config } = this.#services
    switch (name) {
      case GROUP_TOPIC:
        return {
          name,
          partitions: config.offsetsTopicNumPartitions,
          replicationFactor: config.offsetsTopicReplicationFactor,
          configs: [
            ['cleanup.policy', 'compact'],
            ['compression.type', 'producer'],
            ['segment.bytes', String(config.offsetsTopicSegmentBytes)],
          ],
        }
      case TRANSACTION_TOPIC:
        return {
          name,
          partitions: config.transactionStateLogNumPartitions,
          replicationFactor: config.transactionStateLogReplicationFactor,
          configs: [
            ['cleanup.policy', 'compact'],
            ['compression.type', 'uncompressed'],
            ['segment.bytes', String(config.transactionStateLogSegmentBytes)],
            ['min.insync.replicas', String(config.transactionStateLogMinIsr)],
            ['unclean.leader.election.enable', 'false'],
          ],
        }
      case SHARE_TOPIC:
        return {
          name,
          partitions: config.shareCoordinatorStateTopicNumPartitions,
          replicationFactor: config.shareCoordinatorStateTopicReplicationFactor,
          configs: [
            ['cleanup.policy', 'delete'],
            ['retention.ms', '-1'],
            ['segment.bytes', String(config.shareCoordinatorStateTopicSegmentBytes)],
            ['min.insync.replicas', String(config.shareCoordinatorStateTopicMinIsr)],
          ],
        }
      default:
        return { name, partitions: -1, replicationFactor: -1, configs: [] }
    }
  }
}

/** What a client that only asked for metadata can make sense of. */
function codeForMetadata(code: ErrorCode): ErrorCode {
  switch (code) {
    case errors.INVALID_TOPIC_EXCEPTION:
    case errors.INVALID_REPLICATION_FACTOR:
      return code
    default:
      return errors.UNKNOWN_TOPIC_OR_PARTITION
  }
}
