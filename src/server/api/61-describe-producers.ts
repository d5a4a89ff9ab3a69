import { DescribeProducers, errors } from '../../protocol/index.ts'
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
  if (typeof partition === 'number') return { partitionIndex, errorCode: partition, activeProducers: [] }
  if (!partition.isLeader) return { partitionIndex, errorCode: errors.NOT_LEADER_OR_FOLLOWER, activeProducers: [] }
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
