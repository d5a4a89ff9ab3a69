import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { nodeEnv } from './index.ts'

const place = mkdtempSync(join(tmpdir(), 'millrace-close-'))
after(() => rmSync(place, { recursive: true }))

test('a world that is closed tells when the system holds nothing for it any more, and calls nobody else', async () => {
  const before = process.getActiveResourcesInfo().sort()
  const env = nodeEnv({ logLevel: 'off' })
  const never = () => assert.fail('called after the end')
  env.disk.open(join(place, 'file'), 'create', never)
  env.disk.replace(join(place, 'replaced'), new Uint8Array(1 << 20), never)
  env.heavy.run('compress', { codec: 'gzip', level: 9, bytes: new Uint8Array(8 << 20) }, never)
  env.clock.at(env.clock.monoMs() + 1, never)
  env.net.listen({ host: '127.0.0.1', port: 0 }, never, never)
  env.net.connect({ host: '192.0.2.1', port: 9, timeoutMs: 60_000 }, never)
  await new Promise<void>((gone) => env.close(gone))
  assert.ok(!existsSync(join(place, 'replaced.tmp')))
  for (let turn = 0; turn < 2; turn++) await setImmediate()
  assert.deepEqual(process.getActiveResourcesInfo().sort(), before)
})

test('a world that holds nothing is gone at once', () => {
  let isGone = false
  nodeEnv({ logLevel: 'off' }).close(() => {
    isGone = true
  })
  assert.ok(isGone)
})
