import { partitionFor } from '../../coordinator/index.ts'
import { errors, FindCoordinator, type ResponseIn } from '../../protocol/index.ts'
import { mapPieces, type Pieces } from '../../runtime/index.ts'
import { handler, type RequestContext } from '../handler.ts'
import { GROUP_TOPIC, TRANSACTION_TOPIC } from '../internal-topics.ts'
import { aliveBrokers } from '../topic-description.ts'

const GROUP = 0
const TRANSACTION = 1
const SHARE = 2

interface Coordinator {
  key: string
  nodeId: number
  host: string
  port: number
  errorCode: number
  errorMessage: string | null
}

/** The broker that leads the internal topic's partition of a key; the topic is made when the first key is asked for. */
export const findCoordinator = handler(FindCoordinator, function* (cx, request, reply) {
  const keys = cx.apiVersion >= 4 ? request.coordinatorKeys : [request.key]
  const answer = function* (answerTo: (key: string) => Coordinator): Pieces<ResponseIn<typeof FindCoordinator>> {
    const coordinators = yield* mapPieces(keys, answerTo)
    return cx.apiVersion >= 4 ? { coordinators } : coordinators[0]!
  }
  const { keyType } = request
  const refusal = refuse(keyType)
  if (refusal !== null) {
    reply.send(yield* answer((key) => ({ key, nodeId: -1, host: '', port: -1, ...refusal })))
    return
  }
  const topic = keyType === GROUP ? GROUP_TOPIC : TRANSACTION_TOPIC
  if (cx.services.image.topicsByName.has(topic)) reply.send(yield* answer(locator(cx, topic)))
  else yield* cx.services.topicMaker.make([topic], () => reply.sendPieces(answer(locator(cx, topic))))
})

function refuse(keyType: number): { errorCode: number; errorMessage: string } | null {
  if (keyType === GROUP || keyType === TRANSACTION) return null
  if (keyType === SHARE) {
    return { errorCode: errors.INVALID_REQUEST, errorMessage: 'Share groups are not built in Millrace yet.' }
  }
  return { errorCode: errors.INVALID_REQUEST, errorMessage: `Unknown coordinator key type ${keyType}.` }
}

function locator(cx: RequestContext, topic: string): (key: string) => Coordinator {
  const { image } = cx.services
  const partitions = image.topicsByName.get(topic)?.partitions ?? []
  const brokers = new Map(aliveBrokers(image, cx.listener.name).map((broker) => [broker.nodeId, broker]))
  return (key) => {
    const broker = brokers.get(partitions[partitionFor(key, Math.max(1, partitions.length))]?.leader ?? -1)
    if (broker !== undefined) {
      const { nodeId, host, port } = broker
      return { key, nodeId, host, port, errorCode: errors.NONE, errorMessage: null }
    }
    return {
      ...{ key, nodeId: -1, host: '', port: -1 },
      errorCode: errors.COORDINATOR_NOT_AVAILABLE,
      errorMessage: 'The coordinator is not available.',
    }
  }
}
