export {
  brokerConfigOf,
  type ConfigError,
  listenerText,
  type ParsedConfig,
  parseBrokerConfig,
  withDynamic,
} from './broker-config.ts'
export type { BrokerConfig, Voter } from './broker-snapshot.ts'
export { type BrokerValues, brokerKeys, brokerSections } from './broker-table.ts'
export { type ListenerEndpoint, type SecurityProtocol, securityProtocolCode } from './listeners.ts'
export { PropertiesError, parseProperties } from './properties.ts'
export type { ConfigKey, ConfigType, Importance, UpdateMode } from './table.ts'
export { type TopicConfig, topicConfigOf, topicKeys } from './topic-config.ts'
