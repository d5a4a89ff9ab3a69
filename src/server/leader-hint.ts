import type { RequestContext } from './handler.ts'

export interface LeaderHint {
  readonly leaderId: number
  readonly leaderEpoch: number
}

/** Who leads a partition, so that a client that asked the wrong broker need not ask for metadata (KIP-951). */
export function currentLeader(
  cx: RequestContext,
  topicId: string | null,
  topic: string,
  index: number,
): LeaderHint | null {
  const image = cx.services.image
  const found = topicId !== null ? image.topicsById.get(topicId) : image.topicsByName.get(topic)
  const partition = found?.partitions[index]
  return partition === undefined ? null : { leaderId: partition.leader, leaderEpoch: partition.leaderEpoch }
}

/** Where the hinted leaders are, on the asker's own listener. */
export function leaderEndpoints(
  cx: RequestContext,
  ids: ReadonlySet<number>,
): { nodeId: number; host: string; port: number; rack: string | null }[] {
  const endpoints = []
  for (const id of ids) {
    const broker = cx.services.image.brokers.get(id)
    const endpoint = broker?.endpoints.find((e) => e.name === cx.listener.name)
    if (broker === undefined || endpoint === undefined) continue
    endpoints.push({ nodeId: id, host: endpoint.host, port: endpoint.port, rack: broker.rack })
  }
  return endpoints
}
