/** "Deploy Kafka with AMQ Streams and rook-ceph's RBD Storage Class", command by command, with kubectl in oc's place. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { Home, noKubectl } from '../control-plane/world.ts'
import { rows, said, until } from './document.ts'

const written = join(import.meta.dirname, '..', '..', 'examples', 'walk-throughs', '000-storage', 'written')
const group = 'my-hello-world-consumer'

test('the document on storage: a Kafka of 2020 with three brokers, a topic, a producer and consumers that scale', {
  skip: noKubectl,
}, async () => {
  await using home = new Home()
  const oc = async (...args: string[]): Promise<string> => said(await home.kubectl(...args))
  const inBroker = ['exec', 'kafka-cluster-kafka-0', '--']
  const groups = [
    ...inBroker,
    'bin/kafka-consumer-groups.sh',
    '--bootstrap-server',
    'kafka-cluster-kafka-bootstrap:9092',
  ]
  const describeGroup = async () => rows(await oc(...groups, '--describe', '--group', group))

  said(await home.millrace('up', '-f', join(import.meta.dirname, 'namespace.yaml'), '--detach'))
  await oc('config', 'set-context', '--current', '--namespace=amq-streams')
  const operator = rows(await oc('get', 'pods', '-n', 'millrace-system'))
  assert.match(operator[0]!['NAME']!, /^strimzi-cluster-operator-/)
  assert.match(await oc('get', 'sc'), /\(default\)/)

  assert.match(await oc('create', '-f', join(written, 'kafka.yaml')), /kafka-cluster created/)
  await oc('wait', 'kafka/kafka-cluster', '--for=condition=Ready', '--timeout=120s')
  const pods = rows(await oc('get', 'pods'))
  for (const name of ['kafka-0', 'kafka-1', 'kafka-2', 'controller-3', 'controller-4', 'controller-5']) {
    const pod = pods.find((row) => row['NAME'] === `kafka-cluster-${name}`)
    assert.deepEqual([pod?.['READY'], pod?.['STATUS']], ['1/1', 'Running'])
  }
  const entity = pods.find((row) => row['NAME']!.startsWith('kafka-cluster-entity-operator-'))
  assert.deepEqual([entity?.['READY'], entity?.['STATUS']], ['2/2', 'Running'])
  const volumes = rows(await oc('get', 'pv'))
  for (const id of [0, 1, 2]) {
    const volume = volumes.find((row) => row['CLAIM'] === `amq-streams/data-kafka-cluster-kafka-${id}`)
    assert.deepEqual([volume?.['CAPACITY'], volume?.['STATUS']], ['5Gi', 'Bound'])
  }

  assert.match(await oc('create', '-f', join(written, 'topic.yaml')), /my-topic created/)
  await oc('wait', 'kafkatopic/my-topic', '--for=condition=Ready', '--timeout=60s')
  const topic = rows(await oc('get', 'kafkatopic')).find((row) => row['NAME'] === 'my-topic')
  assert.deepEqual([topic?.['PARTITIONS'], topic?.['REPLICATION FACTOR']], ['12', '3'])

  await oc('create', '-f', join(written, 'clients.yaml'))
  const line =
    /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d INFO {2}KafkaProducerExample:18 - Sending messages "Hello world - \d+"$/m
  await until(
    async () => (await home.kubectl('logs', 'deploy/hello-world-producer')).out,
    (text) => line.test(text),
  )
  const received =
    /KafkaConsumerExample:24 - Received message:\n.*:25 - \tpartition: \d+\n.*:26 - \toffset: \d+\n.*:27 - \tvalue: Hello world - \d+/
  await until(
    async () => (await home.kubectl('logs', 'deploy/hello-world-consumer')).out,
    (text) => received.test(text),
  )

  const one = await describeGroup()
  assert.equal(one.length, 12)
  assert.equal(new Set(one.map((row) => row['HOST'])).size, 1)

  await oc('scale', 'deployment', 'hello-world-consumer', '--replicas=0')
  const none = await until(
    async () => oc(...groups, '--describe', '--group', group),
    (text) => rows(text).length > 0 && rows(text).every((row) => row['CONSUMER-ID'] === '-'),
  )
  assert.ok(rows(none).some((row) => Number(row['LAG']) >= 0))
  const reset = rows(
    await oc(...groups, '--group', group, '--reset-offsets', '--topic', 'my-topic', '--execute', '--to-earliest'),
  )
  assert.deepEqual([...new Set(reset.map((row) => row['NEW-OFFSET']))], ['0'])
  assert.equal(reset.length, 12)

  await oc('scale', 'deployment', 'hello-world-consumer', '--replicas=3')
  await until(
    async () => oc(...groups, '--describe', '--group', group),
    (text) =>
      new Set(
        rows(text)
          .map((row) => row['HOST'])
          .filter((host) => host !== '-'),
      ).size === 3,
  )
  const ips = rows(await oc('get', 'pod', '-l', 'app=hello-world-consumer', '-o', 'wide')).map((row) => `/${row['IP']}`)
  const three = await describeGroup()
  assert.deepEqual([...new Set(three.map((row) => row['HOST']))].sort(), ips.sort())
})
