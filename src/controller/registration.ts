import { METADATA_VERSION, type MetadataRecord, metadataLevel, metadataRecord } from '../metadata/index.ts'
import { type ErrorCode, errors } from '../protocol/index.ts'
import type { AskContext, AskRequest, Outcome } from './inputs.ts'
import type { ControllerOptions } from './options.ts'
import { type Refusal, refuse } from './refusal.ts'
import { isReservedDirectory } from './replicas.ts'
import { endIncarnation, unregisterBrokerRecords } from './standing.ts'
import type { ControllerState } from './state.ts'

type Request = AskRequest<'brokerRegistration'>

/** From this request version on a broker says with PreviousBrokerEpoch that it went down in order. */
const tellsCleanShutdown = 3

/**
 * BrokerRegistration: a broker comes, fenced until it has caught up with its own registration. Its epoch is an offset,
 * so it grows with every incarnation. The same incarnation may register again to amend what it said.
 *
 * DUPLICATE_BROKER_REGISTRATION: another incarnation is alive, as far as its session tells (KIP-631).
 * INCONSISTENT_CLUSTER_ID, INVALID_REGISTRATION (directories, no metadata.version), UNSUPPORTED_VERSION (it cannot run a
 * finalized feature level), BROKER_ID_NOT_REGISTERED (of the ZooKeeper age).
 */
export function registerBroker(
  state: ControllerState,
  options: ControllerOptions,
  request: Request,
  context: AskContext,
  nowMonoMs: number,
): Outcome<'brokerRegistration'> {
  const wrong = refuseRegistration(state, options, request, context, nowMonoMs)
  if (wrong !== null) return { records: [], response: { errorCode: wrong.code, brokerEpoch: -1 } }
  const { brokerId, incarnationId, previousBrokerEpoch } = request
  const existing = state.image.brokers.get(brokerId)
  const isAmendment = existing?.incarnationId === incarnationId
  const brokerEpoch = isAmendment ? existing.epoch : state.nextOffset
  const wasClean = context.version >= tellsCleanShutdown && existing?.epoch === previousBrokerEpoch
  const former = isAmendment ? [] : endIncarnation(state, options, brokerId, wasClean)
  if (!isAmendment) state.sessions.remove(brokerId)
  const hasDirectories = state.metadataVersion >= metadataLevel.directoryAssignment
  const registration = metadataRecord('RegisterBrokerRecord', {
    brokerId,
    incarnationId,
    brokerEpoch,
    rack: request.rack,
    endPoints: request.listeners,
    features: request.features,
    fenced: isAmendment ? existing.isFenced : true,
    inControlledShutdown: isAmendment ? existing.isInControlledShutdown : false,
    logDirs: hasDirectories ? request.logDirs : [],
  })
  return { records: [], rest: allOf(former, registration), response: { errorCode: errors.NONE, brokerEpoch } }
}

function* allOf(before: Iterable<MetadataRecord>, last: MetadataRecord): Generator<MetadataRecord, void> {
  yield* before
  yield last
}

function refuseRegistration(
  state: ControllerState,
  options: ControllerOptions,
  request: Request,
  context: AskContext,
  nowMonoMs: number,
): Refusal | null {
  const { brokerId, clusterId, incarnationId } = request
  if (clusterId !== options.clusterId) {
    return refuse(
      errors.INCONSISTENT_CLUSTER_ID,
      `Expected cluster ID ${options.clusterId}, but got cluster ID ${clusterId}`,
    )
  }
  const existing = state.image.brokers.get(brokerId)
  const timeoutMs = options.config.brokerSessionTimeoutMs
  if (
    existing !== undefined &&
    existing.incarnationId !== incarnationId &&
    context.formerIncarnationIsDead !== true &&
    state.sessions.isAlive(brokerId, existing.epoch, nowMonoMs, timeoutMs)
  ) {
    return refuse(errors.DUPLICATE_BROKER_REGISTRATION, 'Another broker is registered with that broker id.')
  }
  if (request.isMigratingZkBroker) {
    return refuse(errors.BROKER_ID_NOT_REGISTERED, 'Controller does not support registering ZK brokers.')
  }
  return refuseDirectories(state, request) ?? refuseFeatures(state, options, request)
}

function refuseDirectories(state: ControllerState, { brokerId, logDirs }: Request): Refusal | null {
  if (state.metadataVersion < metadataLevel.directoryAssignment) return null
  const no = (message: string) => refuse(errors.INVALID_REGISTRATION, message)
  if (logDirs.length === 0) return no('No directories specified in request')
  if (logDirs.some(isReservedDirectory)) return no('Reserved directory ID in request')
  if (new Set(logDirs).size !== logDirs.length) return no('Duplicate directory ID in request')
  for (const other of state.image.brokers.values()) {
    const shared = other.id === brokerId ? undefined : logDirs.find((d) => other.directories.includes(d))
    if (shared !== undefined) return no(`Broker ${other.id} is already registered with directory ${shared}`)
  }
  return null
}

/** Every finalized feature must lie within what the broker can run; what it does not name it cannot. */
function refuseFeatures(state: ControllerState, options: ControllerOptions, { features }: Request): Refusal | null {
  if (!features.some((f) => f.name === METADATA_VERSION)) {
    return refuse(errors.INVALID_REGISTRATION, "Request features do not contain 'metadata.version'")
  }
  const finalized = new Map([...state.image.features, ['kraft.version', options.quorum().kraftVersion]])
  finalized.set(METADATA_VERSION, state.metadataVersion)
  const named = new Map(features.map((f) => [f.name, f]))
  for (const name of new Set([...named.keys(), ...finalized.keys()])) {
    const level = finalized.get(name) ?? 0
    const { minSupportedVersion: min, maxSupportedVersion: max } = named.get(name) ?? {
      minSupportedVersion: 0,
      maxSupportedVersion: 0,
    }
    if (level >= min && level <= max) continue
    return refuse(
      errors.UNSUPPORTED_VERSION,
      `Unable to register because the broker does not support finalized version ${level} of ${name}. The broker wants a version between ${min} and ${max}, inclusive.`,
    )
  }
  return null
}

/** Whether this is the epoch of a registered broker: STALE_BROKER_EPOCH when another incarnation took its place. */
export function refuseBrokerEpoch(state: ControllerState, brokerId: number, brokerEpoch: number): ErrorCode {
  return state.image.brokers.get(brokerId)?.epoch === brokerEpoch ? errors.NONE : errors.STALE_BROKER_EPOCH
}

/** UnregisterBroker: forgets a broker that will not come back. BROKER_ID_NOT_REGISTERED. */
export function unregisterBroker(
  state: ControllerState,
  options: ControllerOptions,
  { brokerId }: AskRequest<'unregisterBroker'>,
): Outcome<'unregisterBroker'> {
  if (!state.image.brokers.has(brokerId)) {
    const { code, message } = refuse(
      errors.BROKER_ID_NOT_REGISTERED,
      `Broker ID ${brokerId} is not currently registered`,
    )
    return { records: [], response: { errorCode: code, errorMessage: message } }
  }
  return {
    records: [],
    rest: unregisterBrokerRecords(state, options, brokerId),
    response: { errorCode: errors.NONE, errorMessage: null },
  }
}

/** ControllerRegistration: where a controller can be reached and what it can run (KIP-919). UNSUPPORTED_VERSION before 3.7-IV0. */
export function registerController(
  state: ControllerState,
  request: AskRequest<'controllerRegistration'>,
): Outcome<'controllerRegistration'> {
  if (state.metadataVersion < metadataLevel.controllerRegistration) {
    const message = 'The current MetadataVersion is too old to support controller registrations.'
    return { records: [], response: { errorCode: errors.UNSUPPORTED_VERSION, errorMessage: message } }
  }
  const record = metadataRecord('RegisterControllerRecord', {
    controllerId: request.controllerId,
    incarnationId: request.incarnationId,
    zkMigrationReady: false,
    endPoints: request.listeners,
    features: request.features,
  })
  return { records: [record], response: { errorCode: errors.NONE, errorMessage: null } }
}
