/** `millrace/testing` under vitest and jest, whose modules and globals are not node's own; from the package as published. */
import assert from 'node:assert/strict'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { installPackage } from '../../scripts/build/installed.ts'
import { placeOf, runProgram, world } from './world.ts'

const examples = resolve(import.meta.dirname, '..', '..', 'examples', 'testing')
const peer = world.peers['test-runners']

/** What the examples leave out: real files, a thread that compresses, several brokers, a start that fails. */
const more = `
test('brokers side by side, on every storage, with records that a thread compresses', async () => {
  const options = { topics: ['t'], config: { 'compression.type': 'zstd' } }
  const all = await Promise.all(['memory', 'temporary'].map((storage) => startKafka({ ...options, storage })))
  for (const kafka of all) {
    const producer = new Kafka({ bootstrapServers: kafka.bootstrapServers }).producer()
    const { offset } = await producer.send({ topic: 't', value: new Uint8Array(500_000).fill(7) })
    expect(offset).toBe(0)
    await producer.close()
    await kafka.stop()
  }
  await expect(startKafka({ topics: ['no blanks'] })).rejects.toThrow('no blanks')
})
`

const esm = `import { Kafka } from 'millrace/client'\nimport { startKafka } from 'millrace/testing'\n`
const cjs = `const { Kafka } = require('millrace/client')\nconst { startKafka } = require('millrace/testing')\n`

describe('startKafka', { skip: 'missing' in peer ? `test-runners: ${peer.missing}` : false }, () => {
  const place = mkdtempSync(join(tmpdir(), 'millrace-runners-'))
  let project = ''

  before(() => {
    project = installPackage(place)
    const modules = join(placeOf('test-runners'), 'node_modules')
    symlinkSync(join(modules, 'vitest'), join(project, 'node_modules', 'vitest'))
    for (const name of ['vitest', 'jest']) cpSync(join(examples, name), join(project, name), { recursive: true })
    writeFileSync(join(project, 'vitest', 'more.test.mjs'), `import { expect, test } from 'vitest'\n${esm}${more}`)
    writeFileSync(join(project, 'jest', 'more.test.mjs'), `${esm}${more}`)
    writeFileSync(join(project, 'jest', 'more.test.cjs'), `${cjs}${more}`)
    mkdirSync(join(place, 'tmp'))
  })
  after(() => rmSync(place, { recursive: true }))

  async function run(flags: readonly string[], program: string, args: readonly string[]): Promise<string> {
    const main = join(placeOf('test-runners'), 'node_modules', program)
    const env = ['env', `TMPDIR=${join(place, 'tmp')}`, 'NO_COLOR=1', 'CI=1']
    const ran = await runProgram([...env, process.execPath, ...flags, main, ...args], { cwd: project })
    const said = ran.stdout + ran.stderr
    assert.equal(ran.code, 0, said)
    assert.doesNotMatch(said, /did not exit|open handle|close timed out|worker process has failed to exit/i)
    const left = readdirSync(join(place, 'tmp')).filter((name) => name.startsWith('millrace-'))
    assert.deepEqual(left, [])
    return said
  }

  for (const pool of ['forks', 'threads']) {
    test(`works under vitest (${pool})`, async () => {
      const said = await run([], 'vitest/vitest.mjs', ['run', '--dir', 'vitest', '--pool', pool])
      assert.match(said, /Tests +2 passed/)
    })
  }

  test('works under jest, from CommonJS', async () => {
    const said = await run([], 'jest/bin/jest.js', ['--detectOpenHandles', '--testMatch', '**/jest/*.test.cjs'])
    assert.match(said, /Tests: +2 passed/)
  })

  test('works under jest, from ES modules', async () => {
    const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning']
    const said = await run(flags, 'jest/bin/jest.js', ['--detectOpenHandles', '--testMatch', '**/jest/*.test.mjs'])
    assert.match(said, /Tests: +2 passed/)
  })
})
