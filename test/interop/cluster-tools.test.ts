/** Apache Kafka's tools on a cluster of three controllers and three brokers of ours. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Kafka } from '../../src/client/node.ts'
import { Sites } from '../cluster/sites.ts'
import { until } from '../cluster/until.ts'
import { apacheTool, must, needs } from './world.ts'

describe('tools of Apache Kafka on a cluster', { skip: needs('apache') }, () => {
  let cluster: Sites
  const folder = mkdtempSync(join(tmpdir(), 'millrace-cluster-tools-'))
  const controllers = [101, 102, 103]
  before(async () => {
    cluster = await Sites.makeIsolated({ brokers: 3, controllers: 3 })
    await cluster.start()
  })
  after(async () => {
    await cluster?.[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })
  const brokers = () => ['--bootstrap-server', cluster.bootstrap]
  const quorum = () => ['--bootstrap-controller', controllers.map((id) => `127.0.0.1:${cluster.site(id).port}`).join()]
  const run = async (tool: string, ...args: string[]) => (await must(apacheTool(tool, args))).stdout

  test('kafka-metadata-quorum, asked of brokers and of controllers', async () => {
    for (const at of [brokers(), quorum()]) {
      const status = await run('kafka-metadata-quorum', ...at, 'describe', '--status')
      assert.match(status, /LeaderId:\s+10[123]/)
      for (const id of controllers) assert.match(status, new RegExp(`CurrentVoters:.*"id": ${id}`))
    }
    const replication = await run('kafka-metadata-quorum', ...brokers(), 'describe', '--replication')
    assert.equal(replication.match(/Observer/g)?.length, 3)
    assert.equal(replication.match(/Follower/g)?.length, 2)
  })

  test('kafka-configs and kafka-features, asked of controllers', async () => {
    const at = quorum()
    const one = ['--entity-type', 'brokers', '--entity-name', '1']
    await run('kafka-configs', ...at, ...one, '--alter', '--add-config', 'log.cleaner.threads=2')
    const described = await until(
      () => run('kafka-configs', ...brokers(), ...one, '--describe'),
      (text) => text.includes('log.cleaner.threads=2'),
    )
    assert.match(described, /DYNAMIC_BROKER_CONFIG:log.cleaner.threads=2/)
    assert.match(await run('kafka-features', ...at, 'describe'), /Feature: metadata.version/)
  })

  test('kafka-reassign-partitions moves a topic with a throttle, and takes it away', async () => {
    await run('kafka-topics', ...brokers(), '--create', '--topic', 'moved', '--replica-assignment', '1:2,2:1')
    const kafka = new Kafka({ bootstrapServers: cluster.bootstrap })
    await using producer = kafka.producer()
    await producer.sendAll(Array.from({ length: 100 }, (_, i) => ({ topic: 'moved', value: `${i}` })))
    const file = join(folder, 'plan.json')
    const partitions = [0, 1].map((partition) => ({ topic: 'moved', partition, replicas: [3, 1] }))
    writeFileSync(file, JSON.stringify({ version: 1, partitions }))
    const args = [...brokers(), '--reassignment-json-file', file]
    const begun = await run('kafka-reassign-partitions', ...args, '--execute', '--throttle', '10000000')
    assert.match(begun, /Successfully started partition reassignments for moved-0,moved-1/)
    const verified = await until(
      () => run('kafka-reassign-partitions', ...args, '--verify'),
      (text) => /moved-0 is completed[\s\S]*moved-1 is completed/.test(text),
    )
    assert.match(verified, /Clearing topic-level throttles on topic moved/)
    const topic = await run('kafka-topics', ...brokers(), '--describe', '--topic', 'moved')
    assert.equal(topic.match(/Replicas: 3,1/g)?.length, 2)
  })

  test('kafka-leader-election gives leadership back to who should have it', async () => {
    await run('kafka-topics', ...brokers(), '--create', '--topic', 'led', '--replica-assignment', '2:3')
    await cluster.stop(2)
    await cluster.start(2)
    const at = ['--topic', 'led', '--partition', '0', '--election-type', 'preferred']
    await until(
      () => run('kafka-topics', ...brokers(), '--describe', '--topic', 'led'),
      (text) => /Isr: (2,3|3,2)/.test(text),
    )
    await run('kafka-leader-election', ...brokers(), ...at)
    assert.match(await run('kafka-topics', ...brokers(), '--describe', '--topic', 'led'), /Leader: 2/)
  })
})
