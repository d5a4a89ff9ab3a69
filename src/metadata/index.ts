export {
  completeRecord,
  encodeMetadataRecord,
  MetadataDecoder,
  metadataRecord,
  metadataVersionIn,
  UnknownMetadataRecordError,
} from './codec.ts'
export {
  defaultFeatureLevel,
  type Feature,
  type FeatureLevel,
  featureNamed,
  features,
  KRAFT_VERSION,
  METADATA_VERSION,
  type MetadataVersion,
  metadataLevel,
  metadataVersionFromText,
  metadataVersionOf,
  metadataVersions,
  supportedFeatures,
} from './features.ts'
export {
  defaultBootstrapRecords,
  describeBootstrap,
  type FeatureAsk,
  type FeaturePlan,
  FormatError,
  type InitialVoter,
  metadataVersionNamed,
  parseInitialVoters,
  parseScramArgument,
  planFeatures,
  type ScramArgument,
} from './format/index.ts'
export type {
  AclImage,
  BrokerImage,
  ClientQuotaImage,
  ConfigImage,
  ControllerImage,
  DelegationTokenImage,
  EndpointImage,
  ImageFeed,
  MetadataDelta,
  MetadataImage,
  PartitionImage,
  ScramCredentialImage,
  TopicImage,
} from './image.ts'
export { configResourceKey, configResourceType } from './image.ts'
export { MetadataLoader } from './loader.ts'
export type {
  EndpointRecord,
  FeatureRangeRecord,
  MetadataRecord,
  MetadataRecordIn,
  MetadataRecordType,
  MetadataRecordValues,
} from './record.ts'
export { recordVersion } from './record-version.ts'
export { MetadataReplayError, MetadataState } from './replay.ts'
export { snapshotRecords } from './snapshot.ts'
