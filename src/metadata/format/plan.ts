import { completeRecord } from '../codec.ts'
import {
  defaultFeatureLevel,
  type Feature,
  features,
  KRAFT_VERSION,
  METADATA_VERSION,
  type MetadataVersion,
  metadataLevel,
  metadataVersionFromText,
  metadataVersionOf,
  metadataVersions,
} from '../features.ts'
import type { MetadataRecord, MetadataRecordIn } from '../record.ts'

/** What a person asked `kafka-storage.sh format` for, as far as it decides the first metadata records. */
export interface FeatureAsk {
  /** `--release-version`; null = the newest production version. */
  readonly releaseVersion: string | null
  /** `--feature`: levels that differ from the release's defaults; kraft.version and metadata.version may be among them. */
  readonly levels: ReadonlyMap<string, number>
  /** unstable.feature.versions.enable */
  readonly isUnstableEnabled: boolean
  /** controller.quorum.voters is not set. */
  readonly hasDynamicQuorum: boolean
}

export interface FeaturePlan {
  readonly metadataVersion: MetadataVersion
  readonly kraftVersion: number
  /** metadata.version first, then the others of level > 0 by name. */
  readonly records: readonly MetadataRecord[]
}

/** Something that cannot be formatted so; the message is Kafka's. */
export class FormatError extends Error {
  override readonly name = 'FormatError'
  readonly code = 'EFORMAT'
}

export function planFeatures(ask: FeatureAsk): FeaturePlan {
  const metadataVersion = chooseMetadataVersion(ask)
  const names = features.map((f) => f.name)
  for (const name of ask.levels.keys()) {
    if (name === METADATA_VERSION || names.includes(name)) continue
    throw new FormatError(`Unsupported feature: ${name}. Supported features are: ${names.sort().join(', ')}`)
  }
  const levels = new Map([[METADATA_VERSION, metadataVersion.level]])
  for (const feature of features) levels.set(feature.name, chooseLevel(feature, metadataVersion.level, ask))
  for (const feature of features) checkDependencies(feature, levels)
  const records: MetadataRecordIn[] = [level(METADATA_VERSION, metadataVersion.level)]
  for (const name of [...levels.keys()].sort()) {
    const featureLevel = levels.get(name)!
    if (name !== METADATA_VERSION && name !== KRAFT_VERSION && featureLevel > 0) records.push(level(name, featureLevel))
  }
  return { metadataVersion, kraftVersion: levels.get(KRAFT_VERSION)!, records: records.map(completeRecord) }
}

function level(name: string, featureLevel: number): MetadataRecordIn {
  return { type: 'FeatureLevelRecord', value: { name, featureLevel } }
}

/** `--release-version`, or the metadata.version that text names, or Kafka's sentence on what may be named. */
export function metadataVersionNamed(text: string, isUnstableEnabled: boolean): MetadataVersion {
  const found = metadataVersionFromText(text, isUnstableEnabled)
  if (found !== null) return found
  const usable = metadataVersions.filter((v) => isUnstableEnabled || v.level <= metadataLevel.latestProduction)
  throw new FormatError(
    `Unknown metadata.version '${text}'. Supported metadata.version are: ${usable.map((v) => v.name).join(', ')}`,
  )
}

function chooseMetadataVersion(ask: FeatureAsk): MetadataVersion {
  const asked = ask.levels.get(METADATA_VERSION)
  if (ask.releaseVersion !== null) {
    if (asked !== undefined) {
      throw new FormatError('Use --release-version instead of --feature metadata.version=X to avoid ambiguity.')
    }
    return metadataVersionNamed(ask.releaseVersion, ask.isUnstableEnabled)
  }
  const level = asked ?? metadataLevel.latestProduction
  const found = metadataVersionOf(level)
  if (found === null) {
    throw new FormatError(
      `No MetadataVersion with feature level ${level}. Valid feature levels are from ${metadataLevel.minimum} to ${metadataLevel.latestTesting}.`,
    )
  }
  if (level > metadataLevel.latestProduction && !ask.isUnstableEnabled) {
    throw new FormatError(`metadata.version ${found.name} is not yet stable.`)
  }
  return found
}

function chooseLevel(feature: Feature, metadataVersion: number, ask: FeatureAsk): number {
  const asked = ask.levels.get(feature.name)
  if (feature.name === KRAFT_VERSION) return chooseKraftVersion(asked, ask.hasDynamicQuorum)
  if (asked === undefined) return defaultFeatureLevel(feature, metadataVersion)
  const max = ask.isUnstableEnabled ? feature.levels.length - 1 : feature.latestProduction
  if (asked < 0 || asked > max) throw new FormatError(`No feature:${feature.name} with feature level ${asked}`)
  return asked
}

const quorumFlags = 'one of the flags --standalone, --initial-controllers, or --no-initial-controllers is used'

function chooseKraftVersion(asked: number | undefined, hasDynamicQuorum: boolean): number {
  if (asked === undefined) return hasDynamicQuorum ? 1 : 0
  if (asked === 0 && hasDynamicQuorum) {
    throw new FormatError(
      `Cannot set kraft.version to 0 if controller.quorum.voters is empty and ${quorumFlags}. ` +
        'For dynamic controllers support, try removing the --feature flag for kraft.version.',
    )
  }
  if (asked !== 0 && !hasDynamicQuorum) {
    throw new FormatError(
      `Cannot set kraft.version to ${asked} unless controller.quorum.voters is empty and ${quorumFlags}. ` +
        'For dynamic controllers support, try using one of --standalone, --initial-controllers, or ' +
        '--no-initial-controllers and removing controller.quorum.voters.',
    )
  }
  if (asked < 0 || asked > 1) throw new FormatError(`No feature:kraft.version with feature level ${asked}`)
  return asked
}

function checkDependencies(feature: Feature, levels: ReadonlyMap<string, number>): void {
  const chosen = levels.get(feature.name)!
  for (const [needed, atLeast] of feature.levels[chosen]?.dependencies ?? []) {
    if ((levels.get(needed) ?? 0) >= atLeast) continue
    throw new FormatError(
      `${feature.name} could not be set to ${chosen} because it depends on ${needed} level ${atLeast}`,
    )
  }
}

/** What a node without `bootstrap.checkpoint` begins with: the newest production version and nothing else. */
export function defaultBootstrapRecords(): readonly MetadataRecord[] {
  return [completeRecord(level(METADATA_VERSION, metadataLevel.latestProduction))]
}
