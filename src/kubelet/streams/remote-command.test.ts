import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Attached, HttpRequest, Socket } from '../../env/index.ts'
import { remoteCommand } from './remote-command.ts'

/** As a client sends a short message. */
function masked(channel: number, text: string): Uint8Array {
  const payload = Buffer.concat([Buffer.from([channel]), Buffer.from(text)])
  return Uint8Array.of(0x82, 0x80 | payload.length, 0, 0, 0, 0, ...payload)
}

test('a terminal is given the sizes that terminals can have, and no others', async () => {
  const headers = { upgrade: 'websocket', 'sec-websocket-key': 'x', 'sec-websocket-protocol': 'v5.channel.k8s.io' }
  const sizes: (readonly [number, number])[] = []
  const attached: Attached = {
    ...{ write: () => Promise.resolve(), endInput: () => {}, resume: () => {}, leave: () => {} },
    resize: (columns, rows) => void sizes.push([columns, rows]),
    done: new Promise(() => {}),
  }
  const reply = remoteCommand(
    { headers } as unknown as HttpRequest,
    { stdin: true, stdout: true, stderr: false, tty: true },
    () => Promise.resolve(attached),
    () => ({ message: '', exitCode: 1 }),
    () => assert.fail('nothing is deflated'),
  )
  const socket = { onBytes: (_: Uint8Array) => {}, write: () => 0, pause: () => {}, resume: () => {}, close: () => {} }
  reply!.upgrade!(socket as unknown as Socket)
  for (const [width, height] of [
    [80, 24],
    [0, 0],
    [0, 24],
    [99_999, 24],
    [120, 40],
  ])
    socket.onBytes(masked(4, `{"Width":${width},"Height":${height}}`))
  await new Promise((done) => setImmediate(done))
  assert.deepEqual(sizes, [
    [80, 24],
    [120, 40],
  ])
})
