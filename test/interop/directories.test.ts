/** Apache Kafka's own kafka-reassign-partitions moves replicas between the log directories of one broker. */
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { javaCommand, mains, startApache } from '../../scripts/apache-kafka.ts'
import { startMillrace } from '../../scripts/millrace-node.ts'
import { layout, must, needs, until, world } from './world.ts'

const java = (name: string, ...args: string[]) => javaCommand(layout(), mains.get(name)!, args)

describe('replicas move between log directories', { skip: needs('apache') }, () => {
  test('held back by a throttle first, until it is verified', async (t) => {
    const place = mkdtempSync(join(tmpdir(), 'millrace-directories-'))
    const dirs = ['a', 'b'].map((name) => join(place, name)) as [string, string]
    const o = { logDir: dirs[0], config: { 'log.dirs': dirs.join(',') } }
    const node = await (world.target === 'apache' ? startApache(layout(), o) : startMillrace(o))
    t.after(async () => {
      await node.stop()
      rmSync(place, { recursive: true, force: true })
    })
    const at = ['--bootstrap-server', node.bootstrap]
    await must(java('kafka-topics', ...at, '--create', '--topic', 'moved', '--partitions', '1'))
    const input = Array.from({ length: 30_000 }, (_, i) => `record ${String(i).padStart(90, '0')}\n`).join('')
    await must(java('kafka-console-producer', ...at, '--topic', 'moved'), { input })
    const from = dirs.find((dir) => existsSync(join(dir, 'moved-0')))!
    const to = dirs.find((dir) => dir !== from)!

    const plan = join(place, 'plan.json')
    const partitions = [{ topic: 'moved', partition: 0, replicas: [1], log_dirs: [to] }]
    writeFileSync(plan, JSON.stringify({ version: 1, partitions }))
    const reassign = (...args: string[]) =>
      must(java('kafka-reassign-partitions', ...at, '--reassignment-json-file', plan, ...args))
    const begun = await reassign('--execute', '--replica-alter-log-dirs-throttle', '100000')
    assert.match(begun.stdout, new RegExp(`Successfully started moving log directory to ${to} for replica moved-0`))
    const described = await must(java('kafka-log-dirs', ...at, '--describe', '--topic-list', 'moved'))
    assert.match(described.stdout, /"isFuture":true/)
    assert.match((await reassign('--verify', '--preserve-throttles')).stdout, /moved-0-1 is still in progress/)

    await reassign('--execute', '--additional', '--replica-alter-log-dirs-throttle', '100000000')
    await until('the replica has moved', () => existsSync(join(to, 'moved-0')) && !existsSync(join(from, 'moved-0')))
    assert.match((await reassign('--verify')).stdout, /moved-0-1 completed successfully/)
    const read = await must(
      java('kafka-console-consumer', ...at, '--topic', 'moved', '--from-beginning', '--max-messages', '30000'),
    )
    assert.equal(read.stdout, input)
  })
})
