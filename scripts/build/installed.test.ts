import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { installPackage } from './installed.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const place = mkdtempSync(join(tmpdir(), 'millrace-installed-'))
const leftovers = join(place, 'tmp')
let project = ''
before(() => {
  project = installPackage(place)
  mkdirSync(leftovers)
})
after(() => rmSync(place, { recursive: true }))

/** Ends by itself or fails; whatever it makes in the system's temporary directory is seen. */
async function run(...args: string[]): Promise<string> {
  const env = { PATH: process.env['PATH'], TMPDIR: leftovers }
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: project, env, timeout: 60_000 })
  assert.deepEqual(readdirSync(leftovers), [])
  return stdout
}

test('the examples run under node:test, from ES modules and from CommonJS', async () => {
  cpSync(join(root, 'examples/testing/node'), join(project, 'test'), { recursive: true })
  const said = await run('--test', '--test-reporter=tap', 'test/*.test.*')
  assert.match(said, /^# pass 3$/m)
  assert.match(said, /^# fail 0$/m)
})

const program = `
const { Kafka } = require('millrace/client')
const { startKafka } = require('millrace/testing')

async function main() {
  const storages = ['memory', 'temporary', { directory: require('node:path').join(__dirname, 'kept') }]
  const all = await Promise.all(storages.map((storage) => startKafka({ topics: ['t'], storage, config: { 'compression.type': 'zstd' } })))
  for (const kafka of all) {
    const client = new Kafka({ bootstrapServers: kafka.bootstrapServers })
    const producer = client.producer({ acks: 'all', batchSizeBytes: 4 << 20 })
    // Large enough for a thread to compress it.
    await producer.send({ topic: 't', value: 'x'.repeat(500_000) })
    const consumer = client.consumer({ topics: ['t'], groupId: 'g', autoOffsetReset: 'earliest' })
    await consumer.poll({ timeoutMs: 10_000 })
    // Neither is closed: a broker that stops does not wait for its clients, and they are closed after it.
    const stopped = kafka.stop()
    await Promise.all([stopped, producer.close({ timeoutMs: 0 }), consumer.close({ timeoutMs: 0 })])
  }
  console.log(new Set(all.map((kafka) => kafka.clusterId)).size)
}
main()
`

test('brokers of every storage live side by side in one process, which ends by itself when they have stopped', async () => {
  writeFileSync(join(project, 'program.cjs'), program)
  assert.equal(await run('program.cjs'), '3\n')
})
