import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Kafka, unwrap } from '../../src/client/node.ts'
import { place, refused, up } from './up-world.ts'

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw thrown
  }
}

async function gone(pids: readonly number[]): Promise<void> {
  while (pids.some(isAlive)) await sleep(20)
}

/** Processes whose command line names the directory (Linux). */
function pidsOf(directory: string): number[] {
  const found: number[] = []
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      const words = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0')
      if (words.includes('__node') && words.some((word) => word.startsWith(`${directory}/`))) found.push(Number(name))
    } catch (thrown) {
      // it ended meanwhile
      if (!/ENOENT|ESRCH/.test((thrown as Error).message)) throw thrown
    }
  }
  return found
}

const isUp =
  /^Kafka is up on (localhost:\d+,localhost:\d+,localhost:\d+) \(3 brokers, 3 controllers\)(?:.*\n){6}Or .*\n/

test('three nodes: a killed one comes back, data and ports stay for the next run, nothing is orphaned', {
  skip: process.platform !== 'linux',
}, async () => {
  const data = join(place, 'three')
  const first = up('--brokers', '3', '--port', '0', '--data', data, '--config', 'broker.session.timeout.ms=3000')
  const [, bootstrap = ''] = await first.until(isUp)
  assert.ok(first.said.out.split('\n').length <= 9, first.said.out)
  const second = await refused('--data', data)
  assert.match(second.err, /Millrace already runs on this directory .*three\); stop it/)

  const [, pid, id] = /kill -9 (\d+) {3}\(broker (\d)/.exec(first.said.out)!
  process.kill(Number(pid), 'SIGKILL')
  await first.until(/broker 3 was ended by SIGKILL; starting it again\. Its log: .*node-3\/server\.log\n/)
  assert.equal(id, '3')

  const kafka = new Kafka({ bootstrapServers: bootstrap })
  const admin = kafka.admin()
  const producer = kafka.producer({ acks: 'all' })
  await first.until(/broker 3 is back\n/)
  await admin.createTopics([{ name: 'orders', partitions: 1 }])
  await producer.send({ topic: 'orders', value: 'two apples' })
  const topic = unwrap(await admin.describeTopics(['orders'])).get('orders')!
  assert.equal(topic.partitions[0]!.replicas.length, 3)
  await producer.close()
  await admin.close()

  const nodes = pidsOf(data)
  assert.equal(nodes.length, 3)
  first.child.kill('SIGINT')
  assert.equal(await first.code, 0, first.said.err)
  assert.deepEqual(nodes.filter(isAlive), [])

  const again = up('--data', data)
  const [, sameBootstrap] = await again.until(isUp)
  assert.equal(sameBootstrap, bootstrap)
  const consumer = kafka.consumer({ groupId: 'readers', topics: ['orders'], autoOffsetReset: 'earliest' })
  for await (const { value } of consumer) {
    assert.equal(Buffer.from(value!).toString(), 'two apples')
    break
  }
  await consumer.close()
  const orphans = pidsOf(data)
  assert.equal(orphans.length, 3)
  again.child.kill('SIGKILL')
  await gone(orphans)
})

test('a directory of one node is no cluster, and a cluster of other counts is not this one', async () => {
  const one = join(place, 'one')
  const node = up('--data', one, '--port', '0')
  await node.until(/^Kafka is up/)
  node.child.kill('SIGTERM')
  await node.code
  const { err, code } = await refused('--data', one, '--brokers', '3')
  assert.match(err, /^millrace up: .*one holds the data of one node; name another directory with --data DIR/)
  assert.equal(code, 1)
})

test('ports that others have are named, for clients and between controllers', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const data = join(place, 'busy')
  const clients = await refused('--data', data, '--brokers', '2', '--port', String(port))
  assert.equal(
    clients.err,
    `millrace up: port ${port} (for broker 1) is in use by another program: stop that one, or use --port N\n`,
  )
  const file = join(data, 'millrace-cluster.json')
  const kept = JSON.parse(readFileSync(file, 'utf8'))
  const [free] = kept.nodes[1].port === port ? [0] : [kept.nodes[1].port]
  kept.nodes[0].port = free + 1000
  kept.nodes[0].controllerPort = port
  writeFileSync(file, JSON.stringify(kept))
  const controllers = await refused('--data', data)
  server.close()
  assert.match(controllers.err, new RegExp(`port ${port} \\(between controllers\\) is in use by another program: stop`))
  const counts = await refused('--data', data, '--brokers', '3')
  assert.match(counts.err, /busy holds a cluster of --brokers 2: run it so, or name another directory with --data DIR/)
})

test('numbers that make no sense are mistakes', async () => {
  for (const [args, line] of [
    [['--brokers', '0'], '--brokers is a number from 1 to 50, not 0'],
    [['--brokers'], '--brokers wants N'],
    [['--brokers', '3', '--controllers', 'x'], '--controllers is a number from 1 to 50, not x'],
  ] as const) {
    const { err, code } = await refused(...args)
    assert.deepEqual([err, code], [`millrace up: ${line}\nSee: millrace up --help\n`, 2])
  }
})
