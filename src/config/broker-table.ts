import { groupRows } from './broker-group.ts'
import { logRows } from './broker-log.ts'
import { millraceRows } from './broker-millrace.ts'
import { networkRows } from './broker-network.ts'
import { quorumRows } from './broker-quorum.ts'
import { quotaRows } from './broker-quota.ts'
import { remoteRows } from './broker-remote.ts'
import { replicationRows } from './broker-replication.ts'
import { securityRows } from './broker-security.ts'
import { shareRows } from './broker-share.ts'
import { transactionRows } from './broker-transaction.ts'
import { type BrokerRow, type BrokerTable, brokerKey, type ConfigKey, keysOf, type Values } from './table.ts'

/** Every configuration key of a node (Apache Kafka 4.3's and ours), in the sections of the documentation. */
export const brokerSections = [
  ['Roles, the controller quorum and the metadata log', quorumRows],
  ['Listeners, connections, requests, threads and metrics', networkRows],
  ['Logs, topics and their defaults', logRows],
  ['Replication and fetching', replicationRows],
  ['Groups and committed offsets', groupRows],
  ['Share groups and their coordinator', shareRows],
  ['Transactions and producer ids', transactionRows],
  ['TLS, SASL, principals and delegation tokens', securityRows],
  ['Quotas', quotaRows],
  ['Tiered storage', remoteRows],
  ['Millrace', millraceRows],
] as const

type Sections = (typeof brokerSections)[number][1]
type AllOf<U> = (U extends unknown ? (section: U) => void : never) extends (all: infer I) => void ? I : never

/** A node's configuration, typed: `num.partitions` is `numPartitions`. Null where Kafka's default is unset. */
export type BrokerValues = AllOf<Sections extends infer S ? (S extends BrokerTable ? Values<S> : never) : never>

export const brokerKeys: ReadonlyMap<string, ConfigKey> = new Map(
  brokerSections.flatMap(([, rows]) => keysOf<BrokerRow>(rows, brokerKey)),
)
