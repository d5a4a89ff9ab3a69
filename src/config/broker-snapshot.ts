import type { BrokerValues } from './broker-table.ts'
import type { ListenerEndpoint, SecurityProtocol } from './listeners.ts'
import type { TopicConfig } from './topic-config.ts'

export interface Voter {
  readonly id: number
  readonly host: string
  readonly port: number
}

/**
 * A node's configuration at one moment: every key typed (see {@link BrokerValues}) and what follows from several of
 * them. Frozen; a dynamic change makes another one.
 */
export interface BrokerConfig extends BrokerValues {
  /** Keys that were set, with their texts as written. What is not here has its default. */
  readonly given: ReadonlyMap<string, string>
  readonly isBroker: boolean
  readonly isController: boolean
  /** log.dirs, else log.dir. */
  readonly logDirectories: readonly string[]
  /** metadata.log.dir, else the first log directory. */
  readonly metadataDirectory: string
  readonly securityProtocols: ReadonlyMap<string, SecurityProtocol>
  /** What this node binds; controller listeners among them when it is a controller. */
  readonly endpoints: readonly ListenerEndpoint[]
  /** Upper-case names of the controller listeners, the first of which brokers use. */
  readonly controllerListeners: readonly string[]
  /** What clients and brokers are told; never controller listeners. */
  readonly advertisedEndpoints: readonly ListenerEndpoint[]
  /** What voters are told of this controller. */
  readonly advertisedControllerEndpoints: readonly ListenerEndpoint[]
  readonly interBroker: { readonly listener: string; readonly securityProtocol: SecurityProtocol }
  /** controller.quorum.voters: a static quorum, kraft.version 0. Empty with a dynamic one. */
  readonly voters: readonly Voter[]
  readonly bootstrapControllers: readonly { readonly host: string; readonly port: number }[]
  /** What a topic without overrides has. */
  readonly topicDefaults: TopicConfig
}
