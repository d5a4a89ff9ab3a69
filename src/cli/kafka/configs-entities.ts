/** What kafka-configs.sh can be asked about. */
export interface Entities {
  /** One, or users and clients together. */
  readonly types: readonly string[]
  /** Those that were named; '' is the default of its type. */
  readonly names: readonly string[]
}

export interface Change {
  readonly add: ReadonlyMap<string, string>
  readonly remove: readonly string[]
}

export const brokerLoggers = 'broker-loggers'

export const entityTypes: readonly string[] = [
  'topics',
  'clients',
  'users',
  'brokers',
  'ips',
  'client-metrics',
  'groups',
  brokerLoggers,
]

/** Options that name an entity, in the order in which they count. */
export const entityFlags: readonly (readonly [option: string, type: string])[] = [
  ['topic', 'topics'],
  ['client', 'clients'],
  ['user', 'users'],
  ['broker', 'brokers'],
  ['broker-logger', brokerLoggers],
  ['ip', 'ips'],
  ['client-metrics', 'client-metrics'],
  ['group', 'groups'],
]

export const defaultFlags: readonly (readonly [option: string, type: string])[] = [
  ['client-defaults', 'clients'],
  ['user-defaults', 'users'],
  ['broker-defaults', 'brokers'],
  ['ip-defaults', 'ips'],
]
