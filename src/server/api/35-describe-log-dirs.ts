import type { Log, LogDir } from '../../log/index.ts'
import { DescribeLogDirs, errors, type RequestOf, type ResponseIn } from '../../protocol/index.ts'
import { metadataTopic } from '../../raft/index.ts'
import { handler, type RequestContext } from '../handler.ts'
import { Join } from '../join.ts'

type Result = NonNullable<ResponseIn<typeof DescribeLogDirs>['results']>[number]
type TopicResult = {
  name: string
  partitions: { partitionIndex: number; partitionSize: number; offsetLag: number; isFutureKey: boolean }[]
}

export const describeLogDirs = handler(DescribeLogDirs, (cx, request, reply) => {
  const { store } = cx.services
  const isWanted = filterOf(request)
  const byDirectory = new Map<string, Map<string, TopicResult>>()
  // the metadata log is the quorum's, not one of the broker's partitions
  for (const log of store.logs()) {
    if (log.topic === metadataTopic || !isWanted(log)) continue
    add(byDirectory, log, Math.max(0, log.highWatermark - log.endOffset), false)
    const copy = store.future(log.topic, log.partition)
    if (copy !== null) add(byDirectory, copy, Math.max(0, log.endOffset - copy.endOffset), true)
  }
  const results: Result[] = []
  const join = new Join(() => reply.send({ errorCode: errors.NONE, results }))
  for (const dir of store.dirs) describe(cx, dir, [...(byDirectory.get(dir.id)?.values() ?? [])], results, join)
  join.close()
})

function filterOf(request: RequestOf<typeof DescribeLogDirs>): (log: Log) => boolean {
  const { topics } = request
  if (topics === null) return () => true
  const byName = Map.groupBy(topics, (t) => t.topic)
  const wanted = new Map(Array.from(byName, ([name, asked]) => [name, new Set(asked.flatMap((t) => t.partitions))]))
  return (log) => wanted.get(log.topic)?.has(log.partition) === true
}

function add(
  byDirectory: Map<string, Map<string, TopicResult>>,
  log: Log,
  offsetLag: number,
  isFutureKey: boolean,
): void {
  let topics = byDirectory.get(log.directoryId)
  if (topics === undefined) byDirectory.set(log.directoryId, (topics = new Map()))
  let topic = topics.get(log.topic)
  if (topic === undefined) topics.set(log.topic, (topic = { name: log.topic, partitions: [] }))
  topic.partitions.push({
    partitionIndex: log.partition,
    partitionSize: log.sizeBytes,
    offsetLag,
    isFutureKey,
  })
}

function describe(cx: RequestContext, dir: LogDir, topics: TopicResult[], results: Result[], join: Join): void {
  if (dir.failure !== null) {
    results.push({ errorCode: errors.KAFKA_STORAGE_ERROR, logDir: dir.path, topics: [] })
    return
  }
  const end = join.add()
  cx.services.store.space(dir.id, (failure, space) => {
    const isCordoned = cx.services.config.cordonedLogDirs.includes(dir.path)
    if (failure !== null) results.push({ errorCode: errors.KAFKA_STORAGE_ERROR, logDir: dir.path, topics: [] })
    else {
      results.push({
        errorCode: errors.NONE,
        logDir: dir.path,
        topics,
        totalBytes: space.total,
        usableBytes: space.free,
        isCordoned,
      })
    }
    end()
  })
}
