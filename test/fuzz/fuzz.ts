/**
 * Requests that are valid, nearly valid and broken, against a broker of its own, while another client goes on working.
 * What must hold:
 *
 *   the process lives; no handler fails; no answer says UNKNOWN_SERVER_ERROR; a valid request is answered
 *   (or waits where its API waits); memory stays bounded; the other client does not notice
 */
import { once } from 'node:events'
import { connect } from 'node:net'
import { Reader } from '../../src/bytes/index.ts'
import { type AnyApi, ApiVersions, apis, errors, type ListenerRole, ResponseHeader } from '../../src/protocol/index.ts'
import { type BrokerProcess, Site } from '../faults/broker-process.ts'
import { Canary } from '../faults/canary.ts'
import { FrameStream } from '../faults/frame-stream.ts'
import { Luck } from '../faults/seed.ts'
import { type Ask, Generator } from './generate.ts'
import { mutate } from './mutate.ts'
import { Pools } from './pools.ts'

export interface FuzzOptions {
  readonly seed: number
  readonly seconds: number
}

export interface FuzzOutcome {
  readonly problems: readonly string[]
  readonly requests: number
  readonly answers: number
  /** Requests by the name of their API. */
  readonly byApi: ReadonlyMap<string, number>
  readonly residentMiB: number
  /** Of the other client. */
  readonly rounds: number
  readonly longestMs: number
  /** What it was doing then. */
  readonly longestDoing: string
}

/** Connections that ask at a time, each one request after the other. */
const CONNECTIONS = 8
const RESIDENT_MIB_MAX = 700
/** These may wait for others: no answer is no fault. */
const waiting: ReadonlySet<string> = new Set(['JoinGroup', 'SyncGroup', 'Fetch'])
const WAIT_MS = 150
const ANSWER_MS = 15_000
const PROBLEMS_MAX = 20

export async function fuzz(options: FuzzOptions): Promise<FuzzOutcome> {
  using site = await Site.make({
    config: {
      'millrace.flush': 'os',
      'log.retention.check.interval.ms': '2000',
      'log.cleaner.backoff.ms': '1000',
      'log.segment.delete.delay.ms': '1000',
      'group.min.session.timeout.ms': '100',
      'unstable.api.versions.enable': 'true',
    },
  })
  await using broker = await site.start()
  await using canary = await Canary.start(site.bootstrap)
  const run = new Run(options, broker)
  for (const topicId of canary.topicIds) run.avoid(topicId)
  const ports = [
    { port: site.port, kind: 'broker' },
    { port: site.controllerPort, kind: 'controller' },
  ] as const
  const luck = new Luck(options.seed)
  await Promise.all(
    Array.from({ length: CONNECTIONS }, (_, i) => {
      const { port, kind } = ports[i === CONNECTIONS - 1 ? 1 : 0]!
      return run.connection(port, kind, luck.fork())
    }),
  )
  run.problems.push(...canary.problems)
  return {
    problems: run.problems,
    requests: run.requests,
    answers: run.answers,
    byApi: run.byApi,
    residentMiB: Math.round(run.residentBytes / 2 ** 20),
    rounds: canary.rounds,
    longestMs: canary.longestMs,
    longestDoing: canary.doing,
  }
}

class Run {
  readonly problems: string[] = []
  readonly byApi = new Map<string, number>()
  requests = 0
  answers = 0
  residentBytes = 0
  readonly #broker: BrokerProcess
  readonly #pools = new Pools()
  readonly #untilMs: number
  #linesSeen = 0
  #isDead = false

  constructor(options: FuzzOptions, broker: BrokerProcess) {
    this.#broker = broker
    this.#untilMs = performance.now() + options.seconds * 1000
  }

  /** Not to be learned: what the other client works on. */
  avoid(topicId: string): void {
    this.#pools.avoid(topicId)
  }

  get #isOver(): boolean {
    return performance.now() > this.#untilMs || this.problems.length >= PROBLEMS_MAX || this.#broker.isOver
  }

  #problem(what: string, ask?: Ask): void {
    const body = ask === undefined ? '' : `\n    ${ask.api.name} ${ask.version} ${shown(ask.body)}`
    if (this.problems.length < PROBLEMS_MAX) this.problems.push(what + body)
  }

  /** One connection after another, until the time is over. */
  async connection(port: number, listener: ListenerRole, luck: Luck): Promise<void> {
    const served = await servedAt(port)
    const all = [...apis.values()].filter((api) => api.listeners.includes(listener))
    const generator = new Generator(luck, this.#pools)
    while (!this.#isOver) {
      const socket = connect(port, '127.0.0.1')
      const wire = new FrameStream(socket)
      try {
        await once(socket, 'connect')
        for (let n = luck.between(1, 200); n > 0 && !this.#isOver && !wire.isOver; n--) {
          const isServed = luck.chance(0.99)
          const api = luck.pick(isServed ? [...served.keys()] : all)
          if (!(await this.#one(generator, api, served.get(api), luck, wire))) break
        }
      } catch (error) {
        if (!this.#broker.isOver) this.#problem(`a connection failed: ${(error as Error).message}`)
      } finally {
        socket.destroy()
      }
      this.#look()
    }
    this.#look()
  }

  /** False when the connection is of no more use. */
  async #one(
    generator: Generator,
    api: AnyApi,
    range: VersionRange | undefined,
    luck: Luck,
    wire: FrameStream,
  ): Promise<boolean> {
    const version = luck.between(range?.min ?? api.minVersion, range?.max ?? api.maxVersion)
    const ask = { ...generator.ask(api, version, this.requests), before: wire.lastAsk }
    const isBroken = luck.chance(0.2)
    this.requests++
    this.byApi.set(api.name, (this.byApi.get(api.name) ?? 0) + 1)
    wire.send(isBroken ? mutate(ask.bytes, luck) : ask.bytes)
    const mayWait = isBroken || waiting.has(api.name)
    const isUnanswered = api.name === 'Produce' && ask.body['acks'] === 0
    // Nothing comes, unless the connection is closed to tell of a failure.
    if (isUnanswered) {
      wire.isClosable = true
      return !isBroken
    }
    const frame = await wire.next(mayWait ? WAIT_MS : ANSWER_MS)
    if (frame === 'late') {
      if (!mayWait) this.#problem(`no answer within ${ANSWER_MS} ms`, ask)
      return false
    }
    if (frame === 'closed') {
      if (!isBroken && range !== undefined && !this.#broker.isOver) await this.#closed(ask, wire)
      return false
    }
    this.answers++
    wire.lastAsk = `${isBroken ? 'a broken ' : ''}${ask.api.name} ${ask.version} ${shown(ask.body)}`
    if (!isBroken) this.#read(ask, frame)
    return true
  }

  /** After a valid request. */
  async #closed(ask: Ask, wire: FrameStream): Promise<void> {
    // The broker's own words are a turn behind.
    await new Promise((done) => setTimeout(done, 50))
    const why = this.#broker.lines.findLast((line) => line.includes(`peer=127.0.0.1:${wire.port} `)) ?? ''
    if (this.#broker.isOver) return
    if (wire.isClosable && /acks=0|transactional\.id/.test(why)) return
    this.#problem(`the connection was closed: ${why}\n    hex:${Buffer.from(ask.bytes).toString('hex')}`, ask)
  }

  #read(ask: Ask & { before: string }, frame: Uint8Array): void {
    const { api, version } = ask
    let answer: unknown
    try {
      const reader = new Reader(frame)
      const { correlationId } = ResponseHeader.decode(reader, api.responseHeaderVersion(version))
      if (correlationId !== ask.correlationId) {
        return this.#problem(`the answer of ${correlationId}, asked after ${ask.before}`, ask)
      }
      answer = api.response.decode(reader, version)
      if (reader.remaining > 0) this.#problem(`${reader.remaining} bytes behind the answer`, ask)
    } catch (error) {
      return this.#problem(`an answer that cannot be read: ${(error as Error).message}`, ask)
    }
    if (saysBug(answer)) this.#problem(`answered UNKNOWN_SERVER_ERROR: ${shown(answer)}`, ask)
    this.#pools.learn(answer)
  }

  /** At the broker itself. */
  #look(): void {
    const { lines } = this.#broker
    if (this.#broker.isOver) {
      if (!this.#isDead) this.#problem(`the broker died:\n${lines.slice(-15).join('\n')}`)
      this.#isDead = true
      return
    }
    for (const line of lines.slice(this.#linesSeen)) {
      if (/A handler failed| ERROR |Uncaught|went offline/.test(line)) this.#problem(`the broker says: ${line}`)
    }
    this.#linesSeen = lines.length
    this.residentBytes = Math.max(this.residentBytes, this.#broker.residentBytes)
    if (this.residentBytes > RESIDENT_MIB_MAX * 2 ** 20) this.#problem(`${this.residentBytes} bytes are resident`)
  }
}

interface VersionRange {
  readonly min: number
  readonly max: number
}

/** What ApiVersions says is served. Produce is advertised from 0 for librdkafka's sake, and refused below 3. */
async function servedAt(port: number): Promise<Map<AnyApi, VersionRange>> {
  const socket = connect(port, '127.0.0.1')
  const wire = new FrameStream(socket)
  wire.send(Uint8Array.of(0, ApiVersions.key, 0, 0, 0, 0, 0, 1, 255, 255))
  const frame = await wire.next(ANSWER_MS)
  socket.destroy()
  if (typeof frame === 'string') throw new Error(`ApiVersions: ${frame}`)
  const reader = new Reader(frame)
  ResponseHeader.decode(reader, 0)
  const served = new Map<AnyApi, VersionRange>()
  for (const { apiKey, minVersion, maxVersion } of ApiVersions.response.decode(reader, 0).apiKeys) {
    const api = apis.get(apiKey)
    if (api !== undefined) served.set(api, { min: Math.max(minVersion, api.minVersion), max: maxVersion })
  }
  return served
}

function saysBug(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(saysBug)
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return false
  return Object.entries(value).some(
    ([name, inside]) => (name === 'errorCode' && inside === errors.UNKNOWN_SERVER_ERROR) || saysBug(inside),
  )
}

function shown(value: unknown): string {
  const text = JSON.stringify(value, (_, inside) =>
    inside instanceof Uint8Array ? `hex:${Buffer.from(inside).toString('hex').slice(0, 400)}` : inside,
  )
  return text.length > 1500 ? `${text.slice(0, 1500)}…` : text
}
