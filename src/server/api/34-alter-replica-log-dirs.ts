import { AlterReplicaLogDirs, type ErrorCode, errors } from '../../protocol/index.ts'
import { handler, type RequestContext } from '../handler.ts'

/** What a directory of a copy adds to `topic-partition`: `.<32 digits>-future`. */
const FUTURE_SUFFIX_CHARS = 40
const DIRECTORY_NAME_CHARS_MAX = 255

/** Begins moves of replicas between the directories of this broker; DescribeLogDirs shows how far they are (KIP-113). */
export const alterReplicaLogDirs = handler(AlterReplicaLogDirs, (cx, request, reply) => {
  const byTopic = new Map<string, Map<number, ErrorCode>>()
  for (const dir of request.dirs) {
    for (const topic of dir.topics) {
      let results = byTopic.get(topic.name)
      if (results === undefined) byTopic.set(topic.name, (results = new Map()))
      for (const index of topic.partitions) results.set(index, move(cx, dir.path, topic.name, index))
    }
  }
  const results = [...byTopic].map(([topicName, partitions]) => ({
    topicName,
    partitions: [...partitions].map(([partitionIndex, errorCode]) => ({ partitionIndex, errorCode })),
  }))
  reply.send({ results })
})

function move(cx: RequestContext, path: string, topic: string, index: number): ErrorCode {
  const { services } = cx
  if (`${topic}-${index}`.length + FUTURE_SUFFIX_CHARS > DIRECTORY_NAME_CHARS_MAX) return errors.INVALID_TOPIC_EXCEPTION
  const dir = services.store.dirs.find((d) => d.path === path)
  if (dir === undefined) return errors.LOG_DIR_NOT_FOUND
  if (dir.failure !== null) return errors.KAFKA_STORAGE_ERROR
  const cordoned = services.config.cordonedLogDirs
  if (cordoned.includes(path) || cordoned.includes('*')) return errors.INVALID_REPLICA_ASSIGNMENT
  const partition = services.findByName(topic, index)
  if (typeof partition !== 'number') return services.moves.move(partition, dir.id)
  // Apache Kafka keeps the code that clients older than version 2 know.
  return partition === errors.NOT_LEADER_OR_FOLLOWER ? errors.REPLICA_NOT_AVAILABLE : partition
}
