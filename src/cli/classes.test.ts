import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mains, oldMains } from '../../scripts/apache-mains.ts'
import { runInProcess } from '../../test/cli-golden/ours.ts'
import { toolOfClass } from './classes.ts'
import { tools } from './tools.ts'

test('every tool is reached by its class in Kafka 4.3, and by the one of 2.8', () => {
  for (const table of [mains, oldMains]) {
    for (const [tool, main] of table) if (tools.has(tool)) assert.equal(toolOfClass(main), tool, main)
  }
})

async function run(...args: string[]): Promise<{ said: string; exit: string }> {
  const tool = runInProcess('kafka-run-class', args, '/')
  let said = ''
  tool.onOutput = (_, text) => (said += text)
  return { exit: await tool.ended, said }
}

test('a class is run with its arguments', async () => {
  for (const main of ['kafka.tools.EndToEndLatency', 'org.apache.kafka.tools.EndToEndLatency']) {
    const { said, exit } = await run(main, 'localhost:9092', 'my-topic', '1000')
    assert.match(said, /^Invalid number of arguments\. Expected 5 or 6 positional arguments, but got 3\./)
    assert.equal(exit, '1')
  }
})

test('a class that is not there is named', async () => {
  const { said, exit } = await run('kafka.tools.MirrorMaker', '--help')
  assert.match(said, /kafka\.tools\.MirrorMaker is not part of this version of Millrace/)
  assert.equal(exit, '1')
})

test('without a class there is a usage', async () => {
  const { said, exit } = await run()
  assert.match(said, /^USAGE: kafka-run-class\.sh .* CLASS/)
  assert.equal(exit, '1')
})

test('its help is no failure', async () => {
  for (const word of ['--help', '-h']) {
    const { said, exit } = await run(word)
    assert.match(said, /^USAGE: kafka-run-class\.sh .* CLASS/)
    assert.equal(exit, '0')
  }
})
