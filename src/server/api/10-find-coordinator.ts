import { partitionFor } from '../../coordinator/index.ts'
import { errors, FindCoordinator } from '../../protocol/index.ts'
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
export const findCoordinator = handler(FindCoordinator, (cx, request, reply) => {
  const keys = cx.apiVersion >= 4 ? request.coordinatorKeys : [request.key]
  const send = (coordinators: Coordinator[]) => {
    if (cx.apiVersion >= 4) reply.send({ coordinators })
    else reply.send(coordinators[0]!)
  }
  const { keyType } = request
  const refusal = refuse(keyType)
  if (refusal !== null) {
    send(keys.map((key) => ({ key, nodeId: -1, host: '', port: -1, ...refusal })))
    return
  }
  const topic = keyType === GROUP ? GROUP_TOPIC : TRANSACTION_TOPIC
  const find = () => send(keys.map((key) => locate(cx, topic, key)))
  if (cx.services.image.topicsByName.has(topic)) find()
  else cx.services.topicMaker.make([topic], find)
})

function refuse(keyType: number): { errorCode: number; errorMessage: string } | null {
  if (keyType === GROUP || keyType === TRANSACTION) return null
  if (keyType === SHARE) {
    return { errorCode: errors.INVALID_REQUEST, errorMessage: 'Share groups are not built in Millrace yet.' }
  }
  return { errorCode: errors.INVALID_REQUEST, errorMessage: `Unknown coordinator key type ${keyType}.` }
}

function locate(cx: RequestContext, topic: string, key: string): Coordinator {
  const { image } = cx.services
  const partitions = image.topicsByName.get(topic)?.partitions ?? []
  const leader = partitions[partitionFor(key, Math.max(1, partitions.length))]?.leader
  const broker = aliveBrokers(image, cx.listener.name).find((b) => b.nodeId === leader)
  if (broker === undefined) {
    return {
      key,
      nodeId: -1,
      host: '',
      port: -1,
      errorCode: errors.COORDINATOR_NOT_AVAILABLE,
      errorMessage: 'The coordinator is not available.',
    }
  }
  return {
    key,
    nodeId: broker.nodeId,
    host: broker.host,
    port: broker.port,
    errorCode: errors.NONE,
    errorMessage: null,
  }
}
