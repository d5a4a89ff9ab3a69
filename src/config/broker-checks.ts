import type { BrokerConfig } from './broker-snapshot.ts'
import { brokerKeys } from './broker-table.ts'
import { hostPort } from './checks.ts'

/** What does not fit together although each value alone is fine. */
export interface Finding {
  readonly key: string
  readonly message: string
  readonly isWarning: boolean
}

/** Checks that look at several keys of a node, in Kafka's words. */
export function checkBroker(c: BrokerConfig): Finding[] {
  const found: Finding[] = []
  const need = (holds: boolean, key: string, message: string) => {
    if (!holds) found.push({ key, message, isWarning: false })
  }
  need(c.nodeId === c.brokerId, 'node.id', 'You must set `node.id` to the same value as `broker.id`.')
  checkLog(c, need)
  checkReplication(c, need)
  checkRoles(c, need)
  checkListeners(c, need)
  checkConnections(c, need)
  checkGroups(c, need)
  if (2 * c.brokerHeartbeatIntervalMs > c.brokerSessionTimeoutMs) {
    found.push({
      key: 'broker.heartbeat.interval.ms',
      message: `broker.heartbeat.interval.ms (${c.brokerHeartbeatIntervalMs} ms) must be less than or equal to half of the broker.session.timeout.ms (${c.brokerSessionTimeoutMs} ms): a broker whose heartbeat comes later than its session allows is fenced.`,
      isWarning: true,
    })
  }
  return found
}

type Need = (holds: boolean, key: string, message: string) => void

function checkLog(c: BrokerConfig, need: Need): void {
  const topic = c.topicDefaults
  need(topic.segmentMs >= 1, 'log.roll.ms', 'log.roll.ms must be greater than or equal to 1')
  need(topic.segmentJitterMs >= 0, 'log.roll.jitter.ms', 'log.roll.jitter.ms must be greater than or equal to 0')
  need(
    topic.retentionMs >= 1 || topic.retentionMs === -1,
    'log.retention.ms',
    'log.retention.ms must be unlimited (-1) or, greater than or equal to 1',
  )
  need(
    c.logCleanerThreads > 0 && Math.floor(c.logCleanerDedupeBufferSize / c.logCleanerThreads) > 1024 * 1024,
    'log.cleaner.dedupe.buffer.size',
    'log.cleaner.dedupe.buffer.size must be at least 1MB per cleaner thread.',
  )
  const missing = c.cordonedLogDirs.includes('*') ? [] : c.cordonedLogDirs.filter((d) => !c.logDirectories.includes(d))
  need(
    missing.length === 0,
    'cordoned.log.dirs',
    `All entries in cordoned.log.dirs must be present in log.dirs or log.dir. Missing entries : ${missing.join(', ')}`,
  )
}

function checkReplication(c: BrokerConfig, need: Need): void {
  need(
    c.replicaFetchWaitMaxMs <= c.replicaSocketTimeoutMs,
    'replica.fetch.wait.max.ms',
    'replica.socket.timeout.ms should always be at least replica.fetch.wait.max.ms to prevent unnecessary socket timeouts',
  )
  need(
    c.replicaFetchWaitMaxMs <= c.replicaLagTimeMaxMs,
    'replica.fetch.wait.max.ms',
    'replica.fetch.wait.max.ms should always be less than or equal to replica.lag.time.max.ms to prevent frequent changes in ISR',
  )
}

function checkRoles(c: BrokerConfig, need: Need): void {
  const voters = c.voters.map((v) => v.id)
  const shownVoters = `controller.quorum.voters=Set(${voters.join(', ')})`
  const bound = c.endpoints.map((e) => e.listener)
  need(
    voters.length > 0 || c.bootstrapControllers.length > 0,
    'controller.quorum.bootstrap.servers',
    'If using process.roles, either controller.quorum.bootstrap.servers must contain the set of bootstrap controllers or controller.quorum.voters must contain a parseable set of controllers.',
  )
  if (c.isController) {
    need(
      voters.length === 0 || voters.includes(c.nodeId),
      'controller.quorum.voters',
      `If process.roles contains the 'controller' role, the node id ${c.nodeId} must be included in the set of voters ${shownVoters}`,
    )
    need(
      c.isBroker || c.advertisedControllerEndpoints.length === c.endpoints.length,
      'listeners',
      'The listeners config must only contain KRaft controller listeners from controller.listener.names when process.roles=controller',
    )
    need(
      c.advertisedControllerEndpoints.length > 0,
      'controller.listener.names',
      "controller.listener.names must contain at least one value appearing in the 'listeners' configuration when running the KRaft controller role",
    )
    need(
      c.advertisedControllerEndpoints.length === 0 || c.controllerListeners.every((name) => bound.includes(name)),
      'controller.listener.names',
      "controller.listener.names must only contain values appearing in the 'listeners' configuration when running the KRaft controller role",
    )
    return
  }
  need(
    !voters.includes(c.nodeId),
    'controller.quorum.voters',
    `If process.roles contains just the 'broker' role, the node id ${c.nodeId} must not be included in the set of voters ${shownVoters}`,
  )
  need(
    !c.controllerListeners.some((name) => bound.includes(name)),
    'controller.listener.names',
    "controller.listener.names must not contain a value appearing in the 'listeners' configuration when running KRaft with just the broker role",
  )
  for (const name of c.controllerListeners) {
    need(
      c.securityProtocols.has(name),
      'controller.listener.names',
      `Controller listener with name ${name} defined in controller.listener.names not found in listener.security.protocol.map  (an explicit security mapping for each controller listener is required if listener.security.protocol.map is non-empty, or if there are security protocols other than PLAINTEXT in use)`,
    )
  }
}

function checkListeners(c: BrokerConfig, need: Need): void {
  const bound = c.endpoints.map((e) => e.listener)
  const told = c.advertisedEndpoints.map((e) => e.listener)
  for (const name of c.earlyStartListeners ?? []) {
    need(
      bound.includes(name.toUpperCase()) || c.controllerListeners.includes(name.toUpperCase()),
      'early.start.listeners',
      `early.start.listeners contains listener ${name}, but this is not contained in listeners or controller.listener.names`,
    )
  }
  if (c.isBroker) {
    need(
      told.length > 0,
      'advertised.listeners',
      'There must be at least one broker advertised listener. Perhaps all listeners appear in controller.listener.names?',
    )
    need(
      told.length === 0 || told.includes(c.interBroker.listener),
      'inter.broker.listener.name',
      `inter.broker.listener.name must be a listener name defined in advertised.listeners. The valid options based on currently configured listeners are ${told.join(',')}`,
    )
    need(
      told.every((name) => bound.includes(name)),
      'advertised.listeners',
      `advertised.listeners listener names must be equal to or a subset of the ones defined in listeners. Found ${told.join(',')}. The valid options based on the current configuration are ${bound.join(',')}`,
    )
  }
  need(
    ![...c.advertisedEndpoints, ...c.advertisedControllerEndpoints].some((e) => e.host === '0.0.0.0'),
    'advertised.listeners',
    'advertised.listeners cannot use the nonroutable meta-address 0.0.0.0. Use a routable IP address.',
  )
  const isSasl = c.interBroker.securityProtocol.startsWith('SASL_')
  const prefix = `listener.name.${c.interBroker.listener.toLowerCase()}.sasl.enabled.mechanisms`
  const mechanisms = c.given.get(prefix)?.split(/\s*,\s*/) ?? c.saslEnabledMechanisms
  need(
    !isSasl || !told.includes(c.interBroker.listener) || mechanisms.includes(c.saslMechanismInterBrokerProtocol),
    'sasl.mechanism.inter.broker.protocol',
    'sasl.mechanism.inter.broker.protocol must be included in sasl.enabled.mechanisms when SASL is used for inter-broker communication',
  )
}

function checkConnections(c: BrokerConfig, need: Need): void {
  need(
    c.queuedMaxRequestBytes <= 0 || c.queuedMaxRequestBytes >= c.socketRequestMaxBytes,
    'queued.max.request.bytes',
    'queued.max.request.bytes must be larger or equal to socket.request.max.bytes',
  )
  const overrides = c.maxConnectionsPerIpOverrides.split(',').filter((e) => e.trim() !== '')
  need(
    c.maxConnectionsPerIp > 0 || overrides.length > 0,
    'max.connections.per.ip',
    'max.connections.per.ip can be set to zero only if max.connections.per.ip.overrides property is set.',
  )
  for (const entry of overrides) {
    const colon = entry.lastIndexOf(':')
    const host = entry.slice(0, colon).trim()
    const count = entry.slice(colon + 1).trim()
    need(/^[0-9]+$/.test(count), 'max.connections.per.ip.overrides', `For input string: "${count}"`)
    need(
      hostPort(`${host.includes(':') ? `[${host}]` : host}:0`, false) !== null,
      'max.connections.per.ip.overrides',
      `max.connections.per.ip.overrides contains invalid addresses : ${host}`,
    )
  }
  need(
    c.connectionsMaxIdleMs < 0 || c.connectionFailedAuthenticationDelayMs < c.connectionsMaxIdleMs,
    'connection.failed.authentication.delay.ms',
    `connection.failed.authentication.delay.ms=${c.connectionFailedAuthenticationDelayMs} should always be less than connections.max.idle.ms=${c.connectionsMaxIdleMs} to prevent failed authentication responses from timing out`,
  )
}

/** Defaults of groups that must lie between the bounds for a group's own value; where they do not, one of the two is blamed. */
const limited = [
  ...['consumer', 'share', 'streams'].flatMap((kind) =>
    ['session.timeout.ms', 'heartbeat.interval.ms', 'assignment.interval.ms'].map((what) => ({
      kind,
      what,
      isMaxFirst: false,
    })),
  ),
  ...['record.lock.duration.ms', 'delivery.count.limit', 'partition.max.record.locks'].map((what) => ({
    kind: 'share',
    what,
    isMaxFirst: true,
  })),
  { kind: 'streams', what: 'num.standby.replicas', isMaxFirst: false },
]

function checkGroups(c: BrokerConfig, need: Need): void {
  need(
    c.groupCoordinatorRebalanceProtocols.includes('classic'),
    'group.coordinator.rebalance.protocols',
    "Disabling the 'classic' protocol is not supported.",
  )
  for (const [key, codec] of [
    ['offsets.topic.compression.codec', c.offsetsTopicCompressionCodec],
    ['share.coordinator.state.topic.compression.codec', c.shareCoordinatorStateTopicCompressionCodec],
  ] as const) {
    need(codec >= 0 && codec <= 4, key, `Unknown compression type id: ${codec}`)
  }
  for (const name of c.groupConsumerAssignors) {
    need(name === 'uniform' || name === 'range', 'group.consumer.assignors', `Class ${name} cannot be found`)
  }
  for (const name of c.groupShareAssignors) {
    need(name === 'simple', 'group.share.assignors', `Class ${name} cannot be found`)
  }
  const node = c as unknown as Readonly<Record<string, number>>
  const configured = (name: string) => {
    const key = brokerKeys.get(name)
    return key === undefined ? null : node[key.property]!
  }
  for (const { kind, what, isMaxFirst } of limited) {
    const key = `group.${kind}.${what}`
    const minKey = `group.${kind}.min.${what}`
    const maxKey = `group.${kind}.max.${what.replace(/^num\./, '')}`
    const value = configured(key)!
    const max = configured(maxKey)!
    const min = configured(minKey)
    if (min !== null) {
      need(max >= min, maxKey, `${maxKey} must be greater than or equal to ${minKey}`)
      need(max < min || value >= min, key, `${key} must be greater than or equal to ${minKey}`)
    }
    if (isMaxFirst) need(value <= max, maxKey, `${maxKey} must be greater than or equal to ${key}`)
    else need(value <= max, key, `${key} must be less than or equal to ${maxKey}`)
  }
  need(
    c.groupShareMaxShareSessions >= c.groupShareMaxSize,
    'group.share.max.share.sessions',
    'group.share.max.share.sessions must be greater than or equal to group.share.max.size',
  )
}
