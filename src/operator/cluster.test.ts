import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Obj } from '../kube-client/index.ts'
import { convert, type Kafka, kafkaNodePools, kafkas, type StrimziPodSet, strimziPodSets } from '../resources/index.ts'
import { textOf } from './certificates.ts'
import { clusterController } from './cluster-controller.ts'
import { kafkaNamed, poolNamed } from './examples.ts'
import { type FakeKube, kubelet, pass, testWorld, wellKafka } from './fakes.ts'
import { configMaps, deployments, type Pod, pods, type Secret, secrets, services } from './kinds.ts'
import { podSetController } from './pod-set-controller.ts'
import { rehearsalText, rehearseAll } from './rehearsal.ts'

const at = (name: string) => ({ namespace: 'shop', name })

function setUp(also: object = {}) {
  const t = testWorld()
  const cluster = clusterController(t.world)
  const sets = podSetController(t.world.config)
  t.kube.put(kafkaNamed('my-cluster', also))
  const step = async (isUp?: (p: Pod) => boolean) => {
    const planned = await pass(t.kube, cluster, 'shop/my-cluster')
    for (const set of t.kube.list(strimziPodSets) as readonly Obj[])
      await pass(t.kube, sets, `shop/${set.metadata.name}`)
    kubelet(t.kube, isUp)
    return planned
  }
  const kafka = (): Kafka => t.kube.get(kafkas, at('my-cluster'))
  return { ...t, step, kafka }
}

const mainCondition = (k: Kafka) => k.status?.conditions?.find((c) => c.type === 'Ready' || c.type === 'NotReady')
const podNames = (kube: FakeKube) => (kube.list(pods) as readonly Pod[]).map((p) => p.metadata.name).sort()

test('one dual-role node: from Kafka and pool to Ready', async () => {
  const t = setUp()
  t.kube.put(poolNamed('dual', ['controller', 'broker'], 1))
  await t.step()
  assert.deepEqual(podNames(t.kube), ['my-cluster-dual-0'])
  assert.equal(mainCondition(t.kafka())?.reason, 'Creating')
  const map: Obj = t.kube.get(configMaps, at('my-cluster-dual-0'))
  const config = (map as unknown as { data: Record<string, string> }).data['server.config'] ?? ''
  assert.match(config, /^process\.roles=broker,controller$/m)
  assert.match(config, /^controller\.quorum\.voters=0@my-cluster-dual-0\.my-cluster-kafka-brokers\.shop\.svc:9090$/m)
  assert.match(
    config,
    /^listeners=CONTROLPLANE-9090:\/\/0\.0\.0\.0:9090,REPLICATION-9091:\/\/0\.0\.0\.0:9091,PLAIN-9092/m,
  )
  assert.match(config, /^offsets\.topic\.replication\.factor=1$/m)

  t.admin.facts_ = wellKafka([0], [0])
  await t.step() // nodes are ready: the entity operator comes
  assert.ok(t.kube.get(deployments, at('my-cluster-entity-operator')))
  await t.step()
  const { status } = t.kafka()
  assert.equal(mainCondition(t.kafka())?.type, 'Ready')
  assert.equal(status?.kafkaVersion, '4.3.1')
  assert.equal(status?.kafkaMetadataVersion, '4.3-IV0')
  assert.equal(status?.observedGeneration, 1)
  assert.deepEqual(status?.kafkaNodePools, [{ name: 'dual' }])
  assert.equal(status?.listeners?.[0]?.bootstrapServers, 'my-cluster-kafka-bootstrap.shop.svc:9092')
  assert.match(status?.listeners?.[1]?.certificates?.[0] ?? '', /BEGIN CERTIFICATE/)
  const pool: Obj = t.kube.get(kafkaNodePools, at('dual'))
  assert.deepEqual((pool['status'] as { nodeIds: number[] }).nodeIds, [0])
})

test('what is as wanted is not written again', async () => {
  const t = setUp()
  t.kube.put(poolNamed('dual', ['controller', 'broker'], 1))
  t.admin.facts_ = wellKafka([0], [0])
  for (let i = 0; i < 4; i++) await t.step()
  t.kube.writes.length = 0
  for (let i = 0; i < 3; i++) await t.step()
  assert.deepEqual(t.kube.writes, [])
})

test('certificates of nodes carry the names by which they are reached', async () => {
  const t = setUp()
  t.kube.put(poolNamed('dual', ['controller', 'broker'], 1))
  await t.step()
  const secret: Secret = t.kube.get(secrets, at('my-cluster-dual-0'))
  const facts = await t.world.keys.inspect(textOf(secret.data?.['my-cluster-dual-0.crt'] ?? ''))
  assert.equal(facts.subject, 'CN=my-cluster-kafka,O=io.strimzi')
  assert.ok(facts.dnsNames.includes('my-cluster-dual-0.my-cluster-kafka-brokers.shop.svc'))
  assert.ok(facts.dnsNames.includes('my-cluster-kafka-bootstrap.shop.svc.cluster.local'))
  const ca: Secret = t.kube.get(secrets, at('my-cluster-cluster-ca-cert'))
  assert.ok(
    await t.world.keys.isIssuedBy(
      textOf(secret.data?.['my-cluster-dual-0.crt'] ?? ''),
      textOf(ca.data?.['ca.crt'] ?? ''),
    ),
  )
  assert.deepEqual(Object.keys(ca.data ?? {}).sort(), ['ca.crt', 'ca.p12', 'ca.password'])
})

test('pools of brokers and controllers get ids in the order of their names', async () => {
  const t = setUp()
  t.kube.put(poolNamed('controller', ['controller'], 3))
  t.kube.put(
    poolNamed('broker', ['broker'], 3, { type: 'jbod', volumes: [{ id: 0, type: 'persistent-claim', size: '1Gi' }] }),
  )
  await t.step()
  assert.deepEqual(podNames(t.kube), [
    'my-cluster-broker-0',
    'my-cluster-broker-1',
    'my-cluster-broker-2',
    'my-cluster-controller-3',
    'my-cluster-controller-4',
    'my-cluster-controller-5',
  ])
  assert.ok(t.kube.objects.has('PersistentVolumeClaim/shop/data-0-my-cluster-broker-1'))
})

test('a change of configuration that needs a restart rolls one node at a time, the active controller last', async () => {
  const t = setUp()
  t.kube.put(poolNamed('dual', ['controller', 'broker'], 3))
  t.admin.facts_ = wellKafka([0, 1, 2], [0, 1, 2], { quorumLeader: 1 })
  for (let i = 0; i < 4; i++) await t.step()
  const kafka = t.kafka()
  t.kube.put(
    kafkaNamed('my-cluster', {
      config: { 'min.insync.replicas': 1, 'num.network.threads': 5, 'log.dir.failure.timeout.ms': 9 },
    }),
  )
  t.kube.put({ ...t.kafka(), status: kafka.status } as Obj)
  const restarted: string[] = []
  for (let i = 0; i < 12; i++) {
    const planned = await t.step()
    const deletes = (planned?.actions ?? []).filter((a) => 'do' in a && a.do === 'delete')
    assert.ok(deletes.length <= 1)
    for (const d of deletes) if ('ref' in d) restarted.push(d.ref.name)
  }
  // num.network.threads is changed in running brokers, log.dir… is forbidden: nobody restarts
  assert.equal(restarted.length, 0)
  t.kube.put({
    ...kafkaNamed('my-cluster', { config: { 'min.insync.replicas': 1, 'group.min.session.timeout.ms': 1000 } }),
    status: kafka.status,
  } as Obj)
  for (let i = 0; i < 12; i++) {
    const planned = await t.step()
    for (const d of planned?.actions ?? []) if ('do' in d && d.do === 'delete') restarted.push(d.ref.name)
  }
  assert.deepEqual(restarted, ['my-cluster-dual-0', 'my-cluster-dual-2', 'my-cluster-dual-1'])
})

test('a broker whose partitions would fall below min.insync.replicas is not restarted', async () => {
  const t = setUp()
  t.kube.put(poolNamed('dual', ['controller', 'broker'], 3))
  const partitions = [{ topic: 'orders', partition: 0, leader: 0, replicas: [0, 1, 2], inSync: [0, 1], minInSync: 2 }]
  t.admin.facts_ = wellKafka([0, 1, 2], [0, 1, 2], { partitions })
  for (let i = 0; i < 4; i++) await t.step()
  const pod: Obj = t.kube.get(pods, at('my-cluster-dual-1'))
  t.kube.put({
    ...pod,
    metadata: {
      ...pod.metadata,
      annotations: { ...pod.metadata.annotations, 'strimzi.io/manual-rolling-update': 'true' },
    },
  })
  const planned = await t.step()
  assert.deepEqual(
    (planned?.actions ?? []).filter((a) => 'do' in a && a.do === 'delete'),
    [],
  )
  t.admin.facts_ = wellKafka([0, 1, 2], [0, 1, 2], { partitions: [{ ...partitions[0]!, inSync: [0, 1, 2] }] })
  const next = await t.step()
  assert.equal(next?.events?.[0]?.reason, 'ManualRollingUpdate')
})

test('what the brokers cannot enforce is not opened', async () => {
  const t = setUp({
    listeners: [{ name: 'ext', port: 9094, type: 'route', tls: true }],
  })
  t.kube.put(poolNamed('dual', ['controller', 'broker'], 1))
  await t.step()
  assert.equal(mainCondition(t.kafka())?.reason, 'UnsupportedListenerType')
  assert.deepEqual(podNames(t.kube), [])
})

test('services: bootstrap for brokers, headless with addresses that are not ready', async () => {
  const t = setUp()
  t.kube.put(poolNamed('dual', ['controller', 'broker'], 1))
  await t.step()
  const spec = (name: string) => (t.kube.get(services, at(name)) as { spec: Record<string, unknown> }).spec
  assert.deepEqual(
    (spec('my-cluster-kafka-bootstrap')['ports'] as { name: string }[]).map((p) => p.name),
    ['tcp-replication', 'tcp-clients', 'tcp-clientstls'],
  )
  assert.equal(spec('my-cluster-kafka-brokers')['clusterIP'], 'None')
  assert.equal(spec('my-cluster-kafka-brokers')['publishNotReadyAddresses'], true)
})

test('scaling down waits while a broker has replicas', async () => {
  const t = setUp()
  t.kube.put(poolNamed('controller', ['controller'], 1))
  t.kube.put(poolNamed('broker', ['broker'], 2))
  t.admin.facts_ = wellKafka([0, 1], [2], {
    partitions: [{ topic: 'a', partition: 0, leader: 1, replicas: [1], inSync: [1], minInSync: 1 }],
  })
  for (let i = 0; i < 4; i++) await t.step()
  const pool: Obj = t.kube.get(kafkaNodePools, at('broker'))
  t.kube.put({ ...pool, spec: { ...(pool['spec'] as object), replicas: 1 } } as Obj)
  for (let i = 0; i < 3; i++) await t.step()
  assert.equal(podNames(t.kube).length, 3)
  assert.ok(t.kafka().status?.conditions?.some((c) => c.reason === 'ScaleDownPreventionCheck'))
  t.admin.facts_ = wellKafka([0, 1], [2], { partitions: [] })
  for (let i = 0; i < 3; i++) await t.step()
  assert.deepEqual(podNames(t.kube), ['my-cluster-broker-0', 'my-cluster-controller-2'])
  const set: StrimziPodSet = t.kube.get(strimziPodSets, at('my-cluster-broker'))
  assert.equal(set.status?.pods, 1)
})

test('a Kafka of the years with ZooKeeper gets node pools of its own', async () => {
  const t = setUp()
  const old = {
    apiVersion: 'kafka.strimzi.io/v1beta1',
    kind: 'Kafka',
    metadata: { name: 'my-cluster', namespace: 'shop' },
    spec: {
      kafka: {
        version: '2.4.0',
        replicas: 3,
        listeners: { plain: {}, tls: {} },
        config: { 'log.message.format.version': '2.2' },
        storage: { type: 'persistent-claim', size: '5Gi', deleteClaim: true },
      },
      zookeeper: { replicas: 3, storage: { type: 'persistent-claim', size: '3Gi' } },
      entityOperator: { topicOperator: {}, userOperator: {} },
    },
  } as Obj
  t.kube.put(convert(old, 'v1beta1', 'v1').object)
  t.admin.facts_ = wellKafka([0, 1, 2], [3, 4, 5])
  for (let i = 0; i < 6; i++) await t.step()
  assert.deepEqual(podNames(t.kube), [
    'my-cluster-controller-3',
    'my-cluster-controller-4',
    'my-cluster-controller-5',
    'my-cluster-kafka-0',
    'my-cluster-kafka-1',
    'my-cluster-kafka-2',
  ])
  assert.ok(t.kube.objects.has('PersistentVolumeClaim/shop/data-my-cluster-kafka-0'))
  assert.equal(mainCondition(t.kafka())?.type, 'Ready')
  assert.ok(t.kafka().status?.conditions?.some((c) => c.type === 'Warning'))
})

test('a Kafka that is gone: brokers stop before controllers, then what node pools would keep goes', async () => {
  const t = setUp()
  t.kube.put(poolNamed('controller', ['controller'], 1))
  const claim = { id: 0, type: 'persistent-claim', size: '1Gi' }
  t.kube.put(
    poolNamed('broker', ['broker'], 1, { type: 'jbod', volumes: [claim, { ...claim, id: 1, deleteClaim: true }] }),
  )
  t.admin.facts_ = wellKafka([0], [1])
  for (let i = 0; i < 4; i++) await t.step()
  t.kube.put({
    apiVersion: 'kafka.strimzi.io/v1',
    kind: 'KafkaTopic',
    metadata: {
      name: 'orders',
      namespace: 'shop',
      labels: { 'strimzi.io/cluster': 'my-cluster' },
      finalizers: ['strimzi.io/topic-operator'],
    },
    spec: {},
  } as Obj)
  t.kube.remove(kafkas, at('my-cluster'))
  t.kube.writes.length = 0
  for (let i = 0; i < 5; i++) {
    await t.step()
    // garbage collection: pods go with their set
    for (const pod of t.kube.list(pods) as readonly Pod[]) {
      const set = pod.metadata.labels?.['strimzi.io/controller-name'] ?? ''
      if (!t.kube.get(strimziPodSets, at(set))) t.kube.remove(pods, at(pod.metadata.name))
    }
  }
  const gone = t.kube.writes.flatMap((w) => (w.do === 'delete' ? `${w.kind.kind} ${w.ref.name}` : []))
  assert.deepEqual(gone.slice(0, 2), ['StrimziPodSet my-cluster-broker', 'StrimziPodSet my-cluster-controller'])
  assert.ok(gone.includes('PersistentVolumeClaim data-1-my-cluster-broker-0'))
  assert.ok(!gone.includes('PersistentVolumeClaim data-0-my-cluster-broker-0'))
  assert.ok(gone.includes('ConfigMap my-cluster-broker-0'))
  assert.ok(!gone.some((name) => name.includes('KafkaNodePool')))
  const topic = t.kube.objects.get('KafkaTopic/shop/orders')
  assert.deepEqual(topic?.metadata.finalizers, [])
})

test('a rehearsal says what a change would do, and does nothing', async () => {
  const t = setUp()
  t.kube.put(poolNamed('dual', ['controller', 'broker'], 3))
  t.admin.facts_ = wellKafka([0, 1, 2], [0, 1, 2], { quorumLeader: 0 })
  for (let i = 0; i < 4; i++) await t.step()
  const kube = {
    get: (kind: never, ref: never) => Promise.resolve(t.kube.get(kind, ref) ?? null),
    list: (kind: never) => Promise.resolve({ items: t.kube.list(kind), resourceVersion: '1' }),
    watch: () => ({ close() {} }),
    apply: () => Promise.reject(new Error('written')),
  }
  const config = { 'min.insync.replicas': 1, 'log.retention.ms': 5000, 'group.min.session.timeout.ms': 9000 }
  const world = { ...t.world, kube: kube as never }
  const [rehearsal] = await rehearseAll(world, [kafkaNamed('my-cluster', { config })])
  assert.ok(rehearsal)
  assert.deepEqual(rehearsal.settings, [{ key: 'log.retention.ms', from: null, to: '5000' }])
  assert.deepEqual(
    rehearsal.restarts.map((r) => `${r.pod} ${r.reasons}`),
    ['1', '2', '0'].map((id) => `my-cluster-dual-${id} ConfigChangeRequiresRestart`),
  )
  assert.match(rehearsalText(rehearsal), /3\. my-cluster-dual-0 {2}ConfigChangeRequiresRestart/)
  const [same] = await rehearseAll(world, [kafkaNamed('my-cluster')])
  assert.match(rehearsalText(same!), /nothing would change/)
})

test('the built-in operator leaves a namespace to one that watches it, and takes it back when that is scaled to none', async () => {
  const t = setUp()
  t.kube.put(poolNamed('dual', ['controller', 'broker'], 1))
  const other = (replicas: number): Obj =>
    ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'strimzi-cluster-operator', namespace: 'shop' },
      spec: {
        replicas,
        template: {
          spec: {
            containers: [
              {
                name: 'strimzi-cluster-operator',
                args: ['/opt/strimzi/bin/cluster_operator_run.sh'],
                env: [{ name: 'STRIMZI_NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } }],
              },
            ],
          },
        },
      },
    }) as Obj
  t.kube.put(other(1))
  await t.step()
  assert.equal(t.kafka().status, undefined)
  t.kube.put(other(0))
  await t.step()
  assert.equal(mainCondition(t.kafka())?.reason, 'Creating')
})

test('what belongs to somebody else is not taken over; the Kafka says so, and goes on when it is gone', async () => {
  const t = setUp()
  t.kube.put(poolNamed('dual', ['controller', 'broker'], 1))
  const cluster = { 'strimzi.io/cluster': 'my-cluster' }
  const of = (kind: string, name: string) => [{ apiVersion: 'v1', kind, name, uid: `uid-of-${name}` }]
  const cases: readonly [string, string, object, RegExp][] = [
    [
      'Secret',
      'my-cluster-cluster-ca',
      { labels: { ...cluster, 'strimzi.io/kind': 'KafkaUser' } },
      /one of a KafkaUser/,
    ],
    ['Secret', 'my-cluster-dual-0', { ownerReferences: of('KafkaUser', 'bob') }, /belongs to KafkaUser bob/],
    ['ConfigMap', 'my-cluster-dual-0', {}, /was not made for this Kafka/],
    [
      'Service',
      'my-cluster-kafka-bootstrap',
      { labels: cluster, ownerReferences: of('Release', 'shop') },
      /Release shop/,
    ],
    [
      'StrimziPodSet',
      'my-cluster-dual',
      { labels: { 'strimzi.io/cluster': 'my', 'strimzi.io/kind': 'Kafka' } },
      /belongs to Kafka my\b/,
    ],
  ]
  for (const [kind, name, meta, whose] of cases) {
    const key = `${kind}/shop/${name}`
    const other = t.kube.put({
      apiVersion: 'v1',
      kind,
      metadata: { name, namespace: 'shop', ...meta },
      spec: { pods: [] },
    } as Obj)
    await t.step()
    const said = mainCondition(t.kafka())
    assert.equal(said?.reason, 'ResourceConflict')
    assert.match(said?.message ?? '', whose)
    assert.ok(said?.message?.startsWith(`${kind} ${name} is needed, but is there already`))
    // the pod set's own controller counts its pods
    const now = t.kube.objects.get(key)
    assert.deepEqual(
      { ...now, status: undefined, metadata: { ...now?.metadata, resourceVersion: '' } },
      { ...other, status: undefined, metadata: { ...other.metadata, resourceVersion: '' } },
    )
    assert.deepEqual(podNames(t.kube), [])
    t.kube.objects.delete(key)
  }
  await t.step()
  assert.equal(mainCondition(t.kafka())?.reason, 'Creating')
  assert.deepEqual(podNames(t.kube), ['my-cluster-dual-0'])
})

test('broker.rack is what the Node says in the label of spec.kafka.rack, else a warning tells that it is not known', async () => {
  const key = 'topology.kubernetes.io/zone'
  const node = (name: string, labels: object): Obj =>
    ({ apiVersion: 'v1', kind: 'Node', metadata: { name, labels } }) as Obj
  const started = async (rack: object, also: object, ...nodes: Obj[]) => {
    const t = setUp({ rack, ...also })
    for (const n of nodes) t.kube.put(n)
    t.kube.put(poolNamed('dual', ['controller', 'broker'], 1))
    await t.step()
    const map = t.kube.get(configMaps, at('my-cluster-dual-0')) as unknown as { data: Record<string, string> }
    const said = t.kafka().status?.conditions?.find((c) => c.reason === 'RackUnknown')?.message ?? null
    return [/^broker\.rack=(.*)$/m.exec(map.data['server.config'] ?? '')?.[1] ?? null, said]
  }
  const byLabel = { topologyKey: key }
  assert.deepEqual(await started(byLabel, {}, node('a', { [key]: 'east' })), ['east', null])
  assert.deepEqual(await started(byLabel, {}, node('a', {})), [
    null,
    `spec.kafka.rack is not acted upon, broker.rack is not set: no Node has the label ${key} (kubectl label node a ${key}=ZONE).`,
  ])
  const [rack, why] = await started(byLabel, {}, node('a', { [key]: 'east' }), node('b', { [key]: 'west' }))
  assert.equal(rack, null)
  assert.match(why ?? '', /the Nodes differ in the label/)
  const byVariable = { type: 'environment-variable', envVarName: 'ZONE' }
  const template = { kafkaContainer: { env: [{ name: 'ZONE', value: 'north' }] } }
  assert.deepEqual(await started(byVariable, { template }), ['north', null])
  assert.match((await started(byVariable, {}))[1] ?? '', /no value of ZONE/)
})

test('default user quotas go with spec.kafka.quotas; those that a person gave Kafka stay', async () => {
  const t = setUp()
  t.kube.put(poolNamed('dual', ['controller', 'broker'], 1))
  let quotas: Readonly<Record<string, number>> = { producer_byte_rate: 7 }
  const settle = async () => {
    const asked: object[] = []
    for (let i = 0; i < 5; i++) {
      t.admin.asked.length = 0
      t.admin.facts_ = wellKafka([0], [0], { defaultUserQuotas: quotas })
      await t.step()
      for (const a of t.admin.asked) {
        if (a.kafka !== 'setDefaultUserQuotas') continue
        asked.push(a.quotas)
        const now = Object.entries({ ...quotas, ...a.quotas }).filter(([, v]) => v !== null)
        quotas = Object.fromEntries(now) as Record<string, number>
      }
    }
    return asked
  }
  const ask = (also: object) => t.kube.put({ ...kafkaNamed('my-cluster', also), status: t.kafka().status } as Obj)
  assert.deepEqual(await settle(), [])
  ask({ quotas: { type: 'kafka', producerByteRate: 1000, consumerByteRate: 2000 } })
  assert.deepEqual(await settle(), [{ producer_byte_rate: 1000, consumer_byte_rate: 2000 }])
  ask({})
  assert.deepEqual(await settle(), [{ producer_byte_rate: null, consumer_byte_rate: null }])
  assert.deepEqual(quotas, {})
  quotas = { consumer_byte_rate: 5 }
  assert.deepEqual(await settle(), [])
  assert.equal(mainCondition(t.kafka())?.type, 'Ready')
})
