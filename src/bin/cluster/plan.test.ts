import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brokerConfigOf } from '../../config/index.ts'
import { askOf, newCluster, planCluster, portsOf, propertiesText, readKept, withBrokerPorts } from './plan.ts'

function luck(freePorts: readonly number[] = []) {
  let n = 0
  return { uuid: () => `id${n++}`, freePorts }
}

const ports = (kept: ReturnType<typeof newCluster>) => kept.nodes.map((n) => [n.id, n.port, n.controllerPort])

test('three brokers are controllers as well; more brokers are brokers alone', () => {
  assert.deepEqual(ports(newCluster({ brokers: 3, controllers: null }, 9092, luck())), [
    [1, 9092, 9192],
    [2, 9093, 9193],
    [3, 9094, 9194],
  ])
  const five = newCluster({ brokers: 5, controllers: null }, 9092, luck())
  assert.deepEqual(ports(five).slice(3), [
    [4, 9095, null],
    [5, 9096, null],
  ])
})

test('controllers that are asked for are nodes of their own', () => {
  const ask = { brokers: 2, controllers: 3 }
  const free = [11, 12, 13, 14, 15]
  assert.equal(portsOf(ask), free.length)
  const kept = newCluster(ask, 0, luck(free))
  assert.deepEqual(ports(kept), [
    [1, 11, null],
    [2, 12, null],
    [101, null, 13],
    [102, null, 14],
    [103, null, 15],
  ])
  assert.deepEqual(askOf(kept), ask)
})

test('what is kept is read again, and brokers alone change their ports', () => {
  const kept = newCluster({ brokers: 2, controllers: null }, 9092, luck())
  assert.deepEqual(readKept(JSON.stringify(kept)), kept)
  assert.deepEqual(ports(withBrokerPorts(kept, 7000)), [
    [1, 7000, 9192],
    [2, 7001, 9193],
  ])
  for (const text of ['', '{}', '[]', 'null', '{"clusterId":"a","nodes":[{"id":1}]}'] as const) {
    assert.equal(typeof readKept(text), 'string', text)
  }
})

test('every node has a configuration that Kafka accepts; those of three brokers keep three copies, two in sync', () => {
  for (const controllers of [null, 3]) {
    const kept = newCluster({ brokers: 3, controllers }, 9092, luck())
    const plan = planCluster(kept, '/data', new Map([['num.partitions', '7']]))
    for (const { config, id } of plan.nodes) {
      const parsed = brokerConfigOf(config)
      assert.deepEqual(parsed.errors, [])
      assert.equal(parsed.config!.nodeId, id)
      assert.equal(parsed.config!.numPartitions, 7)
      assert.equal(config.get('log.dirs'), `/data/node-${id}/data`)
      for (const key of ['default', 'offsets.topic', 'transaction.state.log']) {
        assert.equal(config.get(`${key}.replication.factor`), '3')
      }
      assert.equal(config.get('transaction.state.log.min.isr'), '2')
      assert.equal(config.get('min.insync.replicas'), '2')
    }
    assert.equal(plan.bootstrap, 'localhost:9092,localhost:9093,localhost:9094')
  }
  const one = planCluster(newCluster({ brokers: 1, controllers: 1 }, 9092, luck()), '/data').nodes[0]!
  assert.equal(one.config.get('min.insync.replicas'), '1')
})

test('the first voters are told to the formatter with the ids of their directories', () => {
  const kept = newCluster({ brokers: 1, controllers: 2 }, 9092, luck())
  assert.equal(planCluster(kept, '/data').initialControllers, '101@localhost:9192:id1,102@localhost:9193:id2')
})

test('a path of Windows or with a line end survives the properties file', () => {
  assert.equal(propertiesText(new Map([['log.dirs', 'C:\\a\nb']])), 'log.dirs=C:\\\\a\\nb\n')
})
