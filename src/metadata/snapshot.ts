import { completeRecord, metadataVersionIn } from './codec.ts'
import { METADATA_VERSION, metadataLevel } from './features.ts'
import type { BrokerImage, MetadataImage, PartitionImage } from './image.ts'
import type { MetadataRecord, MetadataRecordIn } from './record.ts'

/**
 * The records that, replayed into an empty state, give `image` again, in Kafka's order: features first, so that a
 * reader knows what it reads, then cluster, topics, configs, quotas, producer ids, ACLs, SCRAM, delegation tokens. What
 * the image's metadata.version cannot say is left out. The image must not change while this runs (freeze it).
 */
export function* snapshotRecords(image: MetadataImage): Generator<MetadataRecord> {
  for (const record of recordsOf(image)) yield completeRecord(record)
}

function* recordsOf(image: MetadataImage): Generator<MetadataRecordIn> {
  const level = metadataVersionIn(image)
  yield* featureRecords(image)
  for (const broker of image.brokers.values()) yield brokerRecord(broker, level)
  if (level >= metadataLevel.controllerRegistration) {
    for (const c of image.controllers.values()) {
      yield {
        type: 'RegisterControllerRecord',
        value: {
          controllerId: c.id,
          incarnationId: c.incarnationId,
          endPoints: c.endpoints,
          features: featureRanges(c.supportedFeatures),
        },
      }
    }
  }
  for (const { id: topicId, name, partitions } of image.topicsById.values()) {
    yield { type: 'TopicRecord', value: { name, topicId } }
    for (let id = 0; id < partitions.length; id++) yield partitionRecord(topicId, id, partitions[id]!)
  }
  for (const { type: resourceType, name: resourceName, values } of image.configs.values()) {
    for (const [name, value] of values) {
      yield { type: 'ConfigRecord', value: { resourceType, resourceName, name, value } }
    }
  }
  for (const quota of image.clientQuotas) {
    const entity = [...quota.entity].map(([entityType, entityName]) => ({ entityType, entityName }))
    for (const [key, value] of quota.values) {
      yield { type: 'ClientQuotaRecord', value: { entity, key, value, remove: false } }
    }
  }
  if (image.nextProducerId > 0) {
    yield {
      type: 'ProducerIdsRecord',
      value: { brokerId: -1, brokerEpoch: -1, nextProducerId: image.nextProducerId },
    }
  }
  for (const value of image.acls.values()) yield { type: 'AccessControlEntryRecord', value }
  if (level >= metadataLevel.scram) {
    for (const { user: name, ...credential } of image.scramCredentials) {
      yield { type: 'UserScramCredentialRecord', value: { name, ...credential } }
    }
  }
  if (level >= metadataLevel.delegationTokens) {
    for (const value of image.delegationTokens.values()) yield { type: 'DelegationTokenRecord', value }
  }
}

function* featureRecords(image: MetadataImage): Generator<MetadataRecordIn> {
  const level = image.features.get(METADATA_VERSION)
  if (level !== undefined) {
    yield { type: 'FeatureLevelRecord', value: { name: METADATA_VERSION, featureLevel: level } }
  }
  const others = [...image.features].filter(([name]) => name !== METADATA_VERSION)
  for (const [name, featureLevel] of others.sort(([a], [b]) => (a < b ? -1 : 1))) {
    yield { type: 'FeatureLevelRecord', value: { name, featureLevel } }
  }
}

function brokerRecord(b: BrokerImage, level: number): MetadataRecordIn {
  return {
    type: 'RegisterBrokerRecord',
    value: {
      brokerId: b.id,
      incarnationId: b.incarnationId,
      brokerEpoch: b.epoch,
      endPoints: b.endpoints,
      features: featureRanges(b.supportedFeatures),
      rack: b.rack,
      fenced: b.isFenced,
      inControlledShutdown: b.isInControlledShutdown,
      logDirs: b.directories,
      cordonedLogDirs: level >= metadataLevel.cordonedLogDirs ? b.cordonedDirectories : null,
    },
  }
}

function partitionRecord(topicId: string, partitionId: number, p: PartitionImage): MetadataRecordIn {
  return {
    type: 'PartitionRecord',
    value: {
      partitionId,
      topicId,
      replicas: p.replicas,
      isr: p.isr,
      removingReplicas: p.removingReplicas,
      addingReplicas: p.addingReplicas,
      leader: p.leader,
      leaderRecoveryState: p.leaderRecoveryState,
      leaderEpoch: p.leaderEpoch,
      partitionEpoch: p.partitionEpoch,
      directories: p.directories,
      eligibleLeaderReplicas: p.elr.length === 0 ? null : p.elr,
      lastKnownElr: p.lastKnownElr.length === 0 ? null : p.lastKnownElr,
    },
  }
}

function featureRanges(supported: BrokerImage['supportedFeatures']) {
  return [...supported].map(([name, { min, max }]) => ({ name, minSupportedVersion: min, maxSupportedVersion: max }))
}
