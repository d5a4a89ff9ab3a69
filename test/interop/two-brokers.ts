/**
 * The same requests to Apache Kafka and to us, one after the other, the answers compared field by field. What must differ
 * is told by its place instead: ids that a broker makes are numbered in the order in which they are first seen, topic ids
 * read as their topic, and lists that come out of hash maps are sorted.
 */
import assert from 'node:assert/strict'
import type { AnyApi, RequestIn, ResponseOf } from '../../src/protocol/index.ts'
import { CreateTopics } from '../../src/protocol/index.ts'
import { decode, Wire } from './wire.ts'

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

const names = ['memberId', 'groupId', 'name', 'topicName', 'topicId', 'partitionIndex'] as const

/** One of the two, as a scenario speaks to it. */
export class Broker {
  readonly answers: { readonly what: string; readonly answer: Json }[] = []
  readonly #address: string
  readonly #wires = new Map<string, Promise<Wire>>()
  readonly #made = new Map<string, string>()
  readonly #topics = new Map<string, string>()

  constructor(address: string) {
    this.#address = address
  }

  #wire(on: string): Promise<Wire> {
    const wire = this.#wires.get(on) ?? Wire.open(this.#address)
    this.#wires.set(on, wire)
    return wire
  }

  /** Asks, notes the answer for the comparison, and gives it back. */
  async ask<P extends AnyApi>(what: string, api: P, version: number, fields: RequestIn<P>): Promise<ResponseOf<P>> {
    await this.begin(api, version, fields, 'main')
    return this.end(what, api, version, 'main')
  }

  /** Asks on a connection of its own; the answer is taken by {@link end}, which may be much later. */
  async begin<P extends AnyApi>(api: P, version: number, fields: RequestIn<P>, on: string): Promise<void> {
    const wire = await this.#wire(on)
    wire.send(Wire.request(api, version, fields as object))
  }

  async end<P extends AnyApi>(what: string, api: P, version: number, on: string): Promise<ResponseOf<P>> {
    const frame = await (await this.#wire(on)).frame()
    const answer = frame === null ? 'closed' : decode(api, version, frame).fields
    this.answers.push({ what, answer: this.#comparable(answer) })
    return answer as ResponseOf<P>
  }

  /** Asks until the answer is not that it is too early, without noting anything. */
  async until<P extends AnyApi>(
    api: P,
    version: number,
    fields: RequestIn<P>,
    isReady: (answer: ResponseOf<P>) => boolean,
  ): Promise<ResponseOf<P>> {
    for (const deadline = Date.now() + 30_000; ; ) {
      const answer = await this.ask('', api, version, fields)
      this.answers.pop()
      if (isReady(answer)) return answer
      if (Date.now() > deadline) throw new Error(`${api.name} does not become ready: ${JSON.stringify(answer)}`)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }

  topicId(name: string): string {
    for (const [id, known] of this.#topics) if (known === name) return id
    throw new Error(`no topic ${name} was made here`)
  }

  async createTopic(name: string, numPartitions: number): Promise<void> {
    const topics = [{ name, numPartitions, replicationFactor: 1, assignments: [], configs: [] }]
    const fields = { topics, timeoutMs: 10_000, validateOnly: false }
    const answer = await this.until(CreateTopics, 7, fields, ({ topics: [topic] }) => topic?.errorCode !== 15)
    assert.equal(answer.topics[0]!.errorCode, 0)
    this.#topics.set(answer.topics[0]!.topicId, name)
  }

  async close(): Promise<void> {
    for (const wire of this.#wires.values()) (await wire).close()
  }

  #comparable(value: unknown): Json {
    if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
    if (typeof value === 'bigint') return String(value)
    if (typeof value === 'string') return this.#text(value)
    if (Array.isArray(value)) return this.#list(value)
    if (typeof value !== 'object' || value === null) return value as Json
    const entries = Object.entries(value).filter(([key]) => key !== 'throttleTimeMs')
    return Object.fromEntries(entries.map(([key, each]) => [key, this.#comparable(each)]))
  }

  #text(text: string): string {
    const topic = this.#topics.get(text)
    if (topic !== undefined) return `id of ${topic}`
    return text.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|^[A-Za-z0-9_-]{22}$/g, (id) => {
      const known = this.#made.get(id) ?? `id ${this.#made.size}`
      this.#made.set(id, known)
      return known
    })
  }

  #list(values: readonly unknown[]): Json[] {
    const sorted = [...values].sort((a, b) => (rank(a) < rank(b) ? -1 : 1))
    const all = sorted.map((value) => this.#comparable(value))
    const rankOf = (value: Json) => (typeof value === 'number' ? String(value).padStart(9, '0') : rank(value))
    return all.sort((a, b) => (rankOf(a) < rankOf(b) ? -1 : 1))
  }
}

function rank(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  return names.map((name) => String((value as Record<string, unknown>)[name] ?? '')).join(' ')
}

/** Plays the scenario on both at once and fails with every answer that differs. */
export async function alike(
  brokers: readonly [Broker, Broker],
  play: (broker: Broker) => Promise<void>,
): Promise<void> {
  const [theirs, ours] = brokers
  await Promise.all(brokers.map(play))
  assert.equal(ours.answers.length, theirs.answers.length)
  assert.deepEqual(ours.answers, theirs.answers)
  ours.answers.length = 0
  theirs.answers.length = 0
}
