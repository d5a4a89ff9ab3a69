import type { Logger } from '../env/index.ts'
import type { MetadataDelta, MetadataImage } from '../metadata/index.ts'
import { errorName, errors } from '../protocol/index.ts'
import type { ControllerChannel } from './controller-channel.ts'

const RECOVERED = 0
const RECOVERING = 1

/**
 * A partition whose leader was elected uncleanly (KIP-966: after a crash of its only replica, too) is RECOVERING until
 * its leader says that it has its log. Ours has it as soon as it is opened: it tells the controller then.
 */
export function confirmRecovered(
  parts: { controller: ControllerChannel; logger: Logger; nodeId: number; brokerEpoch: number },
  image: MetadataImage,
  delta: MetadataDelta,
): void {
  const { controller, logger, nodeId, brokerEpoch } = parts
  const topics = []
  for (const topicId of delta.topicsChanged) {
    const topic = image.topicsById.get(topicId)
    const partitions = []
    for (const [partitionIndex, partition] of (topic?.partitions ?? []).entries()) {
      if (partition.leader !== nodeId || partition.leaderRecoveryState !== RECOVERING) continue
      const newIsrWithEpochs = [{ brokerId: nodeId, brokerEpoch }]
      const { leaderEpoch, partitionEpoch } = partition
      const leaderRecoveryState = RECOVERED
      partitions.push({
        partitionIndex,
        leaderEpoch,
        partitionEpoch,
        newIsr: [],
        newIsrWithEpochs,
        leaderRecoveryState,
      })
    }
    if (partitions.length > 0) topics.push({ topicId, partitions })
  }
  if (topics.length === 0) return
  controller.ask(
    'alterPartition',
    { brokerId: nodeId, brokerEpoch, topics },
    { version: 3 },
    ({ errorCode = errors.NONE }) => {
      if (errorCode !== errors.NONE)
        logger.warn('The controller refused a leader as recovered', { error: errorName(errorCode) })
    },
  )
}
