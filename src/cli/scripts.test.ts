import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { mains } from '../../scripts/apache-mains.ts'
import { runInProcess } from '../../test/cli-golden/ours.ts'
import { exampleTools } from './examples.ts'
import { modernize } from './legacy.ts'
import { notBuilt } from './not-built.ts'
import { tools } from './tools.ts'

const bin = join(import.meta.dirname, '../../bin')
const scripts = readdirSync(bin).filter((name) => name.endsWith('.sh'))

test('each of Apache Kafka’s scripts is here: a tool, or one that says what is not built', () => {
  const wrapper = readFileSync(join(bin, 'kafka-topics.sh'), 'utf8')
  for (const name of [...tools.keys(), ...notBuilt.keys()]) {
    assert.equal(readFileSync(join(bin, `${name}.sh`), 'utf8'), wrapper, name)
  }
  for (const name of mains.keys()) {
    if (name === 'kafka-client-compatibility') continue // a test of Apache's without a script
    assert.ok(scripts.includes(`${name}.sh`), name)
    assert.ok(name === 'kafka-server-start' || tools.has(name) !== notBuilt.has(name), name)
  }
})

async function run(tool: string, ...args: string[]): Promise<{ said: string; exit: string }> {
  const ran = runInProcess(tool, args, '/')
  let said = ''
  ran.onOutput = (_, text) => (said += text)
  return { exit: await ran.ended, said }
}

test('a script whose tool is not built says so in one line', async () => {
  assert.deepEqual(await run('kafka-delegation-tokens', '--describe'), {
    said: 'kafka-delegation-tokens.sh is not built yet: Millrace has no delegation tokens yet.\n',
    exit: '1',
  })
})

test('--zookeeper finds the broker for what only looks or makes', () => {
  assert.deepEqual(modernize('kafka-topics', ['--list', '-zookeeper', 'zk:2181/kafka']), {
    args: ['--list', '--bootstrap-server', 'zk:9092'],
    notices: ['--zookeeper is gone since Kafka 4.0; say --bootstrap-server zk:9092 instead, as is done now.'],
    refusal: null,
  })
  assert.equal(modernize('kafka-topics', ['--zookeeper', 'zk:2181', '--create', '--topic', 'delete']).refusal, null)
})

test('--zookeeper is refused for what deletes or alters, unless the broker is named', async () => {
  for (const args of [
    ['kafka-topics', '--zookeeper', 'zk:2181', '--delete', '--topic', 't'],
    ['kafka-topics', '--alter', '--topic', 't', '--partitions', '9', '--zookeeper=zk:2181'],
    ['kafka-configs', '--zookeeper', 'zk:2181', '--alter', '--entity-type', 'topics', '--add-config', 'a=b'],
    ['kafka-consumer-groups', '--zookeeper', 'zk:2181', '--delete', '--group', 'g'],
  ] as const) {
    const [tool, ...rest] = args
    const { said, exit } = await run(tool, ...rest)
    assert.match(said, /^--zookeeper is gone since Kafka 4\.0, and nothing is changed.* --bootstrap-server zk:9092\n$/)
    assert.equal(exit, '1')
  }
  const named = ['--zookeeper', 'zk:2181', '--bootstrap-server', 'b:9092', '--delete', '--topic', 't']
  assert.deepEqual(modernize('kafka-topics', named).args, named.slice(2))
})

/** Their options stand in the help of each action. */
const actionTools = ['kafka-cluster', 'kafka-features', 'kafka-metadata-quorum', 'kafka-storage', 'kafka-transactions']

test('the help of every tool ends with examples, whose options it has', async () => {
  assert.deepEqual([...exampleTools].sort(), [...tools.keys()].sort())
  for (const tool of tools.keys()) {
    const { said } = await run(tool, '--help')
    const [help = '', lines] = said.split('\nExamples\n')
    assert.ok(lines !== undefined, tool)
    for (const [option] of lines.matchAll(/(?<=\s)--[a-z-]+/g)) {
      assert.ok(actionTools.includes(tool) || help.includes(option), `${tool} ${option}`)
    }
  }
})
