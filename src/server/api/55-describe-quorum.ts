import { ZERO_UUID } from '../../bytes/index.ts'
import { DescribeQuorum, errors, type RequestOf, type ResponseIn } from '../../protocol/index.ts'
import type { QuorumReport, ReplicaReport } from '../../raft/index.ts'
import { handler } from '../handler.ts'

const METADATA_TOPIC = '__cluster_metadata'
const notLeader = 'This node does not lead the metadata quorum.'
const errorMessage = 'This server does not host this topic-partition.'

/** KIP-642, KIP-836, KIP-853: voters and observers of the metadata quorum and how far each has fetched. */
export const describeQuorum = handler(DescribeQuorum, (cx, request, reply) => {
  if (!asksForTheQuorum(request)) {
    const unknown = { errorCode: errors.UNKNOWN_TOPIC_OR_PARTITION, ...(cx.apiVersion >= 2 ? { errorMessage } : {}) }
    reply.send({
      topics: request.topics.map(({ topicName, partitions }) => ({
        topicName,
        partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, ...unknown })),
      })),
    })
    return
  }
  const { raft, controller, nodeId } = cx.services
  if (raft.leadership.leaderId === nodeId) {
    reply.send(described(raft.describeQuorum(), cx.apiVersion))
    return
  }
  // A controller answers for itself alone; a broker asks for its client.
  if (cx.listener.kind === 'controller') {
    reply.send({ errorCode: errors.NOT_LEADER_OR_FOLLOWER, ...(cx.apiVersion >= 2 ? { errorMessage: notLeader } : {}) })
    return
  }
  controller.askLeader(
    DescribeQuorum,
    { topics: request.topics },
    (answer) => reply.send(answer ?? { errorCode: errors.REQUEST_TIMED_OUT }),
    { cap: cx.apiVersion },
  )
})

function described(report: QuorumReport, version: number): ResponseIn<typeof DescribeQuorum> {
  return {
    errorCode: errors.NONE,
    topics: [
      {
        topicName: METADATA_TOPIC,
        partitions: [
          {
            partitionIndex: 0,
            errorCode: errors.NONE,
            leaderId: report.leaderId,
            leaderEpoch: report.leaderEpoch,
            highWatermark: report.highWatermark,
            currentVoters: report.voters.map((r) => replicaState(r, version)),
            observers: report.observers.map((r) => replicaState(r, version)),
          },
        ],
      },
    ],
    ...(version >= 2
      ? {
          nodes: report.nodes.map(({ nodeId, endpoints }) => ({ nodeId, listeners: endpoints.map((e) => ({ ...e })) })),
        }
      : {}),
  }
}

/** There is one quorum and it is asked for alone; whatever else is asked, every partition named is unknown. */
function asksForTheQuorum({ topics }: RequestOf<typeof DescribeQuorum>): boolean {
  const [topic] = topics
  if (topics.length !== 1 || topic?.topicName !== METADATA_TOPIC) return false
  return topic.partitions.length === 1 && topic.partitions[0]?.partitionIndex === 0
}

function replicaState(report: ReplicaReport, version: number) {
  return {
    replicaId: report.replica.id,
    ...(version >= 2 ? { replicaDirectoryId: report.replica.directoryId ?? ZERO_UUID } : {}),
    logEndOffset: report.logEndOffset,
    lastFetchTimestamp: report.lastFetchMs,
    lastCaughtUpTimestamp: report.lastCaughtUpMs,
  }
}
