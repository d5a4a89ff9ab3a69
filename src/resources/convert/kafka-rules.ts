/** Kafka of the years before v1. */
import { isSupportedKafkaVersion } from '../kafka-versions.ts'
import { dead, externalLogging, inlineMetrics, intervalMs, note, scheduling, typeGone } from './common-rules.ts'
import { deadBrokerKeys } from './dead-keys.ts'
import { listenerList, trafficPaths, unknownListeners, withTraffic } from './early-listeners.ts'
import { drop, move, type Rule, upgrade } from './rule.ts'
import { at, get, isTree, type Path, set, type Tree, without } from './tree.ts'

const listeners: Path = at('kafka.listeners')

const listenersOf = (spec: Tree): readonly Tree[] => {
  const value = get(spec, listeners)
  return Array.isArray(value) ? value.filter(isTree) : []
}

const isOauth = (listener: Tree): boolean => get(listener, ['authentication', 'type']) === 'oauth'

/** Never opened without: `custom` says that somebody has to configure it. */
const customInsteadOfOauth = (listener: Tree): Tree =>
  isOauth(listener) ? { ...listener, authentication: { type: 'custom', sasl: true } } : listener

const isMap = (spec: Tree): boolean => isTree(get(spec, listeners))

const listed = (spec: Tree): readonly Tree[] =>
  isMap(spec) ? listenerList(spec) : listenersOf(spec).map((listener) => withTraffic(listener, spec))

const listenersRule: Rule = {
  age: 'late',
  takes: [listeners, ...trafficPaths],
  makes: [listeners],
  when: (spec) =>
    isMap(spec) || listenersOf(spec).some(isOauth) || trafficPaths.some((path) => get(spec, path) !== undefined),
  up: (spec, old) => set(spec, listeners, listed(old).map(customInsteadOfOauth)),
  late: (kept) => {
    const rest = trafficPaths.reduce(without, kept)
    return get(kept, listeners) === undefined ? rest : set(rest, listeners, listed(kept))
  },
  says: (kept) => [
    ...unknownListeners(kept).map((name) =>
      note(
        'UnknownListener',
        `spec.kafka.listeners.${name} is none of plain, tls and external, and is not acted upon.`,
      ),
    ),
    ...listed(kept)
      .filter(isOauth)
      .map((listener) => typeGone(`listener ${listener['name']}: authentication`, 'oauth')),
  ],
}

const authorization: Path = at('kafka.authorization')
const authorizers: Readonly<Record<string, string>> = {
  keycloak: 'io.strimzi.kafka.oauth.server.authorizer.KeycloakAuthorizer',
  opa: 'org.openpolicyagent.kafka.OpaAuthorizer',
}
const authorizerOf = (spec: Tree): string | undefined => authorizers[String(get(spec, [...authorization, 'type']))]

const authorizationRule: Rule = {
  age: 'late',
  takes: [authorization],
  makes: [authorization],
  when: (spec) => authorizerOf(spec) !== undefined,
  up: (spec, old) => {
    const superUsers = get(old, [...authorization, 'superUsers'])
    return set(spec, authorization, {
      type: 'custom',
      authorizerClass: authorizerOf(old),
      ...(superUsers === undefined ? {} : { superUsers }),
    })
  },
  says: (kept) => [typeGone('spec.kafka.authorization', String(get(kept, [...authorization, 'type'])))],
}

const configPaths: readonly Path[] = deadBrokerKeys.map((key) => ['kafka', 'config', key])

const reasonOf = (key: string): string =>
  key === 'log.message.format.version'
    ? 'KafkaLogMessageFormatVersionInKRaft'
    : key === 'inter.broker.protocol.version'
      ? 'KafkaInterBrokerProtocolVersionInKRaft'
      : 'DeprecatedFields'

const deadConfig: Rule = drop('late', configPaths, (kept) =>
  configPaths
    .filter((path) => get(kept, path) !== undefined)
    .map((path) =>
      note(reasonOf(path[2]!), `spec.kafka.config: ${path[2]} is no key of Kafka 4 and is not acted upon.`),
    ),
)

const version: Path = at('kafka.version')

const versionRule: Rule = {
  age: 'late',
  takes: [version],
  when: (spec) => {
    const value = get(spec, version)
    return value !== undefined && !isSupportedKafkaVersion(String(value))
  },
  says: (kept) => [
    note(
      'KafkaVersion',
      `spec.kafka.version ${get(kept, version)} is too old for this operator; the default version runs instead.`,
    ),
  ],
}

const zookeeperEarly: readonly Rule[] = [
  ...scheduling('zookeeper'),
  externalLogging('zookeeper', 'log4j.properties'),
  drop('early', [at('zookeeper.metrics'), at('zookeeper.tlsSidecar')]),
]

const nodesRule: Rule = {
  age: 'late',
  takes: [at('kafka.replicas'), at('kafka.storage'), at('kafka.resources'), at('zookeeper')],
  late: (kept) => upgrade(zookeeperEarly, '', kept).spec,
  says: (kept) =>
    kept['zookeeper'] === undefined
      ? [
          note(
            'NodePoolsFromKafka',
            'Nodes are described by KafkaNodePools today: the operator keeps them from this resource.',
          ),
        ]
      : [
          note(
            'ZooKeeperReplaced',
            'There is no ZooKeeper any more: the operator keeps KafkaNodePools of brokers and controllers from what is written here.',
          ),
        ],
}

/** The topic operator of the first years stood by itself, with fields that its successor has not. */
const standaloneTopicOperator = (old: unknown): Tree => {
  const { reconciliationIntervalSeconds: seconds, logging, ...rest } = isTree(old) ? old : {}
  const name = get(logging, ['name'])
  return {
    ...Object.fromEntries(Object.entries(rest).filter(([key]) => !standaloneOnly.includes(key))),
    ...(seconds === undefined ? {} : { reconciliationIntervalMs: Number(seconds) * 1000 }),
    ...(logging === undefined
      ? {}
      : {
          logging:
            name === undefined
              ? logging
              : { type: 'external', valueFrom: { configMapKeyRef: { name, key: 'log4j2.properties' } } },
        }),
  }
}

const standaloneOnly: readonly string[] = [
  'affinity',
  'tolerations',
  'tlsSidecar',
  'zookeeperSessionTimeoutSeconds',
  'topicMetadataMaxAttempts',
]

export const kafkaRules: readonly Rule[] = [
  move('early', at('topicOperator'), at('entityOperator.topicOperator'), standaloneTopicOperator),
  ...['kafka', 'entityOperator', 'cruiseControl', 'kafkaExporter'].flatMap((component) => scheduling(component)),
  externalLogging('kafka', 'log4j.properties'),
  externalLogging('entityOperator.topicOperator', 'log4j2.properties'),
  externalLogging('entityOperator.userOperator', 'log4j2.properties'),
  externalLogging('cruiseControl', 'log4j2.properties'),
  inlineMetrics('kafka'),
  inlineMetrics('cruiseControl'),
  dead('early', 'kafka.tlsSidecar'),
  listenersRule,
  authorizationRule,
  deadConfig,
  versionRule,
  nodesRule,
  dead('late', 'jmxTrans', 'kafka.template.statefulset', 'kafkaExporter.template.service'),
  dead('late', 'entityOperator.tlsSidecar', 'entityOperator.template.tlsSidecarContainer'),
  dead('late', 'cruiseControl.tlsSidecar', 'cruiseControl.template.tlsSidecarContainer'),
  dead('late', 'cruiseControl.brokerCapacity.disk', 'cruiseControl.brokerCapacity.cpuUtilization'),
  ...['topicOperator', 'userOperator'].flatMap((operator) => [
    intervalMs(`entityOperator.${operator}`),
    dead('late', `entityOperator.${operator}.zookeeperSessionTimeoutSeconds`),
  ]),
  dead('late', 'entityOperator.topicOperator.topicMetadataMaxAttempts'),
]
