import {
  configResourceType,
  featureNamed,
  KRAFT_VERSION,
  METADATA_VERSION,
  type MetadataRecord,
  metadataLevel,
  metadataRecord,
  metadataVersionOf,
} from '../metadata/index.ts'
import { errors } from '../protocol/index.ts'
import type { AskContext, AskRequest, Outcome } from './inputs.ts'
import type { ControllerOptions } from './options.ts'
import { isRefusal, type Refusal, refuse } from './refusal.ts'
import type { ControllerState } from './state.ts'

type Request = AskRequest<'updateFeatures'>
type Update = Request['featureUpdates'][number]

const ELR_VERSION = 'eligible.leader.replicas.version'
/** FeatureUpdate.UpgradeType codes (KIP-778). */
const UPGRADE = 1
const UNSAFE_DOWNGRADE = 3

/**
 * UpdateFeatures: raises or lowers finalized feature levels, all or none. INVALID_UPDATE_VERSION with the reason: a node
 * that cannot run it, a downgrade not asked for or one that would lose metadata, a dependency.
 */
export function updateFeatures(
  state: ControllerState,
  options: ControllerOptions,
  request: Request,
  { version }: AskContext,
): Outcome<'updateFeatures'> {
  const levels = new Map(state.image.features)
  levels.set(METADATA_VERSION, state.metadataVersion)
  for (const { feature, maxVersionLevel } of request.featureUpdates) levels.set(feature, maxVersionLevel)
  const records: MetadataRecord[] = []
  for (const update of request.featureUpdates) {
    const updated = updateFeature(state, options, upgradeTypeOf(update, version), update, levels)
    if (isRefusal(updated)) {
      const errorMessage = `The update failed for all features since the following feature had an error: ${updated.message}`
      return { records: [], response: { errorCode: updated.code, errorMessage, results: [] } }
    }
    records.push(...updated)
  }
  const results =
    version <= 1 ? request.featureUpdates.map((u) => ({ feature: u.feature, errorCode: 0, errorMessage: null })) : []
  return {
    records: request.validateOnly ? [] : [...elrSafety(state, options, request.featureUpdates), ...records],
    response: { errorCode: errors.NONE, errorMessage: null, results },
  }
}

/** Version 0 has only a flag in its place, which Apache Kafka does not look at any more. */
function upgradeTypeOf({ upgradeType }: Update, version: number): number {
  return version > 0 ? upgradeType : UPGRADE
}

function updateFeature(
  state: ControllerState,
  options: ControllerOptions,
  upgradeType: number,
  { feature, maxVersionLevel: level }: Update,
  levels: ReadonlyMap<string, number>,
): MetadataRecord[] | Refusal {
  const no = (why: string) =>
    refuse(errors.INVALID_UPDATE_VERSION, `Invalid update version ${level} for feature ${feature}. ${why}`)
  if (upgradeType < UPGRADE || upgradeType > UNSAFE_DOWNGRADE) {
    return no('The controller does not support the given upgrade type.')
  }
  const current = currentLevel(state, options, feature)
  if (level < 0) return no('A feature version cannot be less than 0.')
  const unsupported = whyUnsupported(state, options, feature, level)
  if (unsupported !== null) return no(unsupported)
  if (level < current && upgradeType === UPGRADE) {
    return no(
      "Can't downgrade the version of this feature without setting the upgrade type to either safe or unsafe downgrade.",
    )
  }
  if (level > current && upgradeType !== UPGRADE) return no("Can't downgrade to a newer version.")

  if (feature === KRAFT_VERSION) {
    if (level === current) return []
    if (level < current) return no("Can't downgrade the version of this feature.")
    const refused = options.refuseKraftVersion(level)
    return refused === null ? [] : refuse(refused.code, refused.message ?? '')
  }
  if (feature === METADATA_VERSION) {
    const wrong = refuseMetadataVersion(current, level, upgradeType)
    if (wrong !== null) return wrong
  } else {
    const wrong = missingDependency(feature, level, levels)
    if (wrong !== null) return no(wrong)
  }
  return [metadataRecord('FeatureLevelRecord', { name: feature, featureLevel: level })]
}

function currentLevel(state: ControllerState, options: ControllerOptions, feature: string): number {
  if (feature === METADATA_VERSION) return state.metadataVersion
  if (feature === KRAFT_VERSION) return options.quorum().kraftVersion
  return state.image.features.get(feature) ?? 0
}

interface Range {
  readonly min: number
  readonly max: number
}

/** Which node cannot run the level: this one, a broker, another controller, or one that has not said. */
function whyUnsupported(
  state: ControllerState,
  options: ControllerOptions,
  feature: string,
  level: number,
): string | null {
  const why = (who: string, { min, max }: Range = { min: 0, max: 0 }) => {
    if (level >= min && level <= max) return null
    if (max === 0) return `${who} does not support this feature.`
    return `${who} only supports versions ${min === max ? min : `${min}-${max}`}`
  }
  const local = why(`Local controller ${options.nodeId}`, options.supportedFeatures.get(feature))
  if (local !== null) return local
  for (const broker of state.image.brokers.values()) {
    const reason = why(`Broker ${broker.id}`, broker.supportedFeatures.get(feature))
    if (reason !== null) return reason
  }
  if (state.metadataVersion < metadataLevel.controllerRegistration) return null
  for (const controller of state.image.controllers.values()) {
    if (controller.id === options.nodeId) continue
    const reason = why(`Controller ${controller.id}`, controller.supportedFeatures.get(feature))
    if (reason !== null) return reason
  }
  const silent = options.quorum().voterIds.find((id) => id !== options.nodeId && !state.image.controllers.has(id))
  return silent === undefined ? null : `controller ${silent} has not registered, and may not support this feature`
}

function refuseMetadataVersion(current: number, level: number, upgradeType: number): Refusal | null {
  if (metadataVersionOf(level) === null) {
    return refuse(
      errors.INVALID_UPDATE_VERSION,
      `Invalid metadata.version ${level}. Valid versions are from ${metadataLevel.minimum} to ${metadataLevel.latestTesting}.`,
    )
  }
  if (level >= current || !losesMetadata(current, level)) return null
  const why =
    upgradeType === UNSAFE_DOWNGRADE
      ? 'Unsafe metadata downgrade is not supported in this version.'
      : 'Refusing to perform the requested downgrade because it might delete metadata information.'
  return refuse(
    errors.INVALID_UPDATE_VERSION,
    `Unsupported metadata.version downgrade from ${current} to ${level}. ${why}`,
  )
}

/** Whether a version between them changed how records look. */
function losesMetadata(from: number, to: number): boolean {
  for (let level = from; level > to; level--) if (metadataVersionOf(level)?.isMetadataChange === true) return true
  return false
}

function missingDependency(feature: string, level: number, levels: ReadonlyMap<string, number>): string | null {
  const row = featureNamed(feature)?.levels[level]
  if (row === undefined) return `Feature ${feature} has no level ${level}.`
  for (const [name, needed] of row.dependencies) {
    if ((levels.get(name) ?? 0) < needed) {
      return `${feature} could not be set to ${level} because it depends on ${name} level ${needed}`
    }
  }
  return null
}

/** Turning ELR on: min.insync.replicas must be the cluster's alone, else controllers would disagree on who is eligible. */
function elrSafety(state: ControllerState, options: ControllerOptions, updates: readonly Update[]): MetadataRecord[] {
  if (!updates.some((u) => u.feature === ELR_VERSION && u.maxVersionLevel > 0)) return []
  const name = 'min.insync.replicas'
  const resourceType = configResourceType.broker
  const records: MetadataRecord[] = []
  if (!state.values(resourceType, '').has(name)) {
    const value = String(options.config.minInsyncReplicas)
    records.push(metadataRecord('ConfigRecord', { resourceType, resourceName: '', name, value }))
  }
  for (const { type, name: resourceName, values } of state.image.configs.values()) {
    if (type !== resourceType || resourceName === '' || !values.has(name)) continue
    records.push(metadataRecord('ConfigRecord', { resourceType, resourceName, name, value: null }))
  }
  return records
}
