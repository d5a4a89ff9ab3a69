import { type BrokerConfig, parseBrokerConfig } from '../config/index.ts'
import type { Disk, Failure, Heavy } from '../env/index.ts'
import { describeMetaProperties, type StoredMetaProperties } from '../log/index.ts'
import {
  defaultFeatureLevel,
  FormatError,
  features,
  type InitialVoter,
  METADATA_VERSION,
  type MetadataRecord,
  metadataLevel,
  metadataVersionNamed,
  metadataVersionOf,
  parseInitialVoters,
  parseScramArgument,
  planFeatures,
} from '../metadata/index.ts'
import {
  type FormatEnv,
  type FoundDirectory,
  findDirectories,
  formatStorage,
  newUuid,
  scramCredentialRecord,
} from '../raft/index.ts'
import { type CommandSpec, type Given, parseArguments } from './argparse.ts'

/** What the tool needs of a CliWorld. */
export interface StorageToolWorld {
  readonly env: FormatEnv & { readonly heavy: Heavy }
  /** What relative paths are relative to; absolute. */
  readonly workingDirectory: string
  out(text: string): void
  err(text: string): void
}

interface Lines {
  readonly env: StorageToolWorld['env']
  readonly workingDirectory: string
  out(line: string): void
  err(line: string): void
}

const config = {
  name: 'config',
  short: 'c',
  kind: 'value',
  isRequired: true,
  help: 'The configuration file of the node.',
} as const

const commands: readonly CommandSpec[] = [
  { name: 'info', help: 'Show the state of the log directories of this node.', options: [config] },
  {
    name: 'format',
    help: 'Format the log directories of this node.',
    options: [
      config,
      { name: 'cluster-id', short: 't', kind: 'value', isRequired: true, help: 'The id of the cluster.' },
      {
        name: 'add-scram',
        short: 'S',
        kind: 'values',
        help:
          'A credential that exists from the start, such as SCRAM-SHA-256=[name=alice,password=alice-secret] or ' +
          'SCRAM-SHA-512=[name=alice,iterations=8192,salt="N3E=",saltedpassword="YCE="].',
      },
      {
        name: 'ignore-formatted',
        short: 'g',
        kind: 'flag',
        help: 'Leave directories that are formatted already as they are, instead of failing.',
      },
      {
        name: 'release-version',
        short: 'r',
        kind: 'value',
        help: 'The release whose feature levels the cluster starts with: 3.3-IV3 or later; 4.3-IV0 unless given.',
      },
      {
        name: 'feature',
        short: 'f',
        kind: 'values',
        help: 'The level of one feature, as feature=level, such as kraft.version=1.',
      },
      {
        name: 'standalone',
        short: 's',
        kind: 'flag',
        group: 'quorum',
        help:
          'This controller begins as the only voter of a dynamic quorum. controller.quorum.voters must not be set; ' +
          'controller.quorum.bootstrap.servers is set instead.',
      },
      {
        name: 'no-initial-controllers',
        short: 'N',
        kind: 'flag',
        group: 'quorum',
        help: 'The node begins without voters and learns them from the quorum it joins.',
      },
      {
        name: 'initial-controllers',
        short: 'I',
        kind: 'value',
        group: 'quorum',
        help:
          'The first voters of a dynamic quorum, the same for every node: id@hostname:port:directory, separated by ' +
          'commas, such as 0@example.com:8082:JEXY6aqzQY-32P5TStzaFg.',
      },
    ],
  },
  {
    name: 'version-mapping',
    help: 'Show the feature levels that belong to a release; to the newest production one unless given.',
    options: [{ name: 'release-version', short: 'r', kind: 'value', help: 'The release, such as 4.3-IV0 or 4.3.' }],
  },
  {
    name: 'feature-dependencies',
    help: 'Show what levels of features need of other features.',
    options: [
      {
        name: 'feature',
        short: 'f',
        kind: 'values',
        isRequired: true,
        help: 'The feature and its level, as feature=level. May be given more than once.',
      },
    ],
  },
  { name: 'random-uuid', help: 'Print a random id.', options: [] },
]

const parser = { program: 'kafka-storage', description: 'The Kafka storage tool.', commands }

/** `kafka-storage.sh`: gives directories to a new node, and tells what they hold. Answers the exit code. */
export async function kafkaStorage(args: readonly string[], terminal: StorageToolWorld): Promise<number> {
  const world: Lines = {
    env: terminal.env,
    workingDirectory: terminal.workingDirectory,
    out: (line) => terminal.out(`${line}\n`),
    err: (line) => terminal.err(`${line}\n`),
  }
  const parsed = parseArguments(parser, args)
  if (parsed.kind !== 'command') {
    for (const line of parsed.lines) (parsed.kind === 'help' ? world.out : world.err)(line)
    return parsed.kind === 'help' ? 0 : 1
  }
  try {
    return await run(parsed.command, parsed.given, world)
  } catch (thrown) {
    world.err((thrown as { message?: string }).message ?? String(thrown))
    return 1
  }
}

function run(command: string, given: Given, world: Lines): Promise<number> | number {
  switch (command) {
    case 'info':
      return info(given, world)
    case 'format':
      return format(given, world)
    case 'version-mapping':
      return versionMapping(given, world)
    case 'feature-dependencies':
      return featureDependencies(given, world)
    default:
      world.out(newUuid(world.env.random))
      return 0
  }
}

function settled<T>(start: (done: (failure: Failure | null, value: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    start((failure, value) => (failure === null ? resolve(value) : reject(failure)))
  })
}

async function readConfig(path: string, world: Lines): Promise<BrokerConfig> {
  const absolute = path.startsWith('/') ? path : `${world.workingDirectory}/${path}`
  const bytes = await settled<Uint8Array>((done) =>
    world.env.disk.readAll(absolute, 16 * 1024 * 1024, (failure, value) =>
      done(
        failure?.code === 'ENOENT' ? { ...failure, message: `There is no configuration file ${path}` } : failure,
        value,
      ),
    ),
  )
  const { config, errors } = parseBrokerConfig(new TextDecoder().decode(bytes))
  if (config !== null) return config
  throw new FormatError(errors.map((e) => e.message).join('\n'))
}

function directoriesOf(config: BrokerConfig): string[] {
  return [...new Set([...config.logDirectories, config.metadataDirectory])].sort()
}

async function format(given: Given, world: Lines): Promise<number> {
  const config = await readConfig(given.value('config')!, world)
  const levels = new Map(given.values('feature').map(featureLevelOf))
  const releaseVersion = given.value('release-version')
  const isUnstableEnabled = config.unstableFeatureVersionsEnable
  const hasDynamicQuorum = config.voters.length === 0
  if (releaseVersion !== null) metadataVersionNamed(releaseVersion, isUnstableEnabled)
  const initialVoters = quorumOf(given, config, world)
  const plan = planFeatures({ releaseVersion, levels, isUnstableEnabled, hasDynamicQuorum })
  const credentials: MetadataRecord[] = []
  if (given.has('add-scram') && plan.metadataVersion.level < metadataLevel.scram) {
    throw new FormatError('SCRAM is only supported in metadata.version 3.5-IV2 or later.')
  }
  for (const text of given.values('add-scram')) {
    const argument = parseScramArgument(text)
    credentials.push(await settled((done) => scramCredentialRecord(world.env, argument, done)))
  }
  const ask = {
    clusterId: given.value('cluster-id')!,
    nodeId: config.nodeId,
    directories: directoriesOf(config),
    metadataDirectory: config.metadataDirectory,
    controllerListener: config.controllerListeners[0] ?? 'CONTROLLER',
    plan,
    credentials,
    initialVoters,
    ignoresFormatted: given.has('ignore-formatted'),
  }
  return new Promise((resolve) => {
    formatStorage(world.env, ask, (failure, { lines }) => {
      for (const line of lines) world.out(line)
      if (failure !== null) world.err(failure.message)
      resolve(failure === null ? 0 : 1)
    })
  })
}

function quorumOf(given: Given, config: BrokerConfig, world: Lines): readonly InitialVoter[] | null {
  const initial = given.value('initial-controllers')
  const isStandalone = given.has('standalone')
  if (config.voters.length > 0) {
    if (initial === null && !isStandalone) return null
    throw new FormatError(
      'You cannot specify controller.quorum.voters and format the node with --initial-controllers or --standalone. ' +
        'If you want to use dynamic quorum, please remove controller.quorum.voters and specify ' +
        'controller.quorum.bootstrap.servers instead.',
    )
  }
  if (initial !== null) return parseInitialVoters(initial)
  if (isStandalone) {
    if (!config.isController) throw new FormatError('You can only use --standalone on a controller.')
    const listener = config.advertisedControllerEndpoints[0]
    if (listener === undefined) throw new FormatError('No controller listeners found.')
    const host = listener.host === '' ? 'localhost' : listener.host
    return [{ id: config.nodeId, directoryId: newUuid(world.env.random), host, port: listener.port }]
  }
  if (config.isController && !given.has('no-initial-controllers')) {
    throw new FormatError(
      'Because controller.quorum.voters is not set on this controller, you must specify one of the following: ' +
        '--standalone, --initial-controllers, or --no-initial-controllers.',
    )
  }
  return null
}

function featureLevelOf(text: string): [name: string, level: number] {
  const equals = text.indexOf('=')
  if (equals < 0) throw new FormatError(`Can't parse feature=level string ${text}: equals sign not found.`)
  const level = text.slice(equals + 1)
  if (!/^[+-]?\d{1,5}$/.test(level) || Math.abs(Number(level)) > 32_767) {
    throw new FormatError(`Can't parse feature=level string ${text}: unable to parse ${level} as a short.`)
  }
  return [text.slice(0, equals).trim(), Number(level)]
}

async function info(given: Given, world: Lines): Promise<number> {
  const config = await readConfig(given.value('config')!, world)
  const found = await look(world.env.disk, directoriesOf(config))
  for (const { reason } of found) if (reason !== null) world.out(`java.lang.RuntimeException: ${reason}`)
  section(
    world,
    'Found log directory:',
    'Found log directories:',
    found.filter((d) => d.isDirectory).map((d) => d.path),
  )
  const problems = found.flatMap((d) => d.problem ?? [])
  const first = found.find((d) => d.properties !== null)?.properties ?? null
  for (const { properties } of found) {
    if (properties === null || first === null) continue
    if (properties.clusterId !== first.clusterId) problems.push('Mismatched cluster IDs between storage directories.')
    else if (properties.nodeId !== first.nodeId) problems.push('Mismatched node IDs between storage directories.')
  }
  if (first !== null) {
    world.out(`Found metadata: ${describeMetaProperties(first)}`)
    world.out('')
    if (first.version === 0) {
      problems.push(
        'The kafka configuration file appears to be for a cluster, but the directories are formatted for legacy mode.',
      )
    }
  }
  section(world, 'Found problem:', 'Found problems:', problems)
  return problems.length === 0 ? 0 : 1
}

function section(world: Lines, one: string, many: string, lines: readonly string[]): void {
  if (lines.length === 0) return
  world.out(lines.length === 1 ? one : many)
  for (const line of lines) world.out(`  ${line}`)
  world.out('')
}

interface Looked {
  readonly path: string
  readonly isDirectory: boolean
  readonly properties: StoredMetaProperties | null
  /** Why meta.properties cannot be used. */
  readonly reason: string | null
  /** One line for a person. */
  readonly problem: string | null
}

async function look(disk: Disk, directories: readonly string[]): Promise<Looked[]> {
  const found = await settled<readonly FoundDirectory[]>((done) => findDirectories(disk, directories, done))
  return Promise.all(
    found.map(async ({ path, state, properties, reason }) => {
      const refusal = await new Promise<string | null>((resolve) => disk.list(path, (f) => resolve(f?.code ?? null)))
      const at = { path, isDirectory: refusal === null, properties, reason: null as string | null }
      if (refusal === 'ENOENT') return { ...at, problem: `${path} does not exist` }
      if (refusal !== null) return { ...at, properties: null, problem: `${path} is not a directory` }
      if (state === 'empty') return { ...at, problem: `${path} is not formatted.` }
      if (state === 'formatted') return { ...at, problem: null }
      return { ...at, reason, problem: `Error loading ${path}/meta.properties: ${reason}` }
    }),
  )
}

function versionMapping(given: Given, world: Lines): number {
  const text = given.value('release-version')
  const version = text === null ? metadataVersionOf(metadataLevel.latestProduction)! : metadataVersionNamed(text, true)
  world.out(`${METADATA_VERSION}=${version.level} (${text ?? version.name})`)
  for (const feature of features) world.out(`${feature.name}=${defaultFeatureLevel(feature, version.level)}`)
  return 0
}

function featureDependencies(given: Given, world: Lines): number {
  for (const text of given.values('feature')) {
    const [name, levelText, ...more] = text.split('=')
    if (name === undefined || levelText === undefined || more.length > 0) {
      throw new FormatError(
        `Invalid feature format: ${text}. Expected format: 'feature=version' (e.g. 'group.version=1')`,
      )
    }
    if (!/^[+-]?\d{1,5}$/.test(levelText)) {
      throw new FormatError(`Invalid version format: ${levelText} for feature ${name}`)
    }
    const level = Number(levelText)
    const needs = name === METADATA_VERSION ? needsOfMetadataVersion(level) : needsOf(name, level)
    const shown = showLevel(name, level)
    if (needs.size === 0) world.out(`${shown} has no dependencies.`)
    else {
      world.out(`${shown} requires:`)
      for (const [needed, atLeast] of needs) world.out(`    ${showLevel(needed, atLeast)}`)
    }
  }
  return 0
}

function needsOfMetadataVersion(level: number): ReadonlyMap<string, number> {
  if (metadataVersionOf(level) === null) throw new FormatError(`Unknown metadata.version ${level}`)
  return new Map()
}

function needsOf(name: string, level: number): ReadonlyMap<string, number> {
  const feature = features.find((f) => f.name === name)
  if (feature === undefined) throw new FormatError(`Unknown feature: ${name}`)
  const found = feature.levels[level]
  if (found === undefined) throw new FormatError(`Feature level ${level} is not supported for feature ${name}`)
  return found.dependencies
}

function showLevel(name: string, level: number): string {
  return name === METADATA_VERSION ? `${name}=${level} (${metadataVersionOf(level)?.name})` : `${name}=${level}`
}
