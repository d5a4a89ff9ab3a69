import assert from 'node:assert/strict'
import test, { describe } from 'node:test'
import type { Obj } from '../../kube-client/index.ts'
import type { Kafka } from '../kinds/kafka.ts'
import { nodePoolsFromLegacy } from '../node-pools.ts'
import { conversionNotes, convert } from './convert.ts'
import { legacyAnnotation } from './legacy.ts'

const object = (kind: string, version: string, spec: object, metadata: object = {}): Obj => ({
  apiVersion: `kafka.strimzi.io/${version}`,
  kind,
  metadata: { name: 'x', ...metadata },
  spec,
})

const specOf = (o: Obj) => o['spec'] as Record<string, unknown>
const up = (o: Obj) => convert(o, o.apiVersion.split('/')[1]!, 'v1')

/** Converts up and down again and wants the original back. */
const roundTrip = (old: Obj): { v1: Obj; warnings: string[] } => {
  const version = old.apiVersion.split('/')[1]!
  const { object: v1, warnings } = convert(old, version, 'v1')
  assert.deepEqual(convert(v1, 'v1', version).object, old)
  return { v1, warnings }
}

const zookeeperEra = object('Kafka', 'v1beta1', {
  kafka: {
    version: '2.4.0',
    replicas: 3,
    listeners: { plain: {}, tls: {} },
    readinessProbe: { initialDelaySeconds: 15, timeoutSeconds: 5 },
    config: { 'offsets.topic.replication.factor': 3, 'log.message.format.version': '2.2' },
    storage: { type: 'persistent-claim', size: '5Gi', deleteClaim: true },
  },
  zookeeper: { replicas: 3, storage: { type: 'persistent-claim', size: '3Gi', deleteClaim: true } },
  entityOperator: { topicOperator: {}, userOperator: {} },
})

describe('a Kafka of the years with ZooKeeper', () => {
  test('becomes one that v1 has words for', () => {
    const { v1 } = roundTrip(zookeeperEra)
    assert.equal(v1.apiVersion, 'kafka.strimzi.io/v1')
    assert.deepEqual(specOf(v1), {
      kafka: {
        listeners: [
          { name: 'plain', port: 9092, type: 'internal', tls: false },
          { name: 'tls', port: 9093, type: 'internal', tls: true },
        ],
        readinessProbe: { initialDelaySeconds: 15, timeoutSeconds: 5 },
        config: { 'offsets.topic.replication.factor': 3 },
      },
      entityOperator: { topicOperator: {}, userOperator: {} },
    })
  })

  test('is told what is read differently', () => {
    const { warnings } = up(zookeeperEra)
    assert.equal(warnings.length, 3)
    assert.match(warnings[0]!, /log\.message\.format\.version is no key of Kafka 4/)
    assert.match(warnings[1]!, /version 2\.4\.0 is too old .* the default version runs/)
    assert.match(warnings[2]!, /no ZooKeeper any more/)
  })

  test('the stored object says the same later, for its conditions', () => {
    const { object: v1, warnings } = up(zookeeperEra)
    const notes = conversionNotes(v1)
    assert.deepEqual(
      notes.map((n) => n.message),
      warnings,
    )
    assert.deepEqual(
      notes.map((n) => n.reason),
      ['KafkaLogMessageFormatVersionInKRaft', 'KafkaVersion', 'ZooKeeperReplaced'],
    )
    assert.deepEqual(conversionNotes(object('Kafka', 'v1', {})), [])
  })

  test('converting it twice changes nothing', () => {
    const once = up(zookeeperEra).object
    assert.deepEqual(up(convert(once, 'v1', 'v1beta1').object).object, once)
  })

  test('means a pool of brokers from id 0 and a pool of controllers after them', () => {
    const v1 = up({ ...zookeeperEra, metadata: { name: 'my-cluster', namespace: 'ns', uid: 'u' } }).object as Kafka
    const [kafka, controller] = nodePoolsFromLegacy(v1)
    assert.deepEqual(kafka, {
      apiVersion: 'kafka.strimzi.io/v1',
      kind: 'KafkaNodePool',
      metadata: {
        name: 'kafka',
        namespace: 'ns',
        labels: { 'strimzi.io/cluster': 'my-cluster' },
        annotations: { 'strimzi.io/next-node-ids': '[0-2]' },
        ownerReferences: [
          {
            apiVersion: 'kafka.strimzi.io/v1',
            kind: 'Kafka',
            name: 'my-cluster',
            uid: 'u',
            controller: false,
            blockOwnerDeletion: true,
          },
        ],
      },
      spec: { replicas: 3, roles: ['broker'], storage: { type: 'persistent-claim', size: '5Gi', deleteClaim: true } },
    })
    assert.equal(controller!.metadata.name, 'controller')
    assert.equal(controller!.metadata.annotations!['strimzi.io/next-node-ids'], '[3-5]')
    assert.deepEqual(controller!.spec.roles, ['controller'])
    assert.equal(controller!.spec.storage.size, '3Gi')
  })

  test('one broker and one ZooKeeper mean one node of both roles', () => {
    const one = { storage: { type: 'ephemeral' }, replicas: 1 }
    const kafka = up(object('Kafka', 'v1beta2', { kafka: { ...one, listeners: [] }, zookeeper: one })).object as Kafka
    const pools = nodePoolsFromLegacy(kafka)
    assert.equal(pools.length, 1)
    assert.deepEqual(pools[0]!.spec.roles, ['controller', 'broker'])
    assert.deepEqual(pools[0]!.metadata.annotations, { 'strimzi.io/next-node-ids': '[0]' })
  })

  test('what was said of ZooKeeper’s pods is said of the controllers’', () => {
    const kafka = up(
      object('Kafka', 'v1beta1', {
        kafka: {
          replicas: 2,
          storage: { type: 'ephemeral' },
          listeners: { plain: {} },
          resources: { limits: { cpu: 1 } },
        },
        zookeeper: {
          replicas: 3,
          storage: { type: 'ephemeral', overrides: [] },
          resources: { requests: { memory: '1Gi' } },
          tolerations: [{ key: 'a' }],
          template: { pod: { metadata: { labels: { a: 'b' } } } },
        },
      }),
    ).object as Kafka
    const [brokers, controllers] = nodePoolsFromLegacy(kafka)
    assert.deepEqual(brokers!.spec.resources, { limits: { cpu: 1 } })
    assert.deepEqual(controllers!.spec.resources, { requests: { memory: '1Gi' } })
    assert.deepEqual(controllers!.spec.storage, { type: 'ephemeral' })
    assert.deepEqual(controllers!.spec.template?.pod, {
      metadata: { labels: { a: 'b' } },
      tolerations: [{ key: 'a' }],
    })
  })

  test('a Kafka whose nodes are pools already lacks only controllers', () => {
    const old = object(
      'Kafka',
      'v1beta2',
      { kafka: { listeners: [] }, zookeeper: { replicas: 3, storage: { type: 'ephemeral' } } },
      { annotations: { 'strimzi.io/node-pools': 'enabled' } },
    )
    const pools = nodePoolsFromLegacy(up(old).object as Kafka)
    assert.deepEqual(
      pools.map((p) => [p.metadata.name, p.metadata.annotations]),
      [['controller', undefined]],
    )
  })

  test('a Kafka written for v1 means no pools of ours', () => {
    assert.deepEqual(nodePoolsFromLegacy(object('Kafka', 'v1', { kafka: { listeners: [] } }) as Kafka), [])
  })
})

describe('what somebody changed in v1', () => {
  test('is seen at the old version, beside what was kept', () => {
    const v1 = up(zookeeperEra).object
    const kafka = specOf(v1)['kafka'] as { config: object }
    const changed = {
      ...v1,
      spec: { ...specOf(v1), kafka: { ...kafka, config: { ...kafka.config, 'num.partitions': 6 } } },
    }
    const back = specOf(convert(changed, 'v1', 'v1beta1').object) as {
      kafka: Record<string, unknown>
      zookeeper: object
    }
    assert.deepEqual(back.kafka['config'], {
      'offsets.topic.replication.factor': 3,
      'num.partitions': 6,
      'log.message.format.version': '2.2',
    })
    assert.deepEqual(back.kafka['listeners'], { plain: {}, tls: {} })
    assert.equal(back.kafka['replicas'], 3)
    assert.ok(back.zookeeper)
  })

  test('is not overwritten by what stood there before', () => {
    const v1 = up(zookeeperEra).object
    const kafka = specOf(v1)['kafka'] as { listeners: readonly object[] }
    const listeners = [...kafka.listeners, { name: 'more', port: 9095, type: 'internal', tls: false }]
    const back = convert({ ...v1, spec: { ...specOf(v1), kafka: { ...kafka, listeners } } }, 'v1', 'v1beta1').object
    assert.deepEqual((specOf(back)['kafka'] as { listeners: unknown }).listeners, listeners)
  })
})

describe('between two old versions', () => {
  test('a map of listeners is given only to those who know it', () => {
    const late = convert(zookeeperEra, 'v1beta1', 'v1beta2').object
    const kafka = specOf(late)['kafka'] as { listeners: unknown; replicas: number }
    assert.ok(Array.isArray(kafka.listeners))
    assert.equal(kafka.replicas, 3)
    assert.equal(late.metadata.annotations, undefined)
  })

  test('the same version is the same object', () => {
    assert.equal(convert(zookeeperEra, 'v1beta1', 'v1beta1').object, zookeeperEra)
  })
})

describe('listeners of the first years', () => {
  const listenersOf = (kafka: object) =>
    (specOf(roundTrip(object('Kafka', 'v1beta1', { kafka })).v1)['kafka'] as { listeners: unknown }).listeners

  test('routes always speak TLS; authentication and certificates come along', () => {
    assert.deepEqual(
      listenersOf({
        listeners: {
          tls: {
            authentication: { type: 'tls' },
            configuration: { brokerCertChainAndKey: { secretName: 's', certificate: 'c', key: 'k' } },
          },
          external: { type: 'route', authentication: { type: 'scram-sha-512' } },
        },
      }),
      [
        {
          name: 'tls',
          port: 9093,
          type: 'internal',
          tls: true,
          authentication: { type: 'tls' },
          configuration: { brokerCertChainAndKey: { secretName: 's', certificate: 'c', key: 'k' } },
        },
        { name: 'external', port: 9094, type: 'route', tls: true, authentication: { type: 'scram-sha-512' } },
      ],
    )
  })

  test('overrides, preferred addresses and the traffic policy of Services stand at the listener now', () => {
    assert.deepEqual(
      listenersOf({
        listeners: {
          external: {
            type: 'nodeport',
            tls: false,
            configuration: { preferredAddressType: 'InternalIP' },
            overrides: {
              bootstrap: { address: 'kafka.example.com', nodePort: 32000 },
              brokers: [
                { broker: 0, advertisedHost: 'a', advertisedPort: 1, nodePort: 32001, dnsAnnotations: { d: 'e' } },
              ],
            },
          },
        },
        template: { externalBootstrapService: { externalTrafficPolicy: 'Local' } },
      }),
      [
        {
          name: 'external',
          port: 9094,
          type: 'nodeport',
          tls: false,
          configuration: {
            preferredNodePortAddressType: 'InternalIP',
            bootstrap: { alternativeNames: ['kafka.example.com'], nodePort: 32000 },
            brokers: [{ broker: 0, advertisedHost: 'a', advertisedPort: 1, nodePort: 32001, annotations: { d: 'e' } }],
            externalTrafficPolicy: 'Local',
          },
        },
      ],
    )
  })

  test('authentication that v1 has no type for stays authentication', () => {
    const old = object('Kafka', 'v1beta1', {
      kafka: { listeners: { plain: { authentication: { type: 'oauth', jwksEndpointUri: 'https://x' } } } },
    })
    const { v1, warnings } = roundTrip(old)
    assert.deepEqual(
      (specOf(v1)['kafka'] as { listeners: { authentication: object }[] }).listeners[0]!.authentication,
      {
        type: 'custom',
        sasl: true,
      },
    )
    assert.match(warnings[0]!, /type oauth is no more/)
    assert.deepEqual(
      (specOf(convert(v1, 'v1', 'v1beta2').object)['kafka'] as { listeners: { authentication: object }[] })
        .listeners[0]!.authentication,
      { type: 'oauth', jwksEndpointUri: 'https://x' },
      'v1beta2 has the type, and a list of listeners',
    )
  })
})

describe('fields that moved', () => {
  test('scheduling goes into the template of the pods, unless it says otherwise already', () => {
    const { v1 } = roundTrip(
      object('Kafka', 'v1beta1', {
        kafka: { listeners: { plain: {} }, affinity: { nodeAffinity: {} }, tolerations: [{ key: 'k' }] },
        kafkaExporter: { tolerations: [{ key: 'a' }], template: { pod: { tolerations: [{ key: 'b' }] } } },
      }),
    )
    const spec = specOf(v1) as { kafka: Record<string, unknown>; kafkaExporter: object }
    assert.deepEqual(spec.kafka['template'], { pod: { affinity: { nodeAffinity: {} }, tolerations: [{ key: 'k' }] } })
    assert.deepEqual(spec.kafkaExporter, { template: { pod: { tolerations: [{ key: 'b' }] } } })
  })

  test('a topic operator that stood by itself runs in the entity operator', () => {
    const { v1 } = roundTrip(
      object('Kafka', 'v1beta1', {
        kafka: { listeners: { plain: {} } },
        topicOperator: { watchedNamespace: 'n', reconciliationIntervalSeconds: 90, zookeeperSessionTimeoutSeconds: 20 },
      }),
    )
    assert.deepEqual(specOf(v1)['entityOperator'], {
      topicOperator: { watchedNamespace: 'n', reconciliationIntervalMs: 90_000 },
    })
  })

  test('seconds become milliseconds, an external log configuration names its key', () => {
    const { v1 } = roundTrip(
      object('Kafka', 'v1beta1', {
        kafka: { listeners: { plain: {} }, logging: { type: 'external', name: 'cm' } },
        entityOperator: { userOperator: { reconciliationIntervalSeconds: 60 } },
      }),
    )
    const spec = specOf(v1) as { kafka: Record<string, unknown>; entityOperator: object }
    assert.deepEqual(spec.kafka['logging'], {
      type: 'external',
      valueFrom: { configMapKeyRef: { name: 'cm', key: 'log4j.properties' } },
    })
    assert.deepEqual(spec.entityOperator, { userOperator: { reconciliationIntervalMs: 60_000 } })
  })

  test('inline metrics are kept and told of', () => {
    const { v1, warnings } = roundTrip(
      object('Kafka', 'v1beta1', { kafka: { listeners: { plain: {} }, metrics: { lowercaseOutputName: true } } }),
    )
    assert.equal((specOf(v1)['kafka'] as Record<string, unknown>)['metrics'], undefined)
    assert.match(warnings[0]!, /spec\.kafka\.metrics is kept but not acted upon/)
  })

  test('an authorization that v1 has no type for never becomes none', () => {
    const { v1 } = roundTrip(
      object('Kafka', 'v1beta2', {
        kafka: { listeners: [], authorization: { type: 'opa', url: 'http://opa', superUsers: ['CN=a'] } },
      }),
    )
    assert.deepEqual((specOf(v1)['kafka'] as Record<string, unknown>)['authorization'], {
      type: 'custom',
      authorizerClass: 'org.openpolicyagent.kafka.OpaAuthorizer',
      superUsers: ['CN=a'],
    })
  })
})

describe('other kinds', () => {
  test('a topic without dead keys is the same in all versions, and carries no annotation', () => {
    const { v1, warnings } = roundTrip(
      object('KafkaTopic', 'v1beta1', { partitions: 12, replicas: 3, config: { 'retention.ms': 1 } }),
    )
    assert.equal(v1.metadata.annotations, undefined)
    assert.deepEqual(warnings, [])
  })

  test('a user’s ACL names its operations in a list', () => {
    const resource = { type: 'topic', name: 't' }
    const { v1 } = roundTrip(
      object('KafkaUser', 'v1beta1', {
        authentication: { type: 'tls' },
        authorization: {
          type: 'simple',
          acls: [
            { resource, operation: 'Read' },
            { resource, operations: ['Write'] },
          ],
        },
      }),
    )
    assert.deepEqual(specOf(v1)['authorization'], {
      type: 'simple',
      acls: [
        { resource, operations: ['Read'] },
        { resource, operations: ['Write'] },
      ],
    })
  })

  test('Connect says its group beside its configuration', () => {
    const { v1 } = roundTrip(
      object('KafkaConnect', 'v1beta2', {
        bootstrapServers: 'b:9092',
        config: { 'group.id': 'g', 'offset.storage.topic': 'o', 'key.converter': 'k' },
      }),
    )
    assert.deepEqual(specOf(v1), {
      bootstrapServers: 'b:9092',
      config: { 'key.converter': 'k' },
      replicas: 3,
      groupId: 'g',
      configStorageTopic: 'connect-cluster-configs',
      statusStorageTopic: 'connect-cluster-status',
      offsetStorageTopic: 'o',
    })
  })

  test('what was written for v1 stays so at old versions, which know its fields', () => {
    const spec = { replicas: 1, bootstrapServers: 'b', groupId: 'g' }
    assert.deepEqual(specOf(convert(object('KafkaConnect', 'v1', spec), 'v1', 'v1beta2').object), spec)
  })

  test('a connector that was to pause is paused', () => {
    assert.deepEqual(specOf(roundTrip(object('KafkaConnector', 'v1beta2', { class: 'c', pause: true })).v1), {
      class: 'c',
      state: 'paused',
    })
    assert.deepEqual(specOf(roundTrip(object('KafkaConnector', 'v1beta2', { class: 'c', pause: false })).v1), {
      class: 'c',
    })
  })

  const mirrorMaker2 = object('KafkaMirrorMaker2', 'v1alpha1', {
    replicas: 1,
    connectCluster: 'b',
    clusters: [
      { alias: 'a', bootstrapServers: 'a:9092' },
      { alias: 'b', bootstrapServers: 'b:9092', config: { 'group.id': 'g', 'config.storage.replication.factor': 1 } },
    ],
    mirrors: [
      {
        sourceCluster: 'a',
        targetCluster: 'b',
        sourceConnector: { tasksMax: 2, pause: true },
        heartbeatConnector: {},
        topicsBlacklistPattern: 'x',
      },
    ],
  })

  test('MirrorMaker 2 says target and sources in place of a list of clusters', () => {
    const { v1, warnings } = roundTrip(mirrorMaker2)
    assert.deepEqual(specOf(v1), {
      replicas: 1,
      target: {
        alias: 'b',
        bootstrapServers: 'b:9092',
        groupId: 'g',
        configStorageTopic: 'mirrormaker2-cluster-configs',
        statusStorageTopic: 'mirrormaker2-cluster-status',
        offsetStorageTopic: 'mirrormaker2-cluster-offsets',
        config: { 'config.storage.replication.factor': 1 },
      },
      mirrors: [
        {
          source: { alias: 'a', bootstrapServers: 'a:9092' },
          sourceConnector: { tasksMax: 2, state: 'paused' },
          topicsExcludePattern: 'x',
        },
      ],
    })
    assert.deepEqual(warnings, ['heartbeatConnector means nothing any more and is not acted upon.'])
  })

  test('a MirrorMaker 2 changed in v1 is said in v1’s way at old versions, too', () => {
    const v1 = up(mirrorMaker2).object
    const { mirrors } = specOf(v1) as { mirrors: object[] }
    const spec = { ...specOf(v1), mirrors: [{ ...mirrors[0], topicsPattern: 'orders' }] }
    assert.deepEqual(specOf(convert({ ...v1, spec }, 'v1', 'v1beta2').object), spec)
  })

  test('a node pool loses the storage class for each broker', () => {
    const { v1, warnings } = roundTrip(
      object('KafkaNodePool', 'v1beta2', {
        replicas: 1,
        roles: ['broker'],
        storage: {
          type: 'jbod',
          volumes: [{ id: 0, type: 'persistent-claim', size: '1Gi', overrides: [{ broker: 0, class: 'x' }] }],
        },
      }),
    )
    assert.deepEqual(specOf(v1)['storage'], {
      type: 'jbod',
      volumes: [{ id: 0, type: 'persistent-claim', size: '1Gi' }],
    })
    assert.equal(warnings.length, 1)
  })
})

describe('the annotation', () => {
  test('that somebody wrote by hand is no reason to fail', () => {
    for (const text of ['', 'null', '[]', '{"version":1}', '{"version":"v1beta1","spec":null}'])
      assert.deepEqual(
        convert(object('Kafka', 'v1', { kafka: {} }, { annotations: { [legacyAnnotation]: text } }), 'v1', 'v1beta1')
          .object,
        object('Kafka', 'v1beta1', { kafka: {} }),
      )
  })

  test('holds no part of the object but what v1 has no place for', () => {
    const text = up(zookeeperEra).object.metadata.annotations![legacyAnnotation]!
    assert.deepEqual(Object.keys(JSON.parse(text)), ['version', 'spec', 'made'])
    assert.ok(!text.includes('readinessProbe') && !text.includes('offsets.topic'))
  })
})

test('objects without a spec only change their version', () => {
  const bare = { apiVersion: 'kafka.strimzi.io/v1beta2', kind: 'Kafka', metadata: { name: 'x' } }
  assert.deepEqual(convert(bare, 'v1beta2', 'v1'), {
    object: { ...bare, apiVersion: 'kafka.strimzi.io/v1' },
    warnings: [],
  })
})
