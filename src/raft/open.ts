import { METADATA_TOPIC_UUID, crc32c as pureCrc32c, type Uuid } from '../bytes/index.ts'
import type { DirEntry, Done, Failure, Net, Random } from '../env/index.ts'
import { defaultLogConfig, type LogConfig, type LogStore, noLimit } from '../log/index.ts'
import type { RaftEnv } from './driver.ts'
import { LocalRaftNode } from './node.ts'
import { corrupt, type QuorumFacts, readQuorumFacts } from './quorum-facts.ts'
import { decodeQuorumState } from './quorum-state.ts'
import { QuorumWatch } from './quorum-watch.ts'
import { defaultSnapshotOptions, type SnapshotOptions, SnapshotStore } from './snapshot-store.ts'
import { isSoleVoter, newRaftState, type QuorumStateData, type RaftState, type RaftTimeouts } from './state.ts'
import { RaftTransport, type TransportOptions } from './transport.ts'
import type { Voter, VoterEndpoint } from './types.ts'
import { metadataTopic } from './wire-requests.ts'

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
  /** How other nodes of the quorum are reached; without it the quorum must be this node alone. */
  readonly network?: RaftNetwork
}

export interface RaftNetwork {
  readonly net: Net
  /** Spreads elections and retries. */
  readonly random: Pick<Random, 'next'>
  /** First of controller.listener.names: the listener by which the quorum talks. */
  readonly listener: string
  /** controller.quorum.bootstrap.servers. */
  readonly bootstrap: readonly { readonly host: string; readonly port: number }[]
  /** process.roles holds controller: what it fetches must be on its disk before it asks for more. */
  readonly canBeVoter: boolean
  /** controller.quorum.auto.join.enable */
  readonly joinsItself: boolean
  /** KIP-511 */
  readonly software: { readonly name: string; readonly version: string }
  /** SASL on the controller listener. */
  readonly handshake?: TransportOptions['handshake']
}

/**
 * Opens the metadata log with all that stands beside it and takes this node's place in the quorum. The log is recovered
 * and the sole voter is on its way to lead when `done` is called. Fails with EQUORUM when there is nobody to form a quorum
 * with, ECORRUPT when a file does not say what it must.
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
        flush: flushModeOf(options),
        // An observer's log is a copy that it may fetch again.
        isEndRequired: canBeVoter(options),
      }
      store.open(ask, (openFailure, log) => {
        if (openFailure !== null) return fail(openFailure)
        const settings = { ...defaultSnapshotOptions, ...options.snapshots, isSynced: !options.isEphemeral }
        const snapshots = new SnapshotStore(env, directory, settings, log, found)
        const loss = canBeVoter(options) ? whatIsLost(persisted, log.endOffset, snapshots, store) : null
        if (loss !== null) return fail({ code: 'ECORRUPT', message: `${directory} ${loss}`, retry: 'never' })
        readQuorumFacts(options, snapshots, log, (factsFailure, quorum) => {
          if (factsFailure !== null) return fail(factsFailure)
          snapshots.noteAppended(quorum.bytesSinceSnapshot)
          const state = initialState(options, quorum, persisted)
          const refusal = options.network === undefined ? whyNotAlone(state) : whyNobody(state)
          if (refusal !== null) return fail({ code: 'EQUORUM', message: refusal, retry: 'never' })
          const watch = new QuorumWatch(env.clock, env.logger, state)
          const transport = transportOf(options, state, watch)
          const node = new LocalRaftNode({ env, state, log, snapshots, directory, transport }, watch)
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
  const { network, timeouts } = options
  return newRaftState({
    clusterId: options.clusterId,
    local: localVoter(options),
    listener: network?.listener ?? options.endpoints[0]?.name ?? 'CONTROLLER',
    bootstrap: (network?.bootstrap ?? []).map(({ host, port }, i) => ({ id: -2 - i, host, port })),
    joinsItself: network?.joinsItself ?? false,
    jitter: () => network?.random.next() ?? 0,
    persisted,
    history: quorum.history,
    ...(timeouts === undefined ? {} : { timeouts }),
  })
}

/** An observer that can never vote acknowledges nothing: its fetches need not wait for its disk. */
function flushModeOf(options: RaftOptions): 'ephemeral' | 'sync' | 'os' {
  if (options.isEphemeral) return 'ephemeral'
  return canBeVoter(options) ? 'sync' : 'os'
}

function canBeVoter({ network }: RaftOptions): boolean {
  return network === undefined || network.canBeVoter
}

function transportOf(options: RaftOptions, state: RaftState, watch: QuorumWatch): RaftTransport | null {
  const { network, env, nodeId } = options
  if (network === undefined) return null
  const { net, random, software, handshake } = network
  return new RaftTransport({
    net,
    clock: env.clock,
    random,
    crc32c: env.crc32c ?? pureCrc32c,
    clientId: `raft-client-${nodeId}`,
    software,
    connectTimeoutMs: state.timeouts.requestMs,
    ...(handshake === undefined ? {} : { handshake }),
    onAnswer: (to) => watch.answered(to),
    onTrouble: (to, failure) => {
      watch.failed(to, failure)
      env.logger.debug('A node of the metadata quorum could not be reached', {
        node: to.id,
        address: `${to.host}:${to.port}`,
        reason: failure.message,
      })
    },
  })
}

function localVoter(options: RaftOptions): Voter {
  return {
    key: { id: options.nodeId, directoryId: options.directory.id },
    endpoints: options.endpoints,
    kraftVersions: { min: 0, max: 1 },
  }
}

/** A node that knows nobody whom it could ask, or only itself with another disk, would wait for ever. */
function whyNobody(state: RaftState): string | null {
  const { history, local, bootstrap } = state
  const own = new Set(local.endpoints.map((e) => `${e.host}:${e.port}`))
  if (bootstrap.some((b) => !own.has(`${b.host}:${b.port}`))) return null
  const others = history.voters.filter((v) => v.key.id !== local.key.id)
  return others.length > 0 || isSoleVoter(state) ? null : whyNotAlone(state)
}

function whyNotAlone(state: RaftState): string | null {
  if (isSoleVoter(state)) return null
  const { id, directoryId } = state.local.key
  const known = state.history.voters
  const voters = known.map((v) => `${v.key.id}${v.key.directoryId === null ? '' : `@${v.key.directoryId}`}`)
  if (voters.length === 0) {
    return (
      `node ${id} knows no voters of the metadata quorum: set controller.quorum.bootstrap.servers to join one, ` +
      'or format with --standalone to begin one'
    )
  }
  if (voters.length === 1 && known[0]!.key.id === id) {
    return `the only voter is node ${voters[0]}, but the directory id of this node's metadata is ${directoryId}`
  }
  return `the voters of the metadata quorum are ${voters.join(', ')}; without a network node ${id} can only be alone`
}
