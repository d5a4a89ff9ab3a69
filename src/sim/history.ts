import type { World } from './world.ts'

export interface Sent {
  readonly value: string
  /** Whose it is and its place among the sender's records. */
  readonly producer: string
  readonly number: number
  /** Retries may not double or reorder it. */
  readonly isIdempotent: boolean
  /** With acks=all: it may not be lost. */
  readonly isSafe: boolean
}

interface PartitionHistory {
  /** What stands at an offset, as anybody ever was told. */
  readonly at: Map<number, string>
  readonly acknowledged: Map<string, { sent: Sent; offset: number }>
}

/**
 * What clients were told, and what follows from it: at an offset stands one value for ever, a value stands at one
 * offset, nothing acknowledged is missing. Names of anomalies are Jepsen's.
 */
export class History {
  readonly #world: World
  readonly #partitions = new Map<string, PartitionHistory>()
  readonly #sent = new Map<string, Sent>()
  #acknowledged = 0

  constructor(world: World) {
    this.#world = world
  }

  get acknowledgements(): number {
    return this.#acknowledged
  }

  /** Records whose transaction was committed. */
  confirm(records: number): void {
    this.#acknowledged += records
  }

  /** Before it is sent: what is never sent may never be read. */
  sends(sent: Sent): void {
    this.#sent.set(sent.value, sent)
  }

  /** `offset` −1: the broker did not say. */
  acknowledge(partition: string, offset: number, value: string): void {
    const sent = this.#sent.get(value)!
    this.#acknowledged++
    const history = this.#of(partition)
    history.acknowledged.set(value, { sent, offset })
    if (offset >= 0 && sent.isSafe) this.stands(partition, offset, value, 'acknowledged')
  }

  /** Somebody read it. */
  read(partition: string, offset: number, value: string): void {
    if (!this.#sent.has(value)) this.#world.violate('phantom', `${partition} at ${offset}: ${value} was never sent`)
    this.stands(partition, offset, value, 'read')
  }

  /** Everything that the partition holds in the end, read from its start to its end. */
  finalRead(partition: string, records: readonly { readonly offset: number; readonly value: string }[]): void {
    const history = this.#of(partition)
    const offsetOf = new Map<string, number>()
    const lastOf = new Map<string, number>()
    for (const { offset, value } of records) {
      const sent = this.#sent.get(value)
      if (sent?.isIdempotent === true) {
        const before = offsetOf.get(value)
        if (before !== undefined)
          this.#world.lose(partition, 'duplicate', `${partition}: ${value} at ${before} and ${offset}`)
        const last = lastOf.get(sent.producer) ?? -1
        if (sent.number < last) {
          this.#world.lose(
            partition,
            'reordering',
            `${partition} at ${offset}: ${value} after ${sent.producer}:${last}`,
          )
        }
        lastOf.set(sent.producer, sent.number)
      }
      offsetOf.set(value, offset)
    }
    for (const [value, { sent, offset }] of history.acknowledged) {
      if (!sent.isSafe || offsetOf.has(value)) continue
      this.#world.lose(partition, 'lost-write', `${partition}: ${value} was acknowledged at ${offset} and is not there`)
    }
    const there = new Set(records.map(({ offset }) => offset))
    for (const [offset, value] of history.at) {
      if (!there.has(offset))
        this.#world.lose(partition, 'lost-read', `${partition}: ${value} was seen at ${offset} and is gone`)
    }
  }

  /** Whoever is told, and whenever: at an offset stands one value. */
  stands(partition: string, offset: number, value: string, how: string): void {
    const { at } = this.#of(partition)
    const before = at.get(offset)
    if (before === undefined) at.set(offset, value)
    else if (before !== value) {
      this.#world.lose(
        partition,
        'inconsistent-offsets',
        `${partition} at ${offset}: ${value} ${how}, ${before} before`,
      )
    }
  }

  #of(partition: string): PartitionHistory {
    let history = this.#partitions.get(partition)
    if (history === undefined) {
      history = { at: new Map(), acknowledged: new Map() }
      this.#partitions.set(partition, history)
    }
    return history
  }
}
