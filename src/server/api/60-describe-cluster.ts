import { DescribeCluster, errors } from '../../protocol/index.ts'
import { allOperations, OPERATIONS_NOT_ASKED } from '../authorized-operations.ts'
import { handler, type RequestContext } from '../handler.ts'

const BROKERS = 1
const CONTROLLERS = 2

/** KIP-700; KIP-919 asks a controller for controllers; KIP-1073 shows fenced brokers. */
export const describeCluster = handler(DescribeCluster, (cx, request, reply) => {
  const { image, clusterId, nodeId, raft } = cx.services
  const { endpointType } = request
  const mine = cx.listener.kind === 'broker' ? BROKERS : CONTROLLERS
  if (endpointType !== mine) {
    const isKnown = endpointType === BROKERS || endpointType === CONTROLLERS
    reply.send({
      errorCode: isKnown ? errors.MISMATCHED_ENDPOINT_TYPE : errors.UNSUPPORTED_ENDPOINT_TYPE,
      errorMessage: isKnown
        ? `The request was sent to an endpoint of the wrong type: this is a ${cx.listener.kind} listener.`
        : `Unsupported endpoint type ${endpointType}`,
      brokers: [],
    })
    return
  }
  const nodes = []
  if (mine === BROKERS) {
    for (const broker of image.brokers.values()) {
      const endpoint = broker.endpoints.find((e) => e.name === cx.listener.name)
      if (endpoint === undefined || (broker.isFenced && !request.includeFencedBrokers)) continue
      nodes.push({
        brokerId: broker.id,
        host: endpoint.host,
        port: endpoint.port,
        rack: broker.rack,
        isFenced: broker.isFenced,
      })
    }
  } else {
    for (const controller of controllersOf(cx)) {
      const endpoint = controller.endpoints.find((e) => e.name === cx.listener.name)
      if (endpoint !== undefined)
        nodes.push({ brokerId: controller.id, host: endpoint.host, port: endpoint.port, rack: null })
    }
  }
  reply.send({
    errorCode: errors.NONE,
    endpointType,
    clusterId,
    controllerId: mine === CONTROLLERS ? (raft.leadership.leaderId ?? -1) : nodeId,
    // in the order of Java's map, which people see in what tools print
    brokers: nodes.sort((a, b) => a.brokerId - b.brokerId),
    clusterAuthorizedOperations: request.includeClusterAuthorizedOperations
      ? allOperations.cluster
      : OPERATIONS_NOT_ASKED,
  })
})

/** Those that have registered; before metadata.version 3.7 nobody does, and the voters are all that is known. */
function controllersOf(cx: RequestContext): Iterable<{
  readonly id: number
  readonly endpoints: readonly { readonly name: string; readonly host: string; readonly port: number }[]
}> {
  const { image, raft } = cx.services
  if (image.controllers.size > 0) return image.controllers.values()
  return raft.voters.map(({ key, endpoints }) => ({ id: key.id, endpoints }))
}
