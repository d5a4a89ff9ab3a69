import { type Admin, isKafkaError, type KafkaError, stringHashOrder, type TopicPartition } from '../../client/index.ts'
import { apacheCause, apacheText } from '../apache-texts.ts'
import type { Options } from '../jopt.ts'
import type { CliWorld } from '../world.ts'
import { printError } from './groups-report.ts'
import { partitionsOfArgument } from './groups-reset.ts'

/** kafka-consumer-groups.sh --delete */
export async function deleteGroups(
  admin: Admin,
  groupIds: readonly string[],
  timeoutMs: number,
  world: CliWorld,
): Promise<void> {
  const results = await admin.deleteGroups(groupIds, { timeoutMs })
  const names = (isGone: boolean) =>
    stringHashOrder([...results].filter(([, r]) => (r.error === null) === isGone).map(([id]) => id))
  const deleted = names(true)
    .map((id) => `'${id}'`)
    .join(', ')
  const failed = names(false)
  if (failed.length === 0) {
    world.out(`Deletion of requested consumer groups (${deleted}) was successful.\n`)
    return
  }
  printError(world, 'Deletion of some consumer groups failed:')
  for (const id of failed)
    world.out(`* Group '${id}' could not be deleted due to: ${apacheCause(results.get(id)!.error!)}\n`)
  if (deleted !== '') world.out(`\nThese consumer groups were deleted successfully: ${deleted}\n`)
}

/** Codes that are about the group, and those that are about some partition. */
const ofGroup: ReadonlySet<string> = new Set([
  'INVALID_GROUP_ID',
  'GROUP_ID_NOT_FOUND',
  'GROUP_AUTHORIZATION_FAILED',
  'NON_EMPTY_GROUP',
])
const ofPartition: ReadonlySet<string> = new Set([
  'GROUP_SUBSCRIBED_TO_TOPIC',
  'TOPIC_AUTHORIZATION_FAILED',
  'UNKNOWN_TOPIC_OR_PARTITION',
])

/** kafka-consumer-groups.sh --delete-offsets */
export async function deleteOffsets(o: Options, admin: Admin, timeoutMs: number, world: CliWorld): Promise<void> {
  const groupId = o.required('group')
  const rows: { readonly at: TopicPartition; readonly error: KafkaError | null }[] = []
  const partitions: TopicPartition[] = []
  for (const arg of o.values('topic')) {
    if (arg.includes(':')) partitions.push(...partitionsOfArgument(arg))
    else {
      const topic = (await admin.describeTopics([arg], { timeoutMs })).get(arg)!
      if (topic.error !== null) rows.push({ at: { topic: arg, partition: -1 }, error: topic.error })
      else partitions.push(...topic.value.partitions.map((p) => ({ topic: arg, partition: p.partition })))
    }
  }
  let first: KafkaError | null = null
  try {
    const results = partitions.length === 0 ? null : await admin.deleteGroupOffsets(groupId, partitions, { timeoutMs })
    for (const at of partitions) {
      const error = results?.get(at.topic, at.partition)?.error ?? null
      first ??= error
      rows.push({ at, error })
    }
  } catch (thrown) {
    if (!isKafkaError(thrown)) throw thrown
    first = thrown
    for (const at of partitions) rows.push({ at, error: thrown })
  }
  if (first === null) world.out(`Request succeeded for deleting offsets from group ${groupId}.\n`)
  else if (ofGroup.has(first.code)) printError(world, apacheText(first))
  else if (ofPartition.has(first.code)) {
    printError(world, 'Encountered some partition-level error, see the follow-up details.')
  } else printError(world, `Encountered some unknown error: ${first.code}`)
  const width = Math.max(15, ...rows.map((r) => r.at.topic.length))
  const line = (topic: string, partition: string, status: string) => {
    world.out(`\n${topic.padEnd(width)} ${partition.padEnd(10)} ${status.padEnd(15)}`)
  }
  line('TOPIC', 'PARTITION', 'STATUS')
  rows.sort((a, b) => (a.at.topic + a.at.partition < b.at.topic + b.at.partition ? -1 : 1))
  for (const { at, error } of rows) {
    line(at.topic, at.partition < 0 ? '-' : String(at.partition), error ? `Error: ${apacheCause(error)}` : 'Successful')
  }
  world.out('\n')
}
