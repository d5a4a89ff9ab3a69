import { type CreateTopics, type ErrorCode, errors, type RequestOf, type ResponseIn } from '../protocol/index.ts'
import { elementsPerPiece, mapPieces, type Pieces, runPieces } from '../runtime/index.ts'
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

type Topic = RequestOf<typeof CreateTopics>['topics'][number]
type Refusals = ReadonlyMap<string, TopicRefusal>

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
   * Calls back when all that could be made are in the image and their logs are open here; `refused` says why one was not,
   * in the codes of Metadata.
   */
  *make(names: readonly string[], done: (refused: (name: string) => ErrorCode | undefined) => void): Pieces<void> {
    const topics = yield* mapPieces(names, (name) => asked(this.#askFor(name)))
    this.#create(topics, (refusals) =>
      done((name) => {
        const refusal = refusals.get(name)
        return refusal === undefined ? undefined : codeForMetadata(refusal.errorCode)
      }),
    )
  }

  /** TOPIC_ALREADY_EXISTS is no refusal: the topic is there. */
  create(asks: readonly TopicAsk[], done: (refusals: readonly TopicRefusal[]) => void): void {
    this.#create(asks.map(asked), (refusals) => done([...refusals.values()]))
  }

  #create(topics: readonly Topic[], done: (refusals: Refusals) => void): void {
    const { env, controller, partitions } = this.#services
    const request = { topics, timeoutMs: TIMEOUT_MS, validateOnly: false }
    controller.ask('createTopics', request, { version: 7, isForwarded: true }, (response) => {
      const told = ({ made, refusals }: { made: readonly string[]; refusals: Refusals }): void => {
        const isThere = (image: { topicsByName: ReadonlyMap<string, unknown> }) =>
          made.every((name) => image.topicsByName.has(name))
        this.#waiters.when(isThere, TIMEOUT_MS, () => partitions.whenOpened(() => done(refusals)))
      }
      runPieces(env.clock, sorted(response), told, (thrown) => {
        throw thrown
      })
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

function asked({ name, partitions: numPartitions, replicationFactor, configs }: TopicAsk): Topic {
  return {
    ...{ name, numPartitions, replicationFactor, assignments: [] },
    configs: configs.map(([key, value]) => ({ name: key, value })),
  }
}

/** Those that are there, and those that are not. */
function* sorted({ topics = [] }: ResponseIn<typeof CreateTopics>): Pieces<{ made: string[]; refusals: Refusals }> {
  const made: string[] = []
  const refusals = new Map<string, TopicRefusal>()
  let count = 0
  for (const { name = '', errorCode = errors.NONE, errorMessage } of topics) {
    if (++count % elementsPerPiece === 0) yield
    if (errorCode === errors.NONE || errorCode === errors.TOPIC_ALREADY_EXISTS) made.push(name)
    else refusals.set(name, { name, errorCode, message: errorMessage ?? '' })
  }
  return { made, refusals }
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
