import type { Crc32c } from '../bytes/index.ts'
import type { BrokerConfig } from '../config/index.ts'
import type { Address, Env } from '../env/index.ts'
import type { LogStore } from '../log/index.ts'
import type { MetadataImage } from '../metadata/index.ts'
import type { ErrorCode } from '../protocol/index.ts'
import type { LocalRaftNode } from '../raft/index.ts'
import type { Partition } from '../replication/index.ts'
import type { Peer } from '../wire/index.ts'
import { BrokerLiveness } from './broker-liveness.ts'
import { BrokerPeers } from './broker-peers.ts'
import { Controller } from './controller.ts'
import { ControllerChannel } from './controller-channel.ts'
import { ControllerRegistrar } from './controller-registrar.ts'
import { DirectoryAssignments } from './directory-assignments.ts'
import { groupConfigOf } from './group-config.ts'
import { Groups } from './groups.ts'
import type { LiveConfig } from './live-config.ts'
import { MarkerDelivery } from './marker-delivery.ts'
import { MarkerWriter } from './marker-writer.ts'
import { PartitionTable } from './partition-table.ts'
import type { ProducerIds } from './producer-ids.ts'
import { ReplicaMoves } from './replica-moves.ts'
import { ReplicaThrottle } from './replica-throttle.ts'
import { addressOf, Replication } from './replication.ts'
import type { NodeStorage } from './storage.ts'
import { transactionConfigOf } from './transaction-config.ts'
import { Transactions } from './transactions.ts'

/** What a node consists of once its quorum is open, each built on those before it. */
export interface NodeParts {
  readonly storage: NodeStorage
  readonly store: LogStore
  readonly raft: LocalRaftNode
  readonly controller: Controller
  readonly channel: ControllerChannel
  readonly registrar: ControllerRegistrar
  readonly liveness: BrokerLiveness
  readonly assignments: DirectoryAssignments
  readonly throttle: ReplicaThrottle
  readonly replication: Replication
  readonly partitions: PartitionTable
  readonly moves: ReplicaMoves
  readonly groups: Groups
  readonly transactions: Transactions
  readonly markerWriter: MarkerWriter
  readonly peers: BrokerPeers
}

/** The node that they are parts of. */
export interface PartsHost {
  readonly env: Env
  readonly crc32c: Crc32c
  readonly nodeId: number
  readonly live: LiveConfig
  readonly isEphemeral: boolean
  readonly producerIds: ProducerIds
  readonly image: MetadataImage
  /** -1 before registration. */
  readonly brokerEpoch: number
  findByName(topic: string, index: number): Partition | ErrorCode
  connect(address: Address, to: 'broker' | 'controller'): Peer
}

export function makeParts(host: PartsHost, storage: NodeStorage, store: LogStore, raft: LocalRaftNode): NodeParts {
  const { env, crc32c, nodeId, live, producerIds } = host
  const { clock, logger } = env
  const config: BrokerConfig = live.file
  const image = () => host.image
  const brokerEpoch = () => host.brokerEpoch
  const connect = (address: Address) => host.connect(address, 'broker')
  const controller = new Controller({
    ...{ env, config, raft, bootstrapRecords: storage.bootstrapRecords },
    activated: () => {
      channel.leadershipChanged()
      liveness.activated()
    },
  })
  const liveness = new BrokerLiveness({
    ...{ clock, net: env.net, logger, nodeId, controller, image },
    isOn: config.millraceFenceOnRefused,
    listener: config.interBroker.listener,
  })
  const channel: ControllerChannel = new ControllerChannel({
    ...{ clock, logger, nodeId, clientId: `broker-${nodeId}`, local: controller },
    connect: (address) => host.connect(address, 'controller'),
    timeoutMs: config.requestTimeoutMs,
    leader: () => raft.leaderEndpoint,
  })
  const registrar = new ControllerRegistrar({ env, config, channel })
  const assignments = new DirectoryAssignments({
    ...{ clock, logger, controller: channel, brokerId: nodeId, brokerEpoch },
  })
  const throttle = new ReplicaThrottle({ clock, brokerId: nodeId, image, config: () => live.now })
  const replication = new Replication({
    ...{ env, config, controller: channel, image, brokerEpoch, connect, throttle },
  })
  const partitions = new PartitionTable({
    ...{ clock, logger, store, ports: replication.ports, followers: replication.followers },
    flushesToCommit: !host.isEphemeral && config.millraceFlush === 'sync',
    logConfig: (topic) => live.logConfig(topic),
    misplaced: (topicId, index, directoryId) => assignments.note(topicId, index, directoryId),
  })
  const moves = new ReplicaMoves({ clock, logger, store, assignments, config: () => live.now })
  const groups = new Groups({ env, crc32c, config: groupConfigOf(() => live.now), image })
  const markerWriter = new MarkerWriter(clock, crc32c, groups)
  const peers = new BrokerPeers({
    address: (id) => addressOf(image(), id, config.interBroker.listener),
    connect,
  })
  const find = (topic: string, index: number) => host.findByName(topic, index)
  const delivery = new MarkerDelivery({ clock, nodeId, peers, writer: markerWriter, find })
  const transactions = new Transactions({
    ...{ env, crc32c, image, producerIds },
    config: transactionConfigOf(() => live.now),
    ...{ nodeId, peers, deliver: delivery.deliver },
  })
  partitions.on(groups)
  partitions.on(transactions)
  replication.watchLag(() => partitions.all())
  return {
    ...{ storage, store, raft, controller, channel, registrar, liveness, assignments, throttle, replication },
    ...{ partitions, moves, groups, transactions, markerWriter, peers },
  }
}

/** Closes what is open to others and what works in the background; the quorum and the logs are the caller's. */
export function closeParts(parts: NodeParts): void {
  parts.liveness.close()
  parts.transactions.close()
  parts.peers.close()
  parts.groups.close()
  parts.assignments.close()
  parts.replication.close()
  parts.registrar.close()
  parts.channel.close()
  parts.controller.close()
}
