/** `exec` and `attach`: a process's streams over a WebSocket (v4, v5) or over SPDY. */
import type { Attached, HttpReply, HttpRequest, Output } from '../../env/index.ts'
import { socketLink } from './link.ts'
import { type Inflate, SpdySession, type SpdyStream } from './spdy.ts'
import { acceptHeaders, askedProtocols, closeNormal, isWebSocket, type WebSocket, webSocketOn } from './websocket.ts'

export interface Wanted {
  readonly stdin: boolean
  readonly stdout: boolean
  readonly stderr: boolean
  readonly tty: boolean
}

/** Begins the process, with where its output goes. */
export type Begin = (output: Output) => Promise<Attached>

/** What was refused before there was a process: a sentence for the person, and the code a shell gives for it. */
export interface NotBegun {
  readonly message: string
  readonly exitCode: number
}

const channels = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const
/** A terminal's sizes are 16 bits. */
const cellsMax = 65_535
const webSocketProtocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io', 'channel.k8s.io'] as const
const spdyProtocols = ['v4.channel.k8s.io', 'v3.channel.k8s.io'] as const

/** Null: the request asks for neither. */
export function remoteCommand(
  request: HttpRequest,
  wanted: Wanted,
  begin: Begin,
  notBegun: (thrown: unknown) => NotBegun,
  inflate: Inflate,
): HttpReply | null {
  if (isWebSocket(request)) {
    const asked = askedProtocols(request)
    const protocol = webSocketProtocols.find((name) => asked.includes(name)) ?? null
    return {
      status: 101,
      headers: acceptHeaders(request, protocol),
      upgrade: (socket) => overWebSocket(webSocketOn(socketLink(socket)), wanted, begin, notBegun),
    }
  }
  if (request.headers['upgrade']?.toLowerCase() !== 'spdy/3.1') return null
  const asked = (request.headers['x-stream-protocol-version'] ?? '').split(',').map((name) => name.trim())
  const protocol = spdyProtocols.find((name) => asked.includes(name)) ?? spdyProtocols[0]
  return {
    status: 101,
    headers: { upgrade: 'SPDY/3.1', connection: 'Upgrade', 'x-stream-protocol-version': protocol },
    upgrade: (socket) => overSpdy(new SpdySession(socketLink(socket), inflate), wanted, begin, notBegun),
  }
}

/** What the talker's side is to a process, whatever the protocol. */
interface Talker {
  /** False: wait. */
  out(stream: 'out' | 'err', chunk: Uint8Array): boolean
  status(text: string): void
  /** What the talker says may stop and go on. */
  pause(): void
  resume(): void
  end(): void
}

/** Joins a talker with a process. What is said before there is a process waits. */
class Conversation {
  readonly #talker: Talker
  readonly #wanted: Wanted
  #attached: Attached | null = null
  #isGone = false
  #saying: Promise<void> = Promise.resolve()
  #waiting: ((attached: Attached) => void | Promise<void>)[] = []

  constructor(talker: Talker, wanted: Wanted) {
    this.#talker = talker
    this.#wanted = wanted
  }

  async run(begin: Begin, notBegun: (thrown: unknown) => NotBegun): Promise<void> {
    let attached: Attached
    try {
      attached = await begin((stream, chunk) => this.#out(stream, chunk))
    } catch (thrown) {
      const { message, exitCode } = notBegun(thrown)
      const text = new TextEncoder().encode(`${message}${this.#wanted.tty ? '\r\n' : '\n'}`)
      this.#talker.out(this.#wanted.stderr ? 'err' : 'out', text)
      return this.#over(exitCode)
    }
    this.#attached = attached
    for (const act of this.#waiting.splice(0)) this.#do(act)
    if (this.#isGone) attached.leave()
    this.#over(await attached.done)
  }

  /** The chunk is the caller's again when this returns. */
  said(chunk: Uint8Array): void {
    if (chunk.length === 0) return
    const copy = chunk.slice()
    // no more of it until the process has taken this
    this.#talker.pause()
    this.#do(async (attached) => {
      await attached.write(copy)
      this.#talker.resume()
    })
  }

  saidAll(): void {
    this.#do((attached) => attached.endInput())
  }

  /** `{"Width": …, "Height": …}`; terminals without a size say 0, which no terminal can be made. */
  resized(text: string): void {
    const size = /"Width":(\d+),"Height":(\d+)/.exec(text.replaceAll(/\s/g, ''))
    const [columns, rows] = [Number(size?.[1] ?? 0), Number(size?.[2] ?? 0)]
    const isSize = (cells: number): boolean => cells >= 1 && cells <= cellsMax
    if (isSize(columns) && isSize(rows)) this.#do((attached) => attached.resize(columns, rows))
  }

  drained(): void {
    this.#attached?.resume()
  }

  gone(): void {
    this.#isGone = true
    this.#attached?.leave()
  }

  #do(act: (attached: Attached) => void | Promise<void>): void {
    const attached = this.#attached
    if (attached === null) this.#waiting.push(act)
    else this.#saying = this.#saying.then(() => act(attached))
  }

  #out(stream: 'out' | 'err', chunk: Uint8Array): boolean {
    const isWanted = stream === 'out' ? this.#wanted.stdout : this.#wanted.stderr && !this.#wanted.tty
    return this.#isGone || !isWanted || this.#talker.out(stream, chunk)
  }

  #over(code: number): void {
    if (this.#isGone) return
    this.#talker.status(exitStatus(code))
    this.#talker.end()
  }
}

/** As client-go reads it. */
export function exitStatus(code: number): string {
  if (code === 0) return JSON.stringify({ metadata: {}, status: 'Success' })
  return JSON.stringify({
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: exit status ${code}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: `${code}` }] },
    code: 500,
  })
}

function overWebSocket(socket: WebSocket, wanted: Wanted, begin: Begin, notBegun: (thrown: unknown) => NotBegun): void {
  const encoder = new TextEncoder()
  const send = (channel: number, chunk: Uint8Array): boolean => socket.send(Uint8Array.of(channel), chunk)
  const conversation = new Conversation(
    {
      // a chunk may be lent for this call only
      out: (stream, chunk) => send(stream === 'out' ? channels.stdout : channels.stderr, chunk.slice()),
      status: (text) => void send(channels.error, encoder.encode(text)),
      pause: () => socket.pause(),
      resume: () => socket.resume(),
      end: () => socket.close(closeNormal),
    },
    wanted,
  )
  socket.onMessage = (message) => {
    const rest = message.subarray(1)
    if (message[0] === channels.stdin) conversation.said(rest)
    else if (message[0] === channels.resize) conversation.resized(new TextDecoder().decode(rest))
    else if (message[0] === channels.close && rest[0] === channels.stdin) conversation.saidAll()
  }
  socket.onDrain = () => conversation.drained()
  socket.onGone = () => conversation.gone()
  // the client waits for a first message on some channels
  void conversation.run(begin, notBegun)
}

function overSpdy(session: SpdySession, wanted: Wanted, begin: Begin, notBegun: (thrown: unknown) => NotBegun): void {
  const streams = new Map<string, SpdyStream>()
  const expected = ['error', ...(wanted.stdin ? ['stdin'] : []), ...(wanted.stdout ? ['stdout'] : [])]
  if (wanted.stderr && !wanted.tty) expected.push('stderr')
  if (wanted.tty) expected.push('resize')
  const conversation = new Conversation(
    {
      out: (stream, chunk) => streams.get(stream === 'out' ? 'stdout' : 'stderr')?.write(chunk) ?? true,
      status: (text) => void streams.get('error')?.write(new TextEncoder().encode(text)),
      pause: () => session.pause(),
      resume: () => session.resume(),
      end: () => {
        for (const stream of streams.values()) stream.end()
        session.close()
      },
    },
    wanted,
  )
  let hasBegun = false
  session.onStream = (stream) => {
    const type = stream.headers.get('streamtype') ?? ''
    streams.set(type, stream)
    if (type === 'stdin') {
      stream.onBytes = (chunk) => conversation.said(chunk)
      stream.onEnd = () => conversation.saidAll()
    } else if (type === 'resize') {
      stream.onBytes = (chunk) => conversation.resized(new TextDecoder().decode(chunk))
    }
    if (hasBegun || !expected.every((name) => streams.has(name))) return
    hasBegun = true
    void conversation.run(begin, notBegun)
  }
  session.onDrain = () => conversation.drained()
  session.onGone = () => conversation.gone()
}
