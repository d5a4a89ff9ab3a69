import type { Clock, Logger } from '../env/index.ts'
import type { MetadataDelta, MetadataImage } from '../metadata/index.ts'
import { type AlterPartition, errorName, errors, type RequestOf } from '../protocol/index.ts'
import { elementsPerPiece, type Pieces, runPieces } from '../runtime/index.ts'
import type { ControllerChannel } from './controller-channel.ts'

const RECOVERED = 0
const RECOVERING = 1

type Topic = RequestOf<typeof AlterPartition>['topics'][number]

interface Self {
  readonly nodeId: number
  readonly brokerEpoch: number
}

/**
 * A partition whose leader was elected uncleanly (KIP-966: after a crash of its only replica, too) is RECOVERING until
 * its leader says that it has its log. Ours has it as soon as it is opened: it tells the controller then.
 */
export function confirmRecovered(
  parts: Self & { clock: Clock; controller: ControllerChannel; logger: Logger },
  image: MetadataImage,
  delta: MetadataDelta,
): void {
  const { clock, controller, logger, nodeId: brokerId, brokerEpoch } = parts
  const confirm = (topics: readonly Topic[]): void => {
    if (topics.length === 0) return
    const request = { brokerId, brokerEpoch, topics }
    controller.ask('alterPartition', request, { version: 3 }, ({ errorCode = errors.NONE }) => {
      if (errorCode !== errors.NONE)
        logger.warn('The controller refused a leader as recovered', { error: errorName(errorCode) })
    })
  }
  runPieces(clock, recovering(parts, image, delta), confirm, (thrown) => {
    throw thrown
  })
}

/** Those that this broker leads, as the image has them when their turn comes. */
function* recovering({ nodeId, brokerEpoch }: Self, image: MetadataImage, delta: MetadataDelta): Pieces<Topic[]> {
  const topics: Topic[] = []
  let count = 0
  for (const topicId of delta.topicsChanged) {
    const partitions: Topic['partitions'][number][] = []
    for (const [partitionIndex, partition] of (image.topicsById.get(topicId)?.partitions ?? []).entries()) {
      if (++count % elementsPerPiece === 0) yield
      if (partition.leader !== nodeId || partition.leaderRecoveryState !== RECOVERING) continue
      const { leaderEpoch, partitionEpoch } = partition
      const newIsrWithEpochs = [{ brokerId: nodeId, brokerEpoch }]
      partitions.push({
        ...{ partitionIndex, leaderEpoch, partitionEpoch, newIsr: [], newIsrWithEpochs },
        leaderRecoveryState: RECOVERED,
      })
    }
    if (partitions.length > 0) topics.push({ topicId, partitions })
  }
  return topics
}
