import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { ask } from '../disk.case.ts'
import type { File } from '../index.ts'
import { nodeEnv } from './index.ts'

/** A process that runs `script` with an env, and its lines. */
function run(script: string, ...shell: string[]): { child: ChildProcess; line: () => Promise<string> } {
  const door = new URL('./index.ts', import.meta.url).href
  const program = `import { nodeEnv } from '${door}'\n${script}`
  const node = [process.execPath, '--input-type=module', '-e', program]
  const [command, ...args] = shell.length === 0 ? node : [...shell, ...node]
  const child = spawn(command!, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
  return { child, line: async () => (await lines.next()).value ?? '' }
}

test('a callback that throws does not swallow the answers of others', async () => {
  const { child, line } = run(`
    process.on('uncaughtException', (error) => console.log(error.message))
    const { clock } = nodeEnv()
    clock.atTurnEnd(() => console.log('before'))
    clock.atTurnEnd(() => { throw new Error('planted') })
    clock.atTurnEnd(() => console.log('after'))
  `)
  assert.deepEqual([await line(), await line(), await line()], ['before', 'planted', 'after'])
  await once(child, 'exit')
})

test('a world without work does not keep its process alive', async () => {
  const { child, line } = run(`
    const env = nodeEnv()
    const bytes = new Uint8Array(1 << 20)
    env.heavy.run('compress', { codec: 'lz4', level: null, bytes }, (failure) => console.log(failure))
  `)
  assert.equal(await line(), 'null')
  assert.deepEqual(await once(child, 'exit'), [0, null])
})

test('a lock excludes other processes, and dies with its holder', async () => {
  const root = await mkdtemp(join(tmpdir(), 'millrace-lock-'))
  const path = join(root, '.lock')
  const env = nodeEnv({ logLevel: 'off' })
  const { child, line } = run(`
    nodeEnv().disk.lock('${path}', (failure) => {
      console.log(failure?.code ?? 'held')
      setInterval(() => {}, 1000)
    })
  `)
  assert.equal(await line(), 'held')
  const lock = () => ask<{ release(): void }>((done) => env.disk.lock(path, done))
  await assert.rejects(lock(), { code: 'ELOCKED' })
  child.kill('SIGKILL')
  await once(child, 'exit')
  const held = await lock()
  const second = run(`nodeEnv().disk.lock('${path}', (failure) => console.log(failure?.code ?? 'held'))`)
  assert.equal(await second.line(), 'ELOCKED')
  await once(second.child, 'exit')
  held.release()
  env.close()
  await rm(root, { recursive: true })
})

test('accepting goes on after the descriptors ran out', async () => {
  const { child, line } = run(
    `
      const env = nodeEnv({ logLevel: 'off' })
      env.net.listen({ host: '127.0.0.1', port: 0 }, (socket) => {
        socket.onBytes = (chunk) => socket.write([chunk])
      }, (failure, listener) => console.log(listener.address.port))
    `,
    'sh',
    '-c',
    'ulimit -n 60; exec "$0" "$@"',
  )
  const port = Number(await line())
  /** A connection, and what comes of a word sent on it: the word again, or null when the server closed it. */
  const dial = async () => {
    const socket = net.connect(port, '127.0.0.1')
    const echo = new Promise<string | null>((resolve) => {
      socket.on('data', (chunk) => resolve(String(chunk)))
      socket.on('close', () => resolve(null))
      socket.on('error', () => resolve(null))
    })
    await Promise.race([once(socket, 'connect'), echo])
    socket.write('hello')
    return { socket, echo }
  }
  const dialled = await Promise.all(Array.from({ length: 100 }, dial))
  const answers = await Promise.all(dialled.map(({ echo }) => echo))
  const served = answers.filter((answer) => answer === 'hello').length
  assert.ok(served > 10 && served < 60, `${served} served`)
  for (const { socket } of dialled) socket.destroy()
  for (let answer: string | null = null; answer !== 'hello'; ) {
    const again = await dial()
    answer = await again.echo
    again.socket.destroy()
  }
  child.kill()
  await once(child, 'exit')
})

test('a full disk fails the write and every sync that would have covered it', {
  skip: process.platform !== 'linux',
}, async () => {
  const env = nodeEnv({ logLevel: 'off' })
  const file = await ask<File>((done) => env.disk.open('/dev/full', 'write', done))
  const [write, sync] = await Promise.allSettled([
    ask<void>((done) => file.write([new Uint8Array(10), new Uint8Array(20)], 0, done)),
    ask<void>((done) => file.sync(done)),
  ])
  assert.equal(write.status === 'rejected' && write.reason.code, 'ENOSPC')
  assert.equal(sync.status === 'rejected' && sync.reason.code, 'ENOSPC')
  assert.equal(file.size(), 0)
  env.close()
})
