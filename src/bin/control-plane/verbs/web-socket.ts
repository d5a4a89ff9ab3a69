/** The client's side of a WebSocket (RFC 6455) over TLS: binary messages both ways. */
import { createHash, randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import https from 'node:https'
import type { Duplex } from 'node:stream'
import { Refused, statusIn } from './requests.ts'

const guid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const
/** The server's messages are pieces of output. */
const messageBytesMax = 16 * 1024 * 1024

export interface WebSocketOptions {
  /** https://HOST:PORT/PATH?QUERY */
  readonly url: string
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string }
  readonly protocol: string
  readonly onMessage: (message: Buffer) => void
  /** Once, however it ended. */
  readonly onGone: (failure: Error | null) => void
}

export interface ClientWebSocket {
  /** False: wait for `drained`. */
  send(message: Uint8Array): boolean
  drained(then: () => void): void
  close(): void
}

/** Rejects with Refused when the server answers otherwise. */
export function openWebSocket(options: WebSocketOptions): Promise<ClientWebSocket> {
  const { url, tls, protocol } = options
  const key = randomBytes(16).toString('base64')
  return new Promise((resolve, reject) => {
    const headers = {
      ...{ connection: 'Upgrade', upgrade: 'websocket' },
      ...{ 'sec-websocket-key': key, 'sec-websocket-version': '13', 'sec-websocket-protocol': protocol },
    }
    const request = https.request(new URL(url), { ...tls, headers, agent: false })
    request.on('error', reject)
    request.on('response', (response: IncomingMessage) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const reply = { status: response.statusCode ?? 0, body: Buffer.concat(chunks) }
        reject(new Refused(statusIn(reply)))
      })
    })
    request.on('upgrade', (response: IncomingMessage, socket: Duplex, head: Buffer) => {
      const wanted = createHash('sha1')
        .update(key + guid)
        .digest('base64')
      if (
        response.headers['sec-websocket-accept'] !== wanted ||
        response.headers['sec-websocket-protocol'] !== protocol
      ) {
        socket.destroy()
        reject(new Error(`the server does not speak ${protocol}`))
        return
      }
      // what came with the answer is read only after whoever asked has the connection
      resolve(webSocketOn(socket, options))
      if (head.length > 0) socket.unshift(head)
    })
    request.end()
  })
}

function webSocketOn(socket: Duplex, { onMessage, onGone }: WebSocketOptions): ClientWebSocket {
  let pending: Buffer = Buffer.alloc(0)
  let parts: Buffer[] = []
  let isGone = false
  const gone = (failure: Error | null): void => {
    if (isGone) return
    isGone = true
    socket.destroy()
    onGone(failure)
  }
  const send = (opcode: number, payload: Uint8Array): boolean => !isGone && socket.write(frame(opcode, payload))
  const take = ({ opcode, isLast, payload }: Frame): void => {
    if (opcode === opcodes.ping) send(opcodes.pong, payload)
    else if (opcode === opcodes.close) {
      send(opcodes.close, payload)
      gone(null)
    } else if (opcode <= opcodes.binary) {
      parts.push(payload)
      if (!isLast) return
      const message = parts.length === 1 ? payload : Buffer.concat(parts)
      parts = []
      onMessage(message)
    }
  }
  socket.on('data', (chunk: Buffer) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk])
    for (let found = frameIn(pending); found !== null && !isGone; found = frameIn(pending)) {
      if (found === 'too long') return gone(new Error(`a message is longer than ${messageBytesMax} bytes`))
      pending = pending.subarray(found.end)
      take(found)
    }
  })
  socket.on('error', (failure) => gone(failure))
  socket.on('close', () => gone(null))
  return {
    send: (message) => send(opcodes.binary, message),
    drained: (then) => void socket.once('drain', then),
    close: () => {
      send(opcodes.close, Buffer.from([0x03, 0xe8]))
      gone(null)
    },
  }
}

interface Frame {
  readonly opcode: number
  readonly isLast: boolean
  readonly payload: Buffer
  /** Where the next one begins. */
  readonly end: number
}

/** Null: not all of it is there yet. */
function frameIn(bytes: Buffer): Frame | 'too long' | null {
  if (bytes.length < 2) return null
  const short = bytes[1]! & 0x7f
  const start = short === 126 ? 4 : short === 127 ? 10 : 2
  if (bytes.length < start) return null
  const length = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short
  if (length > messageBytesMax) return 'too long'
  const end = start + length
  if (bytes.length < end) return null
  return { opcode: bytes[0]! & 0x0f, isLast: (bytes[0]! & 0x80) !== 0, payload: bytes.subarray(start, end), end }
}

/** Masked, as all that a client sends. */
function frame(opcode: number, payload: Uint8Array): Buffer {
  const { length } = payload
  const start = length < 126 ? 2 : length < 65_536 ? 4 : 10
  const bytes = Buffer.alloc(start + 4 + length)
  bytes[0] = 0x80 | opcode
  bytes[1] = 0x80 | (length < 126 ? length : length < 65_536 ? 126 : 127)
  if (start === 4) bytes.writeUInt16BE(length, 2)
  else if (start === 10) bytes.writeBigUInt64BE(BigInt(length), 2)
  const mask = randomBytes(4)
  bytes.set(mask, start)
  for (let i = 0; i < length; i++) bytes[start + 4 + i] = payload[i]! ^ mask[i & 3]!
  return bytes
}
