/** A broker in this process that is watched, and strangers to it: bare bytes one way, frames and log lines the other. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { Writer } from '../../src/bytes/index.ts'
import { lineLogger } from '../../src/env/node/index.ts'
import { type AnyApi, ApiVersions, errors, Produce, RequestHeader } from '../../src/protocol/index.ts'
import { FrameStream } from '../faults/frame-stream.ts'
import { type Broker, startBroker } from './harness.ts'

export const LIMIT_MS = 30_000

export interface Stranger extends Disposable {
  readonly wire: FrameStream
  /** How many lines there were before it came: an earlier stranger may have had its port. */
  readonly firstLine: number
  raw(bytes: Uint8Array | string): void
}

export class Watched implements AsyncDisposable {
  readonly broker: Broker
  /** What it has logged. */
  readonly lines: string[]

  private constructor(broker: Broker, lines: string[]) {
    this.broker = broker
    this.lines = lines
  }

  static async start(): Promise<Watched> {
    const lines: string[] = []
    const sink = (line: string) => void lines.push(line)
    const broker = await startBroker({
      topics: ['t', { name: 'compacted', config: { 'cleanup.policy': 'compact' } }],
      logger: lineLogger({ level: 'info', sink, wallMs: () => Date.now() }),
      config: { 'offsets.topic.num.partitions': '1' },
    })
    return new Watched(broker, lines)
  }

  async stranger(): Promise<Stranger> {
    const firstLine = this.lines.length
    const socket = connect(this.broker.kafka.port, this.broker.kafka.host)
    const wire = new FrameStream(socket)
    await once(socket, 'connect')
    return { wire, firstLine, raw: (bytes) => void socket.write(bytes), [Symbol.dispose]: () => void socket.destroy() }
  }

  /** The connection ends without an answer, and one line says why, without a word of what was sent. */
  async assertClosed(bytes: Uint8Array | string, why: RegExp, secret?: string): Promise<void> {
    using from = await this.stranger()
    from.raw(bytes)
    assert.equal(await from.wire.next(LIMIT_MS), 'closed')
    const said = await this.linesAbout(from)
    assert.equal(said.length, 1, `${why}: ${said.join('\n')}`)
    assert.match(said[0]!, why)
    assert.match(said[0]!, / WARN .* listener=PLAINTEXT reason=/)
    if (secret !== undefined) assert.ok(!said[0]!.includes(secret), 'what was sent is not logged')
  }

  /** The line comes when the broker's end is closed, too: some turns later. */
  async linesAbout(from: Stranger): Promise<string[]> {
    const about = () =>
      this.lines.slice(from.firstLine).filter((line) => line.includes(`peer=127.0.0.1:${from.wire.port} `))
    while (about().length === 0) await new Promise((done) => setTimeout(done, 1))
    return about()
  }

  async produce(records: Uint8Array | null, topic = 't') {
    const topicData = [{ name: topic, partitionData: [{ index: 0, records }] }]
    const answer = await this.broker.ask(Produce, { acks: -1, timeoutMs: 5000, topicData }, 12)
    return answer.responses[0]!.partitionResponses[0]!
  }

  /** Somebody else's request is answered, and nothing has failed inside. */
  async assertWell(): Promise<void> {
    const { errorCode } = await this.broker.ask(ApiVersions, { clientSoftwareName: 'a', clientSoftwareVersion: '1' })
    assert.equal(errorCode, errors.NONE)
    assert.deepEqual(
      this.lines.filter((line) => line.includes(' ERROR ')),
      [],
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.broker[Symbol.asyncDispose]()
  }
}

/** A request without its size. */
export function frameOf(api: AnyApi, version: number, body: object, clientId: string | null = 'stranger'): Uint8Array {
  const w = new Writer()
  const header = { requestApiKey: api.key, requestApiVersion: version, correlationId: 7, clientId }
  RequestHeader.encode(w, header, api.requestHeaderVersion(version))
  api.request.encode(w, body, version)
  return w.toBytes()
}

export function sized(frame: Uint8Array, size: number = frame.length): Uint8Array {
  const head = Buffer.alloc(4)
  head.writeInt32BE(size)
  return Buffer.concat([head, frame])
}
