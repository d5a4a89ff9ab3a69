import { cooperativeStickyAssignor, rangeAssignor } from '../assignors/index.ts'
import { checkOptions, choiceOf, flagOf, numberOf, shown } from '../check-options.ts'
import { clientError } from '../errors.ts'
import { consumerTable } from '../option-tables.ts'
import type { ClassicOptions } from './classic-member.ts'
import type { FetcherOptions } from './fetcher.ts'
import type { ServerMemberOptions } from './server-member.ts'
import type { ConsumerOptions, Deserializer, OffsetReset, RebalanceListener } from './types.ts'

/** As the consumer works with them; see {@link ConsumerOptions}. */
export interface ResolvedConsumerOptions<K, V> {
  readonly groupId: string | null
  readonly isServerGroup: boolean
  readonly reset: OffsetReset
  readonly autoCommits: boolean
  readonly autoCommitIntervalMs: number
  readonly isReadCommitted: boolean
  readonly maxPollRecords: number
  readonly allowAutoCreateTopics: boolean
  readonly excludeInternalTopics: boolean
  readonly listener: RebalanceListener
  readonly classic: Omit<ClassicOptions, 'groupId'>
  readonly server: Omit<ServerMemberOptions, 'groupId'>
  readonly fetcher: FetcherOptions<K, V>
}

/** Throws INVALID_CONFIGURATION for what is unknown, of the wrong kind, or at odds with another option. */
export function resolveConsumerOptions<K, V>(o: ConsumerOptions<K, V>): ResolvedConsumerOptions<K, V> {
  checkOptions('a consumer', o)
  const number = (name: keyof typeof consumerTable) => numberOf(consumerTable, o, name)
  const flag = (name: keyof typeof consumerTable) => flagOf(consumerTable, o, name)
  const reset = resetOf(o.autoOffsetReset)
  const isReadCommitted =
    choiceOf(consumerTable, o, 'isolationLevel', ['read_uncommitted', 'read_committed']) === 'read_committed'
  const isServerGroup = choiceOf(consumerTable, o, 'groupProtocol', ['classic', 'consumer']) === 'consumer'
  const groupId = groupIdOf(o.groupId)
  if (groupId === null && o.groupInstanceId !== undefined) refuse('groupInstanceId needs a groupId')
  if (groupId === null && o.autoCommit === true) refuse('autoCommit needs a groupId: offsets are committed for a group')
  const member = {
    instanceId: o.groupInstanceId ?? null,
    maxPollIntervalMs: number('maxPollIntervalMs'),
    rack: o.rack ?? null,
  }
  const sessionTimeoutMs = number('sessionTimeoutMs')
  const heartbeatIntervalMs = number('heartbeatIntervalMs')
  if (!isServerGroup && heartbeatIntervalMs >= sessionTimeoutMs) {
    refuse(`heartbeatIntervalMs (${heartbeatIntervalMs}) must be lower than sessionTimeoutMs (${sessionTimeoutMs})`)
  }
  return {
    groupId,
    isServerGroup,
    reset,
    autoCommits: flag('autoCommit') && groupId !== null,
    autoCommitIntervalMs: number('autoCommitIntervalMs'),
    isReadCommitted,
    maxPollRecords: Math.max(number('maxPollRecords'), 1),
    allowAutoCreateTopics: flag('allowAutoCreateTopics'),
    excludeInternalTopics: flag('excludeInternalTopics'),
    listener: o.rebalanceListener ?? {},
    classic: {
      ...member,
      assignors: o.assignors ?? [rangeAssignor, cooperativeStickyAssignor],
      sessionTimeoutMs,
      heartbeatIntervalMs,
    },
    server: { ...member, remoteAssignor: o.groupRemoteAssignor ?? null },
    fetcher: {
      minBytes: number('fetchMinBytes'),
      maxWaitMs: number('fetchMaxWaitMs'),
      maxBytes: number('fetchMaxBytes'),
      partitionMaxBytes: number('partitionFetchMaxBytes'),
      prefetchBytes: number('prefetchBytes'),
      isReadCommitted,
      checkCrcs: flag('checkCrcs'),
      rack: o.rack ?? '',
      reset,
      keyDeserializer: deserializerOf('keyDeserializer', o.keyDeserializer),
      valueDeserializer: deserializerOf('valueDeserializer', o.valueDeserializer),
    },
  }
}

function deserializerOf<T>(name: string, given: ConsumerOptions<T, T>['keyDeserializer']): Deserializer<T> | null {
  if (given === undefined) return null
  if (typeof given === 'function') return given
  if (typeof given?.deserialize === 'function') return (bytes) => given.deserialize(bytes)
  return refuse(`${name} must be a function or a serde such as stringSerde, not ${shown(given)}`)
}

function groupIdOf(given: unknown): string | null {
  if (given === undefined) return null
  if (typeof given === 'string' && given !== '') return given
  return refuse(`groupId must be a text that is not empty, not ${shown(given)}`)
}

function resetOf(given: OffsetReset | undefined): OffsetReset {
  if (given === undefined) return consumerTable.autoOffsetReset.initially
  if (given === 'earliest' || given === 'latest' || given === 'none') return given
  if (typeof given === 'object' && given !== null && given.durationMs >= 0) return given
  return refuse(`autoOffsetReset must be 'earliest', 'latest', 'none' or { durationMs }, not ${shown(given)}`)
}

function refuse(why: string): never {
  throw clientError('INVALID_CONFIGURATION', why)
}
