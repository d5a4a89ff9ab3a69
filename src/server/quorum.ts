import type { Crc32c } from '../bytes/index.ts'
import type { BrokerConfig } from '../config/index.ts'
import type { Done, Env } from '../env/index.ts'
import type { LogStore } from '../log/index.ts'
import { type LocalRaftNode, openRaftNode } from '../raft/index.ts'
import { type Handshake, software } from '../wire/index.ts'
import type { NodeStorage } from './storage.ts'

/** This node's place in the metadata quorum, as its configuration says. */
export function openQuorum(
  ask: {
    readonly env: Env
    readonly config: BrokerConfig
    readonly crc32c: Crc32c
    readonly isEphemeral: boolean
    readonly storage: NodeStorage
    readonly store: LogStore
    readonly handshake: Handshake | null
  },
  done: Done<LocalRaftNode>,
): void {
  const { env, config, crc32c, isEphemeral, storage, store, handshake } = ask
  openRaftNode(
    {
      env: { clock: env.clock, disk: env.disk, logger: env.logger, halt: env.halt, crc32c },
      store,
      clusterId: storage.clusterId,
      nodeId: config.nodeId,
      directory: { id: storage.metadataDirectoryId, path: config.metadataDirectory },
      staticVoters: config.voters.length > 0 ? config.voters : null,
      endpoints: config.advertisedControllerEndpoints.map((e) => ({ name: e.listener, host: e.host, port: e.port })),
      isEphemeral,
      segmentBytes: config.metadataLogSegmentBytes,
      segmentMs: config.metadataLogSegmentMs,
      snapshots: {
        bytesBetween: config.metadataLogMaxRecordBytesBetweenSnapshots,
        intervalMs: config.metadataLogMaxSnapshotIntervalMs,
        retentionBytes: config.metadataMaxRetentionBytes,
        retentionMs: config.metadataMaxRetentionMs,
      },
      timeouts: {
        electionMs: config.controllerQuorumElectionTimeoutMs,
        backoffMaxMs: config.controllerQuorumElectionBackoffMaxMs,
        fetchMs: config.controllerQuorumFetchTimeoutMs,
        requestMs: config.controllerQuorumRequestTimeoutMs,
        retryMs: config.controllerQuorumRetryBackoffMs,
        fetchBytesMax: config.controllerQuorumFetchMaxBytes,
        snapshotBytesMax: config.controllerQuorumFetchSnapshotMaxBytes,
      },
      network: {
        net: env.net,
        random: env.random,
        listener: config.controllerListeners[0] ?? 'CONTROLLER',
        bootstrap: config.bootstrapControllers,
        canBeVoter: config.isController,
        joinsItself: config.isController && config.controllerQuorumAutoJoinEnable,
        software,
        ...(handshake === null ? {} : { handshake }),
      },
    },
    done,
  )
}
