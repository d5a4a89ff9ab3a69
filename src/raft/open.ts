import { METADATA_TOPIC_UUID, type Uuid } from '../bytes/index.ts'
import type { DirEntry, Done, Failure } from '../env/index.ts'
import { defaultLogConfig, type LogConfig, type LogStore, noLimit } from '../log/index.ts'
import { LocalRaftNode, type RaftEnv } from './node.ts'
import { corrupt, type QuorumFacts, readQuorumFacts } from './quorum-facts.ts'
import { decodeQuorumState } from './quorum-state.ts'
import { defaultSnapshotOptions, type SnapshotOptions, SnapshotStore } from './snapshot-store.ts'
import type { QuorumStateData, RaftState, RaftTimeouts } from './state.ts'
import { isSoleVoter } from './step.ts'
import type { Voter, VoterEndpoint } from './types.ts'

export interface RaftOptions {
  readonly env: RaftEnv
  readonly store: LogStore
  readonly clusterId: string
  readonly nodeId: number
  /** metadata.log.dir, or the first of log.dirs. */
  readonly directory: { readonly id: Uuid; readonly path: string }
  /** controller.quorum.voters; null = dynamic (KIP-853): the voters are in snapshots and log. */
  readonly staticVoters: readonly { readonly id: number; readonly host: string; readonly port: number }[] | null
  /** The controller listeners as others reach them; goes into the voter set. */
  readonly endpoints: readonly VoterEndpoint[]
  readonly timeouts?: Partial<RaftTimeouts>
  readonly snapshots?: Partial<SnapshotOptions>
  /** metadata.log.segment.bytes, metadata.log.segment.ms. */
  readonly segmentBytes?: number
  readonly segmentMs?: number
  /** True for a cluster that promises nothing past the process: nothing is ever synced. */
  readonly isEphemeral: boolean
}

export const metadataTopic = '__cluster_metadata'

/**
 * Opens the metadata log with all that stands beside it and takes this node's place in the quorum. The log is recovered
 * and the sole voter is on its way to lead when `done` is called. Fails with EQUORUM when the voters are not us alone
 * (a quorum of several is not built), ECORRUPT when a file does not say what it must.
 */
export function openRaftNode(options: RaftOptions, done: Done<LocalRaftNode>): void {
  const { env, store } = options
  const directory = `${options.directory.path}/${metadataTopic}-0`
  const fail = (failure: Failure): void => done(failure, undefined as never)
  env.disk.list(directory, (listFailure, entries) => {
    if (listFailure !== null && listFailure.code !== 'ENOENT') return fail(listFailure)
    const found: readonly DirEntry[] = listFailure === null ? entries : []
    readQuorumState(options, directory, found, (stateFailure, persisted) => {
      if (stateFailure !== null) return fail(stateFailure)
      const ask = {
        topic: metadataTopic,
        partition: 0,
        topicId: METADATA_TOPIC_UUID,
        config: metadataLogConfig(options),
        directoryId: options.directory.id,
        flush: options.isEphemeral ? ('ephemeral' as const) : ('sync' as const),
        isEndRequired: true,
      }
      store.open(ask, (openFailure, log) => {
        if (openFailure !== null) return fail(openFailure)
        const settings = { ...defaultSnapshotOptions, ...options.snapshots, isSynced: !options.isEphemeral }
        const snapshots = new SnapshotStore(env, directory, settings, log, found)
        const loss = whatIsLost(persisted, log.endOffset, snapshots, store)
        if (loss !== null) return fail({ code: 'ECORRUPT', message: `${directory} ${loss}`, retry: 'never' })
        readQuorumFacts(options, snapshots, log, (factsFailure, quorum) => {
          if (factsFailure !== null) return fail(factsFailure)
          snapshots.noteAppended(quorum.bytesSinceSnapshot)
          const state = initialState(options, quorum, persisted)
          const refusal = whyNotAlone(state)
          if (refusal !== null) return fail({ code: 'EQUORUM', message: refusal, retry: 'never' })
          const node = new LocalRaftNode({ env, state, log, snapshots, directory })
          done(null, node)
          node.start()
        })
      })
    })
  })
}

/** A partition is made when the metadata log has it. One that is there while the log is empty tells that the log is lost. */
function whatIsLost(
  persisted: QuorumStateData | null,
  endOffset: number,
  snapshots: SnapshotStore,
  store: LogStore,
): string | null {
  const witness = store.found.find(({ topic }) => topic !== metadataTopic)
  const isEmpty = endOffset === 0 && (snapshots.latest?.offset ?? 0) === 0
  if (persisted === null || persisted.leaderEpoch === 0 || !isEmpty || witness === undefined) return null
  return (
    `holds no metadata, yet there are partitions (${witness.topic}-${witness.partition}): the metadata log was lost. ` +
    'Put its files back from a copy; to begin anew without them, move all directories of partitions away'
  )
}

/** Nothing is ever deleted by age or size: only a snapshot makes records superfluous. */
function metadataLogConfig(options: RaftOptions): LogConfig {
  return {
    ...defaultLogConfig,
    segmentBytes: options.segmentBytes ?? defaultLogConfig.segmentBytes,
    segmentMs: options.segmentMs ?? defaultLogConfig.segmentMs,
    retentionMs: -1,
    retentionBytes: -1,
    maxMessageBytes: 2 ** 31 - 1,
    flushMessages: noLimit,
    flushMs: noLimit,
  }
}

function readQuorumState(
  options: RaftOptions,
  directory: string,
  found: readonly DirEntry[],
  done: Done<QuorumStateData | null>,
): void {
  if (!found.some((entry) => entry.name === 'quorum-state')) return done(null, null)
  options.env.disk.readAll(`${directory}/quorum-state`, 1 << 20, (failure, bytes) => {
    if (failure !== null) return done(failure, null)
    try {
      done(null, decodeQuorumState(bytes))
    } catch (thrown) {
      const failure = corrupt(`${directory}/quorum-state`, thrown)
      const wayOut = 'Remove it and start again: a node that is its only voter finds its epoch in the log'
      done({ ...failure, message: `${failure.message}. ${wayOut}` }, null)
    }
  })
}

function initialState(options: RaftOptions, quorum: QuorumFacts, persisted: QuorumStateData | null): RaftState {
  const { timeouts } = options
  const epoch = persisted?.leaderEpoch ?? 0
  return {
    clusterId: options.clusterId,
    local: localVoter(options),
    timeouts: {
      electionMs: timeouts?.electionMs ?? 1000,
      fetchMs: timeouts?.fetchMs ?? 2000,
      backoffMaxMs: timeouts?.backoffMaxMs ?? 1000,
      requestMs: timeouts?.requestMs ?? 2000,
    },
    epoch,
    role: {
      kind: 'unattached',
      votedKey: persisted?.votedKey ?? null,
      leaderId: persisted === null || persisted.leaderId < 0 ? null : persisted.leaderId,
    },
    voters: quorum.voters,
    kraftVersion: quorum.kraftVersion,
    votersOffset: quorum.votersOffset,
    highWatermark: -1,
    syncedEpoch: epoch,
  }
}

function localVoter(options: RaftOptions): Voter {
  return {
    key: { id: options.nodeId, directoryId: options.directory.id },
    endpoints: options.endpoints,
    kraftVersions: { min: 0, max: 1 },
  }
}

function whyNotAlone(state: RaftState): string | null {
  if (isSoleVoter(state)) return null
  const { id, directoryId } = state.local.key
  const voters = state.voters.map((v) => `${v.key.id}${v.key.directoryId === null ? '' : `@${v.key.directoryId}`}`)
  if (voters.length === 0) {
    return (
      `node ${id} knows no voters of the metadata quorum: set controller.quorum.voters, or format with --standalone ` +
      `(joining a quorum of other nodes is not built yet)`
    )
  }
  if (voters.length === 1 && state.voters[0]!.key.id === id) {
    return `the only voter is node ${voters[0]}, but the directory id of this node's metadata is ${directoryId}`
  }
  return `the voters of the metadata quorum are ${voters.join(', ')}; only a quorum of node ${id} alone is built yet`
}
