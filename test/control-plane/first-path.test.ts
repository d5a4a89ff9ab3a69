import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { Home, noKubectl, type Ran } from './world.ts'

const yaml = join(import.meta.dirname, 'one-node.yaml')

function done(ran: Ran): string {
  assert.equal(ran.code, 0, `${ran.out}\n${ran.err}`)
  return ran.out
}

test('a Kafka and a KafkaTopic become a broker and a topic, survive a kill -9 of the control plane, and go', {
  skip: noKubectl,
}, async () => {
  await using home = new Home()
  const said = done(await home.millrace('up', '-f', yaml, '--detach', '--wait=100'))
  assert.match(said, /Kafka default\/my-cluster is ready/)
  assert.match(said, /KafkaTopic default\/my-topic is ready/)

  const listed = done(await home.kubectl('get', 'k,kt,po'))
  assert.match(listed, /kafka\.kafka\.strimzi\.io\/my-cluster +True +4\.3\.1/)
  assert.match(listed, /kafkatopic\.kafka\.strimzi\.io\/my-topic +my-cluster +3 +1 +True/)
  assert.match(listed, /pod\/my-cluster-dual-0 +1\/1 +Running +0/)
  const secret = ['get', 'secret', 'my-cluster-cluster-ca-cert', '-o', 'jsonpath={.data}']
  assert.deepEqual(Object.keys(JSON.parse(done(await home.kubectl(...secret)))).sort(), [
    'ca.crt',
    'ca.p12',
    'ca.password',
  ])

  const inPod = ['exec', '-i', 'my-cluster-dual-0', '--']
  const at = ['--bootstrap-server', 'my-cluster-kafka-bootstrap:9092', '--topic', 'my-topic']
  done(await home.kubectlIn('one\ntwo\n', ...inPod, 'bin/kafka-console-producer.sh', ...at))
  const consume = ['bin/kafka-console-consumer.sh', ...at, '--from-beginning', '--max-messages', '2']
  assert.deepEqual(
    done(await home.kubectl(...inPod, ...consume))
      .trim()
      .split('\n')
      .sort(),
    ['one', 'two'],
  )
  assert.equal((await home.kubectl('exec', 'my-cluster-dual-0', '--', 'sh', '-c', 'exit 7')).code, 7)
  assert.match(done(await home.kubectl('logs', 'my-cluster-dual-0')), /Kafka Server started nodeId=0/)

  process.kill(home.controlPlanePid, 'SIGKILL')
  done(await home.millrace('up', '-f', yaml, '--detach', '--wait=100'))
  const adopted = done(await home.kubectl('get', 'po', 'my-cluster-dual-0', '--no-headers'))
  assert.match(adopted, /1\/1 +Running +0 /)
  done(await home.kubectl(...inPod, ...consume))

  done(await home.kubectl('delete', 'kt', 'my-topic'))
  const topics = ['bin/kafka-topics.sh', '--bootstrap-server', 'my-cluster-kafka-bootstrap:9092', '--list']
  assert.doesNotMatch(done(await home.kubectl(...inPod, ...topics)), /my-topic/)
  done(await home.kubectl('delete', 'kafka', 'my-cluster'))
  done(await home.kubectl('wait', '--for=delete', 'pod/my-cluster-dual-0', '--timeout=90s'))
})

test('what cannot become ready says why, and the exit code is 1', { skip: noKubectl }, async () => {
  await using home = new Home()
  const wrong = join(import.meta.dirname, 'wrong.yaml')
  const refused = await home.millrace('up', '-f', wrong, '--detach', '--wait=20')
  assert.equal(refused.code, 1)
  assert.match(refused.err, /wrong\.yaml:\d+:\d+: spec\.kafka\.listeners\[0\]\.typ: .*did you mean type\?/)
})
