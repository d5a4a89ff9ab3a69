/** "Introduction to Kafka", its part on Kubernetes, command by command. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { Home, noKubectl } from '../control-plane/world.ts'
import { rows, said } from './document.ts'

const resources = join(import.meta.dirname, '..', '..', 'examples', 'walk-throughs', '003-introduction', 'written')
const image = 'quay.io/strimzi/kafka:latest-kafka-3.6.0'

test('the introduction on Kubernetes: a cluster, a topic, and clients in pods that come and go', {
  skip: noKubectl,
}, async () => {
  await using home = new Home()
  const kubectl = async (...args: string[]): Promise<string> => said(await home.kubectl(...args))
  let runs = 0
  // the document's own function
  const kubectlKafka = async (input: string, ...command: string[]): Promise<string> => {
    const run = ['run', `krun-${runs++}`, '-iq', '--rm', '--restart=Never', `--image=${image}`, '--', ...command]
    return said(await home.kubectlIn(input, ...run))
  }
  said(await home.millrace('up', '-f', join(import.meta.dirname, 'namespace.yaml'), '--detach'))
  await kubectl('create', 'namespace', 'test')
  await kubectl('config', 'set-context', '--current', '--namespace=test')

  const created = await kubectl('create', '-f', resources)
  assert.match(created, /kafka\.kafka\.strimzi\.io\/my-cluster created/)
  assert.match(created, /kafkatopic\.kafka\.strimzi\.io\/my-topic created/)
  await kubectl('wait', 'k/my-cluster', '--for=condition=Ready', '--timeout=120s')
  await kubectl('wait', 'kt/my-topic', '--for=condition=Ready', '--timeout=60s')
  const listed = await kubectl('get', 'k,kt,po')
  assert.match(listed, /^kafka\.kafka\.strimzi\.io\/my-cluster +True/m)
  const pods = rows(await kubectl('get', 'po'))
  for (const id of [0, 1, 2]) {
    const pod = pods.find((row) => row['NAME'] === `my-cluster-kafka-${id}`)
    assert.deepEqual([pod?.['READY'], pod?.['STATUS'], pod?.['RESTARTS']], ['1/1', 'Running', '0'])
  }

  const at = ['--bootstrap-server', 'my-cluster-kafka-bootstrap:9092', '--topic', 'my-topic']
  await kubectlKafka('hello\nworld\n', 'bin/kafka-console-producer.sh', ...at)
  const consume = [
    'bin/kafka-console-consumer.sh',
    ...at,
    '--group',
    'my-group',
    '--from-beginning',
    '--max-messages',
    '2',
  ]
  const consumed = await kubectlKafka('', ...consume)
  assert.deepEqual(
    consumed
      .split('\n')
      .filter((line) => line === 'hello' || line === 'world')
      .sort(),
    ['hello', 'world'],
  )
  assert.doesNotMatch(await kubectl('get', 'po'), /krun-/)
})
