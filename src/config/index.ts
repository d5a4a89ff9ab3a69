export {
  applyOperation,
  configOperation,
  followDynamic,
  type Refused,
  refuseBrokerConfigs,
  refuseClientMetricsConfigs,
  refuseGroupConfigs,
  refuseTopicConfigs,
} from './alter.ts'
export {
  brokerConfigOf,
  type ConfigError,
  listenerText,
  type ParsedConfig,
  parseBrokerConfig,
  unknownBrokerKey,
  withDynamic,
} from './broker-config.ts'
export type { BrokerConfig, Voter } from './broker-snapshot.ts'
export { type BrokerValues, brokerKeys, brokerSections } from './broker-table.ts'
export {
  type ConfigEntry,
  type ConfigSynonym,
  configSource,
  describeBrokerConfigs,
  describeClientMetricsConfigs,
  describeClusterConfigs,
  describeGroupConfigs,
  describeTopicConfigs,
  type NodeConfigs,
} from './describe.ts'
export { isSensitiveKey } from './list-keys.ts'
export { type ListenerEndpoint, type SecurityProtocol, securityProtocolCode } from './listeners.ts'
export { clientMetricsKeys, groupKeys, ipQuotaKeys, userQuotaKeys } from './other-keys.ts'
export { configurationPages } from './pages.ts'
export { PropertiesError, parseProperties } from './properties.ts'
export type { ConfigKey, ConfigType, Importance, UpdateMode } from './table.ts'
export { type TopicConfig, topicConfigOf, topicKeys } from './topic-config.ts'
export { badTopicName } from './topic-name.ts'
