/** Values that mean something to a broker, by the names of the fields that carry them; answers add to them. */
import type { Luck } from '../faults/seed.ts'

/** Of one kind at most so many are remembered; the oldest go. */
const KEPT = 64

const topicNames = ['fuzz-0', 'fuzz-1', 'fuzz-2', 'fuzz-3', 'compacted', 'packed']
const oddNames = [
  '',
  '.',
  '..',
  '../../etc/passwd',
  'a/b',
  'a.b',
  'a_b',
  'x'.repeat(249),
  'x'.repeat(250),
  'new\nline',
  'nul\0',
  '\ud800',
  'ünïcode',
  '__proto__',
  'constructor',
  '__consumer_offsets',
  '__transaction_state',
  '__cluster_metadata',
  'with space',
  '%s%n',
]
const isInternal = (name: string) => name.startsWith('__consumer') || name.startsWith('__transaction')
const groupIds = ['group-0', 'group-1', 'group-2', 'consumer-0', 'consumer-1', ...oddNames]

/** By field name; a name that is not here gets values of its type. */
const fixed: Readonly<Record<string, readonly unknown[]>> = {
  topic: [...topicNames, ...oddNames],
  topics: topicNames,
  topicName: [...topicNames, ...oddNames],
  topicNames,
  subscribedTopicNames: [...topicNames, ...oddNames],
  groupId: groupIds,
  groups: groupIds,
  groupsNames: groupIds,
  groupIds,
  key: ['group-0', 'consumer-0', '', ...oddNames],
  coordinatorKeys: groupIds,
  protocolType: ['consumer', 'consumer', 'connect', ''],
  serverAssignor: ['uniform', 'range', 'nobody', null],
  subscribedTopicRegex: ['fuzz-.*', '(a+)+$', '(', '', null, '[[:alpha:]]+', '(?:(?:a{1,1000}){1,1000}){1,1000}'],
  instanceId: [null, 'i-0', 'i-1', ''],
  groupInstanceId: [null, 'i-0', 'i-1', ''],
  memberEpoch: [0, -1, -2, 1, 2, 3],
  generationId: [-1, 0, 1, 2],
  generationIdOrMemberEpoch: [-1, 0, 1, 2],
  rebalanceTimeoutMs: [-1, 0, 50, 100, 2_147_483_647],
  sessionTimeoutMs: [6000, 6000, 10_000, 0, -1, 2_147_483_647],
  maxWaitMs: [0, 0, 10, 50, -1],
  timeoutMs: [0, 1, 100, 5000, -1],
  minBytes: [0, 1, 1000, 2_147_483_647],
  maxBytes: [0, 1, 1_000_000, 2_147_483_647, -1],
  partitionMaxBytes: [0, 1, 1_000_000, 2_147_483_647, -1],
  acks: [-1, -1, -1, 1, 0, 2],
  transactionalId: [null, null, null, 'tx'],
  isolationLevel: [0, 1, 2],
  replicaId: [-1, -1, -1, -2, 1, 2],
  sessionEpoch: [-1, 0, 0, 1, 2, 2_147_483_647],
  timestamp: [-1, -2, -3, -4, -5, -6, -7, 0, 1_700_000_000_000],
  partition: [0, 0, 1, 2, 3, -1, 2_147_483_647],
  partitions: [0, 0, 1, 2, 3, -1, 2_147_483_647],
  partitionIndex: [0, 0, 1, 2, 3, -1, 2_147_483_647],
  partitionIndexes: [0, 1, 2, 3, -1],
  partitionId: [0, 1, 2, 3, -1],
  index: [0, 0, 1, 2, 3, -1, 2_147_483_647],
  numPartitions: [-1, 0, 1, 2, 3, 4, -2, 1_000_000, 2_147_483_647],
  replicationFactor: [-1, 1, 1, 0, 2, 32_767, -2],
  count: [1, 2, 3, 4, 5, 0, -1, 1_000_000],
  brokerIds: [1, 1, 1, 2, -1],
  replicas: [1, 1, 1, 2, -1],
  brokerId: [2, 3, -1],
  resourceType: [2, 2, 2, 4, 8, 16, 32, 0, 1, 3, 127, -1],
  resourceTypes: [2, 4, 8, 16, 32, 0, 1, 127],
  // Internal topics are left alone here: a max.message.bytes of 1 lets no coordinator write, and it says so with -1.
  resourceName: ['', '1', '2', ...topicNames, 'group-0', 'consumer-0', ...oddNames.filter((name) => !isInternal(name))],
  configOperation: [0, 1, 2, 3, 4, -1],
  entityType: ['user', 'client-id', 'ip', 'nonsense', ''],
  entityName: [null, 'alice', '', '127.0.0.1', ...oddNames],
  match: [null, 'alice', '', ...oddNames],
  matchType: [0, 1, 2, 3, -1],
  mechanism: [0, 1, 2, 3],
  iterations: [4096, 8192, 0, -1, 2_147_483_647],
  feature: ['metadata.version', 'group.version', 'transaction.version', 'kraft.version', 'nonsense'],
  upgradeType: [0, 1, 2, 3, 4],
  electionType: [0, 1, 2, -1],
  endpointType: [0, 1, 2, 3],
  keyType: [0, 0, 0, 1, 2, 3],
  clientSoftwareName: ['fuzz', '', 'a b', '-', 'new\nline'],
  clientSoftwareVersion: ['1', '', '1 2'],
  statesFilter: ['Stable', 'Empty', 'nonsense', ''],
  typesFilter: ['classic', 'consumer', 'share', 'nonsense'],
  responsePartitionLimit: [1, 2, 2000, 0, -1, 2_147_483_647],
  path: ['', '/', '/etc', '..', 'nul\0'],
  reason: [null, 'why', '', 'r'.repeat(300)],
  metadata: ['', 'm', 'm'.repeat(5000), null],
  committedMetadata: ['', 'm', 'm'.repeat(5000), null],
}

/** Config keys and values as `name` and `value` mean them in the requests about configs. */
export const configNames = [
  'retention.ms',
  'retention.bytes',
  'segment.bytes',
  'segment.ms',
  'cleanup.policy',
  'compression.type',
  'max.message.bytes',
  'min.insync.replicas',
  'message.timestamp.type',
  'index.interval.bytes',
  'flush.messages',
  'delete.retention.ms',
  'leader.replication.throttled.replicas',
  'log.retention.ms',
  'log.cleaner.threads',
  'num.io.threads',
  'sasl.jaas.config',
  'listeners',
  'log.dirs',
  'consumer.session.timeout.ms',
  'consumer.heartbeat.interval.ms',
  'consumer_byte_rate',
  'nonsense',
  '',
  '__proto__',
]
export const configValues = [
  '1',
  '0',
  '-1',
  '-2',
  '1048576',
  '604800000',
  'delete',
  'compact',
  'compact,delete',
  'zstd',
  'gzip',
  'producer',
  'LogAppendTime',
  'CreateTime',
  'true',
  '0:1,1:1',
  '*',
  '',
  null,
  '9223372036854775807',
  '99999999999999999999',
  'x',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a config provider's reference, as an attacker writes it
  '${file:/etc/passwd:x}',
]

export class Pools {
  readonly #learned = new Map<string, unknown[]>()

  readonly #avoided = new Set<unknown>()

  /** Never learned. */
  avoid(value: unknown): void {
    this.#avoided.add(value)
  }

  /** A value for a field of this name, or undefined when the type has to decide. */
  pick(name: string, luck: Luck): unknown {
    const learned = this.#learned.get(family(name))
    if (learned !== undefined && learned.length > 0 && luck.chance(0.7)) return luck.pick(learned)
    const known = fixed[name]
    return known === undefined || luck.chance(0.03) ? undefined : luck.pick(known)
  }

  /** Takes from an answer what later requests may speak of. */
  learn(answer: unknown): void {
    if (Array.isArray(answer)) {
      for (const item of answer.slice(0, 50)) this.learn(item)
    } else if (typeof answer === 'object' && answer !== null && !(answer instanceof Uint8Array)) {
      for (const [name, value] of Object.entries(answer)) {
        if (typeof value === 'object') this.learn(value)
        else if (learnable.has(name) && value !== '' && value !== -1) this.#keep(family(name), value)
      }
    }
  }

  #keep(name: string, value: unknown): void {
    let kept = this.#learned.get(name)
    if (kept === undefined) this.#learned.set(name, (kept = []))
    if (kept.includes(value) || this.#avoided.has(value)) return
    kept.push(value)
    if (kept.length > KEPT) kept.shift()
  }
}

const learnable: ReadonlySet<string> = new Set([
  'memberId',
  'generationId',
  'memberEpoch',
  'topicId',
  'sessionId',
  'producerId',
  'producerEpoch',
  'leaderEpoch',
  'clusterId',
  'highWatermark',
  'logStartOffset',
])

/** Names under which the same thing travels. */
function family(name: string): string {
  switch (name) {
    case 'generationIdOrMemberEpoch':
      return 'generationId'
    case 'currentLeaderEpoch':
    case 'committedLeaderEpoch':
    case 'lastFetchedEpoch':
      return 'leaderEpoch'
    case 'fetchOffset':
    case 'offset':
    case 'committedOffset':
      return 'highWatermark'
    default:
      return name
  }
}
