/** What a broker has promised so far, and whether its log keeps it. */
import type { PartitionOffset } from '../../src/client/node.ts'

/** A record that was given to a producer; `text` is what its value begins with. */
export interface Sent {
  readonly topic: string
  readonly partition: number
  readonly text: string
}

interface PartitionPromises {
  /** By offset: the text of the record acknowledged there. */
  readonly acknowledged: Map<number, string>
  /** The highest of them; -1 = none. */
  end: number
  /** By offset: what a reader was once shown; it must never be another. */
  readonly shown: string[]
  /** Next number of each producer here. */
  readonly nextNumber: Map<number, number>
  /** The group's position: the last commit that was answered, and the furthest that was ever asked for. */
  committed: number
  committing: number
}

type TopicState = 'there' | 'gone' | 'unknown'

export function partitionKey(topic: string, partition: number): string {
  return `${topic}-${partition}`
}

/**
 * Collects promises while a workload runs; {@link Promises.checkLog} and its sisters compare a log with them and add
 * a line to {@link violations} for each that was broken:
 *
 *   acknowledged with acks=all ⇒ at that offset for ever      shown once ⇒ the same for ever
 *   one producer's records in one partition: in their order, each at most once
 *   a commit that was answered ⇒ the committed offset is not below it
 */
export class Promises {
  readonly violations: string[] = []
  readonly #partitions = new Map<string, PartitionPromises>()
  readonly #topics = new Map<string, TopicState>()
  acknowledgedCount = 0
  failedCount = 0
  commitCount = 0

  #of(topic: string, partition: number): PartitionPromises {
    const key = partitionKey(topic, partition)
    let found = this.#partitions.get(key)
    if (found === undefined) {
      found = { acknowledged: new Map(), end: -1, shown: [], nextNumber: new Map(), committed: -1, committing: -1 }
      this.#partitions.set(key, found)
    }
    return found
  }

  #broken(what: string): void {
    if (this.violations.length < 50) this.violations.push(what)
  }

  send(producer: number, topic: string, partition: number): Sent {
    const { nextNumber } = this.#of(topic, partition)
    const number = nextNumber.get(producer) ?? 0
    nextNumber.set(producer, number + 1)
    return { topic, partition, text: `${producer}.${number}` }
  }

  acknowledged({ topic, partition, text }: Sent, offset: number): void {
    this.acknowledgedCount++
    // A duplicate whose offset the broker no longer knows is acknowledged without one.
    if (offset < 0) return
    const promised = this.#of(topic, partition)
    const other = promised.acknowledged.get(offset)
    if (other !== undefined) this.#broken(`${topic}-${partition}@${offset} was acknowledged to ${other} and to ${text}`)
    promised.acknowledged.set(offset, text)
    promised.end = Math.max(promised.end, offset)
  }

  failed({ topic, partition, text }: Sent, error: Error): void {
    this.failedCount++
    this.#broken(`${topic}-${partition}: ${text} was given up: ${error.message}`)
  }

  read(topic: string, partition: number, offset: number, value: string): void {
    const { shown } = this.#of(topic, partition)
    const text = value.slice(0, value.indexOf(':'))
    const before = shown[offset]
    if (before !== undefined && before !== text) {
      this.#broken(`${topic}-${partition}@${offset} was ${before} and is ${text}`)
    }
    shown[offset] = text
  }

  committing(offsets: readonly PartitionOffset[]): void {
    for (const { topic, partition, offset } of offsets) {
      const promised = this.#of(topic, partition)
      promised.committing = Math.max(promised.committing, offset)
    }
  }

  committed(offsets: readonly PartitionOffset[]): void {
    this.commitCount++
    for (const { topic, partition, offset } of offsets) {
      const promised = this.#of(topic, partition)
      promised.committed = Math.max(promised.committed, offset)
    }
  }

  topic(name: string, state: TopicState): void {
    this.#topics.set(name, state)
  }

  /** A moment's promises, to be held against what a later moment shows. */
  committedNow(): Map<string, number> {
    return new Map(Array.from(this.#partitions, ([key, { committed }]) => [key, committed]))
  }

  topicsNow(): Map<string, TopicState> {
    return new Map(this.#topics)
  }

  checkCommitted(promised: ReadonlyMap<string, number>, topic: string, partition: number, found: number): void {
    const key = partitionKey(topic, partition)
    const least = promised.get(key) ?? -1
    if (found < least) this.#broken(`the committed offset of ${key} went back from ${least} to ${found}`)
    const most = this.#of(topic, partition).committing
    if (found > most) this.#broken(`the committed offset of ${key} is ${found}, nothing above ${most} was committed`)
  }

  /** Topics whose state did not change since `promised` was taken. */
  checkTopics(promised: ReadonlyMap<string, TopicState>, found: ReadonlySet<string>): void {
    for (const [name, state] of promised) {
      if (state === 'unknown' || this.#topics.get(name) !== state) continue
      if (found.has(name) !== (state === 'there')) this.#broken(`topic ${name} should be ${state} and is not`)
    }
  }

  /** `values` are all records from `from` on, in order of offset. */
  checkLog(topic: string, partition: number, from: number, values: readonly { offset: number; value: string }[]): void {
    const promised = this.#of(topic, partition)
    let expected = from
    for (const { offset, value } of values) {
      if (offset !== expected) this.#broken(`${topic}-${partition}: offset ${offset} where ${expected} was expected`)
      this.read(topic, partition, offset, value)
      expected = offset + 1
    }
    for (const [offset, text] of promised.acknowledged) {
      if (offset < from) continue
      const is = promised.shown[offset]
      if (offset < expected && is !== text) {
        this.#broken(`${topic}-${partition}@${offset}: ${text} was acknowledged, ${is} is there`)
      }
    }
  }

  /** The log was read up to `end`, and what was acknowledged before the death lies below it. */
  checkEnd(topic: string, partition: number, end: number, acknowledgedBefore: number): void {
    if (acknowledgedBefore >= end) {
      this.#broken(`${topic}-${partition} ends at ${end}, and ${acknowledgedBefore} had been acknowledged: lost`)
    }
  }

  /** Highest offset that was acknowledged, per partition. */
  acknowledgedNow(): Map<string, number> {
    return new Map(Array.from(this.#partitions, ([key, { end }]) => [key, end]))
  }

  /** Over everything that was ever shown: each producer's numbers rise by one from record to record. */
  checkOrder(): void {
    for (const [key, { shown }] of this.#partitions) {
      const last = new Map<string, number>()
      for (const [offset, text] of shown.entries()) {
        if (text === undefined) continue
        const [producer = '', number = ''] = text.split('.')
        const before = last.get(producer) ?? -1
        if (Number(number) !== before + 1) this.#broken(`${key}@${offset}: ${text} follows ${producer}.${before}`)
        last.set(producer, Number(number))
      }
    }
  }
}
