/** What is expected of our own client against our broker (test/client), held against an Apache Kafka. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync } from 'node:fs'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { world } from './world.ts'

const root = resolve(import.meta.dirname, '..', '..')
const apache = world.peers.apache
const skip = 'missing' in apache ? apache.missing : false

for (const file of globSync('test/client/*.test.ts', { cwd: root }).sort()) {
  test(`our client against Apache Kafka: ${file}`, { skip, timeout: 280_000 }, async () => {
    const env: NodeJS.ProcessEnv = { ...process.env, MILLRACE_TEST_TARGET: 'apache' }
    // a runner inside a runner reports to it otherwise
    delete env['NODE_TEST_CONTEXT']
    const runner = spawn(process.execPath, ['--test', '--test-reporter=spec', '--test-timeout=120000', file], {
      cwd: root,
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let said = ''
    runner.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    const [code] = await once(runner, 'exit')
    assert.equal(code, 0, said)
  })
}
