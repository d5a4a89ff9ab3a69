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
export type {
  EndpointRecord,
  FeatureRangeRecord,
  MetadataRecord,
  MetadataRecordType,
  MetadataRecordValues,
} from './record.ts'
