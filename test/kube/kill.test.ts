import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { crc32c } from '../../src/bytes/index.ts'
import { nodeEnv } from '../../src/env/node/index.ts'
import { openStore } from '../../src/kube/index.ts'

const rounds = 4
const writer = fileURLToPath(new URL('./writer.ts', import.meta.url))

test('kill -9 while objects are written loses none that was acknowledged', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-kill-'))
  const acknowledged = new Map<string, string>()
  try {
    for (let round = 0; round < rounds; round++) {
      const child = spawn(process.execPath, [writer, directory, String(round)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      let text = ''
      child.stdout.on('data', (chunk: Buffer) => {
        text += chunk
        // At another point of a log and its snapshot in each round.
        if (text.split('\n').length > 40 + round * 23) child.kill('SIGKILL')
      })
      await once(child, 'close')
      assert.equal(child.signalCode, 'SIGKILL', 'it wrote until it was killed')
      for (const line of text.split('\n').slice(0, -1)) {
        const [name = '', version = ''] = line.split(' ')
        acknowledged.set(name, version)
      }
      const env = nodeEnv({ logLevel: 'off' })
      const store = await openStore({ ...env, crc32c }, directory)
      for (const [name, version] of acknowledged) {
        assert.equal(store.get(`//configmaps/default/${name}`)?.value.metadata.resourceVersion, version, name)
      }
      await store.close()
      await new Promise<void>((gone) => env.close(gone))
    }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})
