import { AlterReplicaLogDirs, type ErrorCode, errors } from '../../protocol/index.ts'
import { handler, type RequestContext } from '../handler.ts'

/** Moving a replica to the directory where it is already needs nothing; moving it elsewhere is not built yet. */
export const alterReplicaLogDirs = handler(AlterReplicaLogDirs, (cx, request, reply) => {
  const byTopic = new Map<string, { partitionIndex: number; errorCode: ErrorCode }[]>()
  for (const dir of request.dirs) {
    for (const topic of dir.topics) {
      let results = byTopic.get(topic.name)
      if (results === undefined) byTopic.set(topic.name, (results = []))
      for (const partitionIndex of topic.partitions) {
        results.push({ partitionIndex, errorCode: move(cx, dir.path, topic.name, partitionIndex) })
      }
    }
  }
  reply.send({ results: [...byTopic].map(([topicName, partitions]) => ({ topicName, partitions })) })
})

function move(cx: RequestContext, path: string, topic: string, index: number): ErrorCode {
  const dir = cx.services.store.dirs.find((d) => d.path === path)
  if (dir === undefined) return errors.LOG_DIR_NOT_FOUND
  if (dir.failure !== null) return errors.KAFKA_STORAGE_ERROR
  const partition = cx.services.findByName(topic, index)
  if (typeof partition === 'number') return partition
  return partition.log.directoryId === dir.id ? errors.NONE : errors.KAFKA_STORAGE_ERROR
}
