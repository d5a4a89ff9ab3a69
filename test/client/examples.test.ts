import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { after, before, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { type RunningBroker, startTarget } from './world.ts'

const root = resolve(import.meta.dirname, '..', '..')
const flags = ['--import', pathToFileURL(join(import.meta.dirname, 'from-sources.ts')).href]
let broker: RunningBroker
before(async () => {
  broker = await startTarget()
})
after(() => broker.stop())

/** As a reader runs it, told where the broker is; see from-sources.ts. */
async function run(name: string): Promise<string> {
  const program = spawn(process.execPath, [...flags, join(root, 'examples', 'client', `${name}.ts`)], {
    cwd: root,
    env: { ...process.env, KAFKA: broker.bootstrapServers, MOST: '100' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  let complaints = ''
  program.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  program.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text
  })
  const [code] = await once(program, 'exit')
  assert.equal(code, 0, said + complaints)
  return said
}

/** In the order of a reader, and what each says in the end. */
const examples = new Map([
  ['produce', /^orders-\d has it at offset 0\n1000 more are written\n10000 more are written\n$/],
  ['consume', /^(orders-\d \d+: .*\n){100}$/],
  ['batches', /are booked and committed\n100 records in all\n$/],
  ['admin', /a second time: TOPIC_ALREADY_EXISTS\n.*partitions 0, 1, 2\nretention.ms is 60000\n.*deleted\n$/s],
  ['transaction', /^(?:[A-Z, ]+\n){1,3}aborted: changed my mind\n$/],
  ['rebalance', /first gets .*\n.*first gives up .*\n.*second gets .*\n.*second gives up .*\n.*first gets/s],
  ['abort', /^5000 records are written, 0 bytes wait\nstopped: it is late\n0 records\n$/],
  [
    'errors',
    /^too large: MESSAGE_TOO_LARGE \(final.*a typo: INVALID_CONFIGURATION.*did you mean groupId\?.*no broker: TIMED_OUT \(may be tried again, advice: refresh\)\n.*localhost:1 refuses connections/s,
  ],
])

test('every example of the client is run here', () => {
  const there = readdirSync(join(root, 'examples', 'client')).map((name) => name.replace('.ts', ''))
  assert.deepEqual(there.sort(), [...examples.keys()].sort())
})

for (const [name, says] of examples) {
  test(`examples/client/${name}.ts`, async () => {
    assert.match(await run(name), says)
  })
}
