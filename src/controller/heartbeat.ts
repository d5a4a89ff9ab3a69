import type { Uuid } from '../bytes/index.ts'
import { type BrokerImage, type MetadataRecord, metadataLevel, metadataRecord } from '../metadata/index.ts'
import { errors } from '../protocol/index.ts'
import { followStanding } from './elections.ts'
import type { AskRequest, Outcome } from './inputs.ts'
import type { ControllerOptions } from './options.ts'
import { directoryOf } from './partition-change.ts'
import { refuseBrokerEpoch } from './registration.ts'
import { beginControlledShutdown, fenceBroker, unfenceBroker } from './standing.ts'
import type { ControllerState } from './state.ts'

type Request = AskRequest<'brokerHeartbeat'>

/** Where a broker stands:  fenced ⇄ unfenced → shuttingDown → gone, and from any of them to gone or fenced at once. */
type Standing = 'fenced' | 'unfenced' | 'shuttingDown' | 'gone'

/**
 * BrokerHeartbeat: a broker says that it lives, how far its image is, and what it wants; it is told where it stands.
 * STALE_BROKER_EPOCH when it is not registered or another incarnation is.
 */
export function heartbeat(
  state: ControllerState,
  options: ControllerOptions,
  request: Request,
  nowMonoMs: number,
): Outcome<'brokerHeartbeat'> {
  const { brokerId, brokerEpoch, currentMetadataOffset } = request
  const stale = refuseBrokerEpoch(state, brokerId, brokerEpoch)
  const registeredAt = state.registrationOffset(brokerId)
  if (stale !== errors.NONE || registeredAt === null) {
    return { records: [], response: { errorCode: errors.STALE_BROKER_EPOCH } }
  }
  const broker = state.image.brokers.get(brokerId)!
  const now = standingOf(state, broker)
  const next = nextStanding(state, broker, now, request, registeredAt)
  state.sessions.touch(brokerId, brokerEpoch, nowMonoMs, currentMetadataOffset)

  // It has said goodbye: its next incarnation need not wait for this one's session to run out.
  if (next === 'gone') state.sessions.remove(brokerId)
  return {
    records: [],
    rest: changes(state, options, broker, request, now === next ? null : next),
    response: {
      errorCode: errors.NONE,
      isCaughtUp: currentMetadataOffset >= registeredAt,
      isFenced: next === 'fenced' || next === 'gone',
      shouldShutDown: next === 'gone',
    },
  }
}

function* changes(
  state: ControllerState,
  options: ControllerOptions,
  broker: BrokerImage,
  { offlineLogDirs, cordonedLogDirs }: Request,
  next: Standing | null,
): Generator<MetadataRecord, void> {
  if (next === 'unfenced') yield* unfenceBroker(state, options, broker.id)
  else if (next === 'shuttingDown') yield* beginControlledShutdown(state, options, broker.id)
  else if (next === 'gone' || (next !== null && !broker.isFenced)) yield* fenceBroker(state, options, broker.id)
  if (state.metadataVersion >= metadataLevel.directoryAssignment) {
    yield* loseDirectories(state, options, broker, offlineLogDirs)
  }
  if (state.metadataVersion >= metadataLevel.cordonedLogDirs) yield* cordon(broker, cordonedLogDirs)
}

function standingOf(state: ControllerState, broker: BrokerImage): Standing {
  if (state.sessions.shutdownOffset(broker.id) >= 0) return 'shuttingDown'
  return broker.isFenced ? 'fenced' : 'unfenced'
}

function nextStanding(
  state: ControllerState,
  broker: BrokerImage,
  now: Standing,
  { wantFence, wantShutDown, currentMetadataOffset }: Request,
  registeredAt: number,
): Standing {
  if (now === 'fenced') {
    if (wantShutDown) return 'gone'
    // Caught up: it knows its registration, so it knows every assignment that was made before.
    return !wantFence && currentMetadataOffset >= registeredAt ? 'unfenced' : 'fenced'
  }
  if (now === 'unfenced') {
    if (wantFence) return wantShutDown ? 'gone' : 'fenced'
    if (!wantShutDown) return 'unfenced'
    return state.leadsAny(broker.id) ? 'shuttingDown' : 'gone'
  }
  if (state.leadsAny(broker.id)) return 'shuttingDown'
  return state.sessions.shutdownOffset(broker.id) <= lowestActiveOffset(state) ? 'gone' : 'shuttingDown'
}

/** How far every broker that stays has come: below it all know the new leaders. */
function lowestActiveOffset(state: ControllerState): number {
  let lowest = Number.POSITIVE_INFINITY
  for (const { id, isFenced } of state.image.brokers.values()) {
    if (isFenced || state.sessions.shutdownOffset(id) >= 0) continue
    lowest = Math.min(lowest, state.sessions.metadataOffset(id))
  }
  return lowest
}

/** Directories that failed: what was in them is no longer in sync. */
function* loseDirectories(
  state: ControllerState,
  options: ControllerOptions,
  broker: BrokerImage,
  offline: readonly Uuid[],
): Generator<MetadataRecord, void> {
  const lost = broker.directories.filter((d) => offline.includes(d))
  if (lost.length === 0) return
  const inLost = state.partitionsWhere((p) => lost.includes(directoryOf(p, broker.id)))
  yield* followStanding(state, options, inLost, { leaving: broker.id })
  yield metadataRecord('BrokerRegistrationChangeRecord', {
    brokerId: broker.id,
    brokerEpoch: broker.epoch,
    logDirs: broker.directories.filter((d) => !offline.includes(d)),
  })
}

/** Directories that shall get no new replicas (KIP-1066). Null = the broker says nothing. */
function cordon(broker: BrokerImage, cordoned: readonly Uuid[] | null): MetadataRecord[] {
  if (cordoned === null) return []
  const now = new Set(broker.cordonedDirectories)
  if (now.size === new Set(cordoned).size && cordoned.every((d) => now.has(d))) return []
  return [
    metadataRecord('BrokerRegistrationChangeRecord', {
      brokerId: broker.id,
      brokerEpoch: broker.epoch,
      cordonedLogDirs: cordoned,
    }),
  ]
}
