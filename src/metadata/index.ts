export type {
  AclImage,
  BrokerImage,
  ClientQuotaImage,
  ConfigImage,
  ControllerImage,
  EndpointImage,
  ImageFeed,
  MetadataDelta,
  MetadataImage,
  PartitionImage,
  ScramCredentialImage,
  TopicImage,
} from './image.ts'
export { configResourceKey, configResourceType } from './image.ts'
