import { DescribeProducers, type ErrorCode, errors } from '../../protocol/index.ts'
import { handler, type RequestContext } from '../handler.ts'

/** KIP-664: who has written to a partition lately, and which transaction is open there. */
export const describeProducers = handler(DescribeProducers, (cx, request, reply) => {
  reply.send({
    topics: request.topics.map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.map((index) => describe(cx, name, index)),
    })),
  })
})

function describe(cx: RequestContext, topic: string, partitionIndex: number) {
  const partition = cx.services.findByName(topic, partitionIndex)
  if (typeof partition === 'number' || !partition.isLeader) {
    const errorCode = typeof partition === 'number' ? partition : errors.NOT_LEADER_OR_FOLLOWER
    return { partitionIndex, errorCode, errorMessage: textFor(errorCode, topic, partitionIndex), activeProducers: [] }
  }
  return {
    partitionIndex,
    errorCode: errors.NONE,
    activeProducers: partition.log.activeProducers().map((p) => ({
      producerId: p.producerId,
      producerEpoch: p.producerEpoch,
      lastSequence: p.lastSequence,
      lastTimestamp: p.lastTimestamp,
      coordinatorEpoch: p.coordinatorEpoch,
      currentTxnStartOffset: p.currentTransactionStartOffset,
    })),
  }
}

function textFor(code: ErrorCode, topic: string, index: number): string {
  switch (code) {
    case errors.UNKNOWN_TOPIC_OR_PARTITION:
      return 'This server does not host this topic-partition.'
    case errors.KAFKA_STORAGE_ERROR:
      return `Partition ${topic}-${index} is in an offline log directory`
    default:
      return `This broker does not lead partition ${topic}-${index}`
  }
}
