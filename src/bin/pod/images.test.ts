import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { images } from './images.ts'
import { userImages } from './user-images.ts'

const of = images('/root')
const kindOf = (name: string): string => {
  const image = of(name)
  return 'cannot' in image ? 'none' : image.kind
}

test('images are known by their names, whatever registry and tag', () => {
  for (const name of [
    'quay.io/strimzi/kafka:0.45.0-kafka-3.9.0',
    'strimzi/kafka',
    'registry.redhat.io/amq7/amq-streams-kafka-24-rhel7:1.4.0',
    'registry.redhat.io/amq-streams/kafka-36-rhel8@sha256:0123',
    'apache/kafka:4.3.1',
    'docker.io/apache/kafka-native:latest',
  ]) {
    assert.equal(kindOf(name), 'ours', name)
  }
  for (const name of [
    'busybox',
    'docker.io/library/busybox:1.36',
    'localhost:5000/alpine',
    'registry.access.redhat.com/ubi8/ubi-minimal',
  ]) {
    assert.equal(kindOf(name), 'host', name)
  }
  assert.equal(kindOf('quay.io/strimzi/operator:1.2.0'), 'in-process')
  const producer = of('strimzici/hello-world-producer:support-training')
  assert.deepEqual('cannot' in producer || producer.arguments, ['/opt/kafka/bin/pod/hello_world_producer.sh'])
})

test('an image that does not run here is told with those that do; users may add their own', () => {
  for (const name of ['nginx', 'mykafka', 'example.com/kafka', 'strimzi/kafkaesque']) {
    const image = of(name)
    assert.match('cannot' in image ? image.cannot : '', /is not an image that runs here.*strimzi\/kafka/, name)
  }
  const own = { kind: 'host', layout: {}, workdir: '/', entrypoint: ['x'], env: {}, id: 'own' } as const
  const more = images('/root', (name) => (name === 'mine' ? own : { cannot: '' }))
  assert.equal(more('mine'), own)
})

test('a table of a person’s own is read again when it changes; a mistake in it is told', () => {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-images-'))
  const file = join(directory, 'images.json')
  const own = images('/root', userImages(file))
  const of = (name: string) => own(name)
  const why = (name: string): string => {
    const image = of(name)
    return 'cannot' in image ? image.cannot : ''
  }
  try {
    assert.match(why('mine'), /is not an image/)
    writeFileSync(file, JSON.stringify({ 'example.com/mine': { entrypoint: ['/bin/echo'], env: { A: 'b' } } }))
    const image = of('example.com/mine:1.0')
    assert.deepEqual('cannot' in image || [image.kind, image.entrypoint, image.env], [
      'host',
      ['/bin/echo'],
      { A: 'b' },
    ])
    assert.match(why('other'), /has example\.com\/mine/)
    writeFileSync(file, JSON.stringify({ mine: { command: [] } }))
    assert.match(why('mine'), /mine: there is no command; there are kind, layout/)
    writeFileSync(file, '{')
    assert.match(why('mine'), /cannot be read/)
  } finally {
    rmSync(directory, { recursive: true })
  }
})
