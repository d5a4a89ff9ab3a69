/** The server's side of a WebSocket (RFC 6455), on a connection that HTTP has handed over. */
import { base64Encode } from '../../bytes/index.ts'
import type { HttpRequest } from '../../env/index.ts'
import { Gathered, type Link } from './link.ts'
import { sha1 } from './sha1.ts'

const guid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const
/** No message of ours is longer: what kubectl sends is cut at 32 KiB. */
const messageBytesMax = 4 * 1024 * 1024
export const closeNormal = 1000
const closeProtocolError = 1002
const closeTooBig = 1009

export interface WebSocket {
  /** Lent until the call returns. */
  onMessage: (message: Uint8Array) => void
  onDrain: () => void
  onGone: () => void
  /** A binary message of these parts; false: wait for `onDrain`. */
  send(...parts: readonly Uint8Array[]): boolean
  pause(): void
  resume(): void
  close(code: number): void
}

export const isWebSocket = ({ headers }: HttpRequest): boolean =>
  headers['upgrade']?.toLowerCase() === 'websocket' && headers['sec-websocket-key'] !== undefined

export const askedProtocols = ({ headers }: HttpRequest): readonly string[] =>
  (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim())

export function acceptHeaders(request: HttpRequest, protocol: string | null): Record<string, string> {
  const key = request.headers['sec-websocket-key'] ?? ''
  return {
    upgrade: 'websocket',
    connection: 'Upgrade',
    'sec-websocket-accept': base64Encode(sha1(new TextEncoder().encode(key + guid))),
    ...(protocol === null ? {} : { 'sec-websocket-protocol': protocol }),
  }
}

export function webSocketOn(link: Link): WebSocket {
  const gathered = new Gathered()
  let message: Gathered | null = null
  let isClosing = false
  const socket: WebSocket = {
    ...{ onMessage: () => {}, onDrain: () => {}, onGone: () => {} },
    send: (...parts) => isClosing || link.write(header(opcodes.binary, lengthOf(parts)), ...parts),
    pause: () => link.pause(),
    resume: () => link.resume(),
    close,
  }
  function close(code: number): void {
    if (isClosing) return
    isClosing = true
    link.write(header(opcodes.close, 2), Uint8Array.of(code >> 8, code & 0xff))
    link.end()
  }
  link.onDrain = () => socket.onDrain()
  link.onGone = () => socket.onGone()
  link.onBytes = (chunk) => {
    gathered.add(chunk)
    for (let frame = readFrame(gathered); frame !== null && !isClosing; frame = readFrame(gathered)) {
      if (typeof frame === 'number') return close(frame)
      const { opcode, isFinal, payload } = frame
      if (opcode === opcodes.close) return close(closeNormal)
      if (opcode === opcodes.ping) {
        link.write(header(opcodes.pong, payload.length), payload.slice())
      } else if (opcode !== opcodes.pong) {
        if (message === null && isFinal) {
          socket.onMessage(payload)
          continue
        }
        message ??= new Gathered()
        message.add(payload)
        if (message.length > messageBytesMax) return close(closeTooBig)
        if (!isFinal) continue
        const whole = message.head
        message = null
        socket.onMessage(whole)
      }
    }
  }
  return socket
}

/** The messages' bytes in a row, as one stream. */
export function messageLink(socket: WebSocket): Link {
  const link: Link = {
    ...{ onBytes: () => {}, onDrain: () => {}, onGone: () => {} },
    write: (...parts) => socket.send(...parts),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    end: () => socket.close(closeNormal),
  }
  socket.onMessage = (message) => link.onBytes(message)
  socket.onDrain = () => link.onDrain()
  socket.onGone = () => link.onGone()
  return link
}

interface Frame {
  readonly opcode: number
  readonly isFinal: boolean
  readonly payload: Uint8Array
}

/** Null: not all of it is here. A number: why the connection must be closed. */
function readFrame(gathered: Gathered): Frame | number | null {
  const { head } = gathered
  if (head.length < 2) return null
  const [first, second] = head as unknown as [number, number]
  // extensions were not agreed on, and a client masks
  if ((first & 0x70) !== 0 || (second & 0x80) === 0) return closeProtocolError
  let length = second & 0x7f
  let at = 2
  const view = new DataView(head.buffer, head.byteOffset, head.length)
  if (length === 126) {
    if (head.length < 4) return null
    length = view.getUint16(2)
    at = 4
  } else if (length === 127) {
    if (head.length < 10) return null
    if (view.getUint32(2) !== 0) return closeTooBig
    length = view.getUint32(6)
    at = 10
  }
  if (length > messageBytesMax) return closeTooBig
  if (head.length < at + 4 + length) return null
  const frame = gathered.take(at + 4 + length)
  const payload = frame.subarray(at + 4)
  for (let i = 0; i < length; i++) payload[i]! ^= frame[at + (i & 3)]!
  return { opcode: first & 0x0f, isFinal: (first & 0x80) !== 0, payload }
}

function header(opcode: number, length: number): Uint8Array {
  const first = 0x80 | opcode
  if (length < 126) return Uint8Array.of(first, length)
  if (length <= 0xffff) return Uint8Array.of(first, 126, length >> 8, length & 0xff)
  const bytes = new Uint8Array(10)
  bytes[0] = first
  bytes[1] = 127
  new DataView(bytes.buffer).setUint32(6, length)
  return bytes
}

const lengthOf = (parts: readonly Uint8Array[]): number => parts.reduce((sum, { length }) => sum + length, 0)
