import { type ErrorCode, errors, WriteTxnMarkers } from '../../protocol/index.ts'
import { handler, type RequestContext } from '../handler.ts'
import { Join } from '../join.ts'

/** Ends of transactions, from the brokers that coordinate them. */
export const writeTxnMarkers = handler(WriteTxnMarkers, (cx, request, reply) => {
  const markers = request.markers.map(({ producerId, topics }) => ({
    producerId,
    topics: topics.map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.map((partitionIndex) => ({ partitionIndex, errorCode: errors.NONE as ErrorCode })),
    })),
  }))
  const join = new Join(() => reply.send({ markers }))
  request.markers.forEach((asked, m) => {
    const marker = {
      producerId: asked.producerId,
      producerEpoch: asked.producerEpoch,
      coordinatorEpoch: asked.coordinatorEpoch,
      outcome: asked.transactionResult ? 'commit' : 'abort',
      // 0: said by a broker that does not know of versions.
      transactionVersion: Math.max(1, asked.transactionVersion),
    } as const
    for (const topic of markers[m]!.topics) {
      for (const answer of topic.partitions) {
        const end = join.add()
        write(cx, topic.name, answer.partitionIndex, marker, (code) => {
          answer.errorCode = code
          end()
        })
      }
    }
  })
  join.close()
})

function write(
  cx: RequestContext,
  topic: string,
  index: number,
  marker: Parameters<typeof cx.services.markerWriter.write>[1],
  done: (code: ErrorCode) => void,
): void {
  const partition = cx.services.findByName(topic, index)
  if (typeof partition === 'number') done(partition)
  else cx.services.markerWriter.write(partition, marker, done)
}
