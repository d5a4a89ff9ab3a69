import { type Admin, type FeatureUpdate, isKafkaError, type KafkaError } from '../../client/index.ts'
import {
  defaultFeatureLevel,
  featureNamed,
  features as featureTable,
  METADATA_VERSION,
  type MetadataVersion,
  metadataLevel,
  metadataVersionFromText,
  metadataVersionOf,
  metadataVersions,
} from '../../metadata/index.ts'
import { apacheCause, apacheText } from '../apache-texts.ts'
import { type Given, type OptionSpec, type ParserSpec, parseArguments } from '../argparse.ts'
import { parseInteger } from '../jopt.ts'
import { connectionOptions, withQuorumAdmin } from '../quorum-connection.ts'
import type { Tool } from '../tool.ts'
import { type CliWorld, isToolFailure, ToolFailure } from '../world.ts'

const release: OptionSpec = {
  name: 'release-version',
  kind: 'value',
  help: 'Bring all features to what they are in this release, such as 4.1-IV1; version-mapping tells.',
}
const metadata: OptionSpec = { name: 'metadata', kind: 'value', help: 'DEPRECATED: the level of metadata.version.' }
const feature: OptionSpec = { name: 'feature', kind: 'values', help: 'A feature and its level, as name=level.' }
const unsafe: OptionSpec = { name: 'unsafe', kind: 'flag', help: 'Even when metadata may be lost for good.' }
const dryRun: OptionSpec = { name: 'dry-run', kind: 'flag', help: 'Say what would be done, and do not do it.' }

const spec: ParserSpec = {
  program: 'kafka-features',
  description: 'This tool shows and changes the levels of the features of a cluster.',
  options: connectionOptions(false),
  commands: [
    {
      name: 'describe',
      help: 'Print the features and their levels.',
      options: [
        {
          name: 'node-id',
          kind: 'value',
          type: 'Integer',
          help: 'The node to ask; any of them when left out.',
        },
      ],
    },
    { name: 'upgrade', help: 'Bring features to higher levels.', options: [metadata, release, feature, dryRun] },
    {
      name: 'downgrade',
      help: 'Bring features to lower levels.',
      options: [metadata, release, feature, unsafe, dryRun],
    },
    {
      name: 'disable',
      help: 'Bring features to level 0.',
      options: [{ name: 'feature', kind: 'values', help: 'The name of a feature.' }, unsafe, dryRun],
    },
    {
      name: 'version-mapping',
      help: 'Print the levels that the features have in a release.',
      options: [{ name: 'release-version', kind: 'value', help: 'The release; the newest when left out.' }],
    },
    {
      name: 'feature-dependencies',
      help: 'Print what a level of a feature needs.',
      options: [{ ...feature, isRequired: true }],
    },
  ],
}

/** kafka-features.sh */
export const features: Tool = async (args, world) => {
  const parsed = parseArguments(spec, args)
  if (parsed.kind === 'help') {
    world.out(`${parsed.lines.join('\n')}\n`)
    return 0
  }
  const mistake = (message: string) => {
    world.err(`Command line error: ${message}. Type --help for help.`)
    return 1
  }
  if (parsed.kind === 'error') return mistake(parsed.message)
  const { command, given, main } = parsed
  if (!main.has('bootstrap-server') && !main.has('bootstrap-controller')) {
    return mistake('You must specify either --bootstrap-controller or --bootstrap-server.')
  }
  try {
    if (command === 'version-mapping') tellMapping(given, world)
    else if (command === 'feature-dependencies') tellDependencies(given, world)
    else if (command === 'describe') await withQuorumAdmin(main, world, (admin) => describe(given, admin, world))
    else {
      const updates = command === 'disable' ? disabled(given) : changed(command, given, world)
      if (updates.length === 0) throw new ToolFailure(`You must specify at least one feature to ${command}`)
      await withQuorumAdmin(main, world, (admin) => update(command, updates, given.has('dry-run'), admin, world))
    }
    return 0
  } catch (thrown) {
    if (!isToolFailure(thrown) && !(isKafkaError(thrown) && thrown.code !== 'UNKNOWN_HOST')) throw thrown
    world.err(`${isKafkaError(thrown) ? apacheCause(thrown) : thrown.message}\n`)
    return 1
  }
}

function levelText(name: string, level: number): string {
  if (name !== METADATA_VERSION) return String(level)
  return metadataVersionOf(level)?.name ?? `UNKNOWN ${level}`
}

async function describe(o: Given, admin: Admin, world: CliWorld): Promise<void> {
  const node = o.number('node-id')
  if (node !== null && node < 0) throw new ToolFailure(`Invalid node id ${node}: must be non-negative.`)
  if (node !== null) {
    const known = (await admin.describeCluster()).nodes.map(({ id }) => id)
    if (!known.includes(node))
      throw new ToolFailure(`Node ${node} is not in the cluster: there are ${known.join(', ')}`)
  }
  const { supported, finalized, finalizedEpoch } = await admin.describeFeatures(node === null ? {} : { nodeId: node })
  for (const [name, { min, max }] of [...supported].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const column = (level: number) => levelText(name, level).padEnd(15)
    world.out(
      `Feature: ${name.padEnd(40)}  SupportedMinVersion: ${column(min)}  SupportedMaxVersion: ${column(max)}  ` +
        `FinalizedVersionLevel: ${column(finalized.get(name) ?? 0)}  Epoch: ${finalizedEpoch ?? '-'}\n`,
    )
  }
}

function releaseNamed(text: string): MetadataVersion {
  const found = metadataVersionFromText(text, true)
  if (found !== null) return found
  const known = metadataVersions.map((v) => v.name).join(', ')
  throw new ToolFailure(`Unknown metadata.version '${text}'. Supported metadata.version are: ${known}`)
}

function nameAndLevel(text: string): [name: string, level: number] {
  const at = text.indexOf('=')
  if (at < 0) throw new ToolFailure(`Can't parse feature=level string ${text}: equals sign not found.`)
  const [name, digits] = [text.slice(0, at).trim(), text.slice(at + 1).trim()]
  const level = parseInteger(digits, 'Integer')
  if (level === null || level < -32_768 || level > 32_767) {
    throw new ToolFailure(`Can't parse feature=level string ${text}: unable to parse ${digits} as a short.`)
  }
  return [name, level]
}

function once(updates: readonly FeatureUpdate[]): FeatureUpdate[] {
  const seen = new Set<string>()
  for (const { name } of updates) {
    if (seen.has(name)) throw new ToolFailure(`Feature ${name} was specified more than once.`)
    seen.add(name)
  }
  return [...updates]
}

type UpdateType = NonNullable<FeatureUpdate['type']>

function downgradeType(o: Given): UpdateType {
  return o.has('unsafe') ? 'unsafeDowngrade' : 'safeDowngrade'
}

function changed(command: string, o: Given, world: CliWorld): FeatureUpdate[] {
  const type: UpdateType = command === 'upgrade' ? 'upgrade' : downgradeType(o)
  if (o.has('release-version')) {
    if (o.has('metadata') || o.has('feature')) {
      throw new ToolFailure('Can not specify `release-version` with other feature flags.')
    }
    const version = releaseNamed(o.value('release-version')!)
    const levels = featureTable.map((f) => ({ name: f.name, level: defaultFeatureLevel(f, version.level), type }))
    // nothing is upgraded to 0
    const asked = levels.filter(({ level }) => type !== 'upgrade' || level > 0)
    return [{ name: METADATA_VERSION, level: version.level, type }, ...asked]
  }
  const updates: FeatureUpdate[] = []
  if (o.has('metadata')) {
    world.out(' `metadata` flag is deprecated and may be removed in a future release.\n')
    updates.push({ name: METADATA_VERSION, level: releaseNamed(o.value('metadata')!).level, type })
  }
  for (const text of o.values('feature')) {
    const [name, level] = nameAndLevel(text)
    updates.push({ name, level, type })
  }
  return once(updates)
}

function disabled(o: Given): FeatureUpdate[] {
  return once(o.values('feature').map((name) => ({ name, level: 0, type: downgradeType(o) })))
}

async function update(
  command: string,
  updates: readonly FeatureUpdate[],
  isDryRun: boolean,
  admin: Admin,
  world: CliWorld,
): Promise<void> {
  let error: KafkaError | null = null
  try {
    await admin.updateFeatures(updates, { validateOnly: isDryRun })
  } catch (thrown) {
    if (!isKafkaError(thrown) || thrown.number === -1) throw thrown
    error = thrown
  }
  for (const { name, level } of [...updates].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (error !== null) {
      const what = level === 0 ? `disable ${name}` : `${command} ${name} to ${level}`
      world.out(`${isDryRun ? 'Can not' : 'Could not'} ${what}. ${apacheText(error)}\n`)
    } else {
      const what = level === 0 ? 'disabled' : `${command}d to ${level}`
      world.out(`${name}${isDryRun ? ' can be ' : ' was '}${what}.\n`)
    }
  }
  if (error !== null) throw new ToolFailure(`${updates.length} out of ${updates.length} operation(s) failed.`)
}

function tellMapping(o: Given, world: CliWorld): void {
  const asked = o.value('release-version')
  const version = asked === null ? metadataVersionOf(metadataLevel.latestProduction)! : releaseNamed(asked)
  world.out(`${METADATA_VERSION}=${version.level} (${version.name})\n`)
  for (const f of featureTable) world.out(`${f.name}=${defaultFeatureLevel(f, version.level)}\n`)
}

function tellDependencies(o: Given, world: CliWorld): void {
  for (const text of o.values('feature')) {
    const [name, level] = nameAndLevel(text)
    const said = (n: string, l: number) => `${n}=${l}${n === METADATA_VERSION ? ` (${levelText(n, l)})` : ''}`
    const needs = [...dependenciesOf(name, level)]
    if (needs.length === 0) world.out(`${said(name, level)} has no dependencies.\n`)
    else {
      world.out(`${name}=${level} requires:\n`)
      for (const [needed, neededLevel] of needs) world.out(`    ${said(needed, neededLevel)}\n`)
    }
  }
}

function dependenciesOf(name: string, level: number): ReadonlyMap<string, number> {
  if (name === METADATA_VERSION) {
    if (metadataVersionOf(level) !== null) return new Map()
    const { minimum, latestTesting } = metadataLevel
    throw new ToolFailure(
      `No MetadataVersion with feature level ${level}. Valid feature levels are from ${minimum} to ${latestTesting}.`,
    )
  }
  const found = featureNamed(name)
  if (found === null) throw new ToolFailure(`Unknown feature: ${name}`)
  const at = found.levels[level]
  if (at === undefined) throw new ToolFailure(`No feature:${name} with feature level ${level}`)
  return at.dependencies
}
