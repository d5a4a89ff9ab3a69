/**
 * Feature levels of Kafka 4.3 (KIP-584, KIP-1022): what each may be, since when it is the default, and what it needs.
 * One table feeds formatting, ApiVersions, UpdateFeatures, `version-mapping` and `feature-dependencies`.
 */
export interface FeatureLevel {
  readonly level: number
  /** Lowest metadata.version of which this is the default on a new cluster. */
  readonly bootstrapMetadataVersion: number
  /** Feature name to the level it needs. */
  readonly dependencies: ReadonlyMap<string, number>
}

export interface Feature {
  readonly name: string
  readonly levels: readonly FeatureLevel[]
  /** Highest level that is supported without `unstable.feature.versions.enable`. */
  readonly latestProduction: number
}

export const METADATA_VERSION = 'metadata.version'
export const KRAFT_VERSION = 'kraft.version'

export interface MetadataVersion {
  readonly level: number
  /** Such as `4.3-IV0`. */
  readonly name: string
  /** Such as `4.3`. */
  readonly release: string
  /** Its records are laid out differently from the version before: a downgrade across it loses metadata. */
  readonly isMetadataChange: boolean
}

const version = (level: number, name: string, isMetadataChange = false): MetadataVersion =>
  Object.freeze({ level, name, release: name.slice(0, name.indexOf('-')), isMetadataChange })

/** Ascending, without gaps. */
export const metadataVersions: readonly MetadataVersion[] = Object.freeze([
  version(7, '3.3-IV3', true),
  version(8, '3.4-IV0', true),
  version(9, '3.5-IV0'),
  version(10, '3.5-IV1'),
  version(11, '3.5-IV2', true),
  version(12, '3.6-IV0'),
  version(13, '3.6-IV1', true),
  version(14, '3.6-IV2', true),
  version(15, '3.7-IV0', true),
  version(16, '3.7-IV1'),
  version(17, '3.7-IV2', true),
  version(18, '3.7-IV3'),
  version(19, '3.7-IV4'),
  version(20, '3.8-IV0'),
  version(21, '3.9-IV0'),
  version(22, '4.0-IV0'),
  version(23, '4.0-IV1', true),
  version(24, '4.0-IV2'),
  version(25, '4.0-IV3'),
  version(26, '4.1-IV0'),
  version(27, '4.1-IV1'),
  version(28, '4.2-IV0'),
  version(29, '4.2-IV1'),
  version(30, '4.3-IV0', true),
  version(31, '4.4-IV0'),
])

/** Levels that code asks about, named after what begins with them. */
export const metadataLevel = Object.freeze({
  minimum: 7,
  inControlledShutdownAndZkMigration: 8,
  scram: 11,
  transactions: 13,
  delegationTokens: 14,
  controllerRegistration: 15,
  directoryAssignment: 17,
  eligibleLeaderReplicas: 23,
  cordonedLogDirs: 30,
  latestProduction: 30,
  latestTesting: 31,
})

const none: ReadonlyMap<string, number> = new Map()
const levels = (...since: (readonly [number, ReadonlyMap<string, number>?])[]): readonly FeatureLevel[] =>
  Object.freeze(
    since.map(([bootstrapMetadataVersion, dependencies], level) =>
      Object.freeze({ level, bootstrapMetadataVersion, dependencies: dependencies ?? none }),
    ),
  )

/** In the order in which Kafka's tools print them; metadata.version stands apart in {@link metadataVersions}. */
export const features: readonly Feature[] = Object.freeze([
  { name: KRAFT_VERSION, levels: levels([7], [21]), latestProduction: 1 },
  { name: 'transaction.version', levels: levels([7], [24], [24]), latestProduction: 2 },
  { name: 'group.version', levels: levels([7], [22]), latestProduction: 1 },
  {
    name: 'eligible.leader.replicas.version',
    levels: levels([7], [26, new Map([[METADATA_VERSION, metadataLevel.eligibleLeaderReplicas]])]),
    latestProduction: 1,
  },
  { name: 'share.version', levels: levels([7], [28]), latestProduction: 1 },
  { name: 'streams.version', levels: levels([7], [29]), latestProduction: 1 },
])

export function featureNamed(name: string): Feature | null {
  return features.find((f) => f.name === name) ?? null
}

/** The level that a new cluster of this metadata.version gets. */
export function defaultFeatureLevel(feature: Feature, metadataVersion: number): number {
  let level = 0
  for (const l of feature.levels) if (l.bootstrapMetadataVersion <= metadataVersion) level = l.level
  return level
}

export function metadataVersionOf(level: number): MetadataVersion | null {
  return metadataVersions[level - metadataLevel.minimum] ?? null
}

/**
 * The metadata.version that `text` names: a full name (`4.1-IV0`), a release (`4.1`: its newest), or null. What follows a
 * second dot is not looked at, so a patch release (`4.1.1`) names its release. Versions that are not yet production need `isUnstableEnabled`.
 */
export function metadataVersionFromText(text: string, isUnstableEnabled: boolean): MetadataVersion | null {
  const usable = metadataVersions.filter((v) => isUnstableEnabled || v.level <= metadataLevel.latestProduction)
  const [major, minor] = text.split('.')
  const named = `${major}.${minor}`
  return usable.findLast((v) => v.name === named || v.release === named) ?? null
}

/** What a node says it can do, in registration and ApiVersions: name to range of levels. */
export function supportedFeatures(
  isUnstableEnabled: boolean,
): ReadonlyMap<string, { readonly min: number; readonly max: number }> {
  const supported = new Map<string, { min: number; max: number }>([
    [
      METADATA_VERSION,
      {
        min: metadataLevel.minimum,
        max: isUnstableEnabled ? metadataLevel.latestTesting : metadataLevel.latestProduction,
      },
    ],
  ])
  for (const feature of features) {
    const max = isUnstableEnabled ? feature.levels.length - 1 : feature.latestProduction
    supported.set(feature.name, { min: 0, max })
  }
  return supported
}
