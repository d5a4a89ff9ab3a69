import type { MetadataRecordIn as RecordIn, MetadataRecord as RecordOut } from '../protocol/index.ts'

export type MetadataRecordType = RecordOut['type']

/** The fields of each metadata record (`common/metadata/*.json` of Kafka 4.3), those of its newest version. */
export type MetadataRecordValues = {
  readonly [K in MetadataRecordType]: Extract<RecordOut, { readonly type: K }>['value']
}

/**
 * One metadata record as it is applied: `switch (record.type)` narrows `record.value`. Its version is a matter of
 * encoding (record-version.ts): what an older one cannot carry is left out.
 *
 * Sentinels of PartitionChangeRecord: null lists, leader -2 and leaderRecoveryState -1 say "unchanged"; any other leader
 * bumps the leader epoch. Of BrokerRegistrationChangeRecord: fenced -1 unfences, 1 fences, 0 leaves; empty logDirs and
 * null cordonedLogDirs leave. ConfigRecord: a null value removes the key. ClearElrRecord: '' means every topic.
 */
export type MetadataRecord = {
  readonly [K in MetadataRecordType]: { readonly type: K; readonly value: MetadataRecordValues[K] }
}[MetadataRecordType]

/** A record to write: fields left out have their default. */
export type MetadataRecordIn = RecordIn

export type EndpointRecord = MetadataRecordValues['RegisterBrokerRecord']['endPoints'][number]
export type FeatureRangeRecord = MetadataRecordValues['RegisterBrokerRecord']['features'][number]
