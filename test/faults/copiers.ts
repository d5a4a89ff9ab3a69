/**
 * Records are copied from one topic to another in transactions, the input's offsets within them, while the broker and
 * the copiers are killed with -9 at random instants. In the end the output must be exactly the input:
 *
 *   input written ─▶ copiers, one a partition ─▶ kill -9 of the broker or of a copier, again and again
 *   ─▶ copiers are let finish ─▶ a reader of committed records finds each record once, in order
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { type BrokerProcess, Site } from './broker-process.ts'
import { makeTopic, withKafka } from './records.ts'
import { Luck } from './seed.ts'

export interface CopyOptions {
  readonly seed: number
  readonly kills: number
  readonly partitions: number
  /** In each partition. */
  readonly records: number
  /** The program that copies one partition of `in` to `out` to its end, as of its start, and exits with 0. */
  readonly copier: (site: Site, partition: number) => readonly string[]
  readonly config?: Readonly<Record<string, string>>
  /** 1: clients keep their epoch from one transaction to the next (before KIP-890). */
  readonly transactionVersion: 1 | 2
  readonly tell: (line: string) => void
}

export interface CopyOutcome {
  readonly violations: readonly string[]
  readonly brokerKills: number
  readonly copierKills: number
  /** Transactions that were aborted, by markers in the output. */
  readonly copied: number
}

const endMs = 240_000

export async function copyUnderKills(options: CopyOptions): Promise<CopyOutcome> {
  const luck = new Luck(options.seed)
  using site = await Site.make({
    config: {
      'transaction.state.log.replication.factor': '1',
      'transaction.state.log.min.isr': '1',
      'transaction.state.log.num.partitions': '3',
      'transaction.abort.timed.out.transaction.cleanup.interval.ms': '1000',
      ...options.config,
    },
  })
  let broker = await site.start()
  const copiers: Copier[] = []
  try {
    if (options.transactionVersion === 1) await keepEpochs(site)
    await makeTopic(site, 'in', { partitions: options.partitions })
    await makeTopic(site, 'out', { partitions: options.partitions })
    await fill(site, options)
    for (let p = 0; p < options.partitions; p++) copiers.push(new Copier(options.copier(site, p), `copier ${p}`))
    let brokerKills = 0
    let copierKills = 0
    const deadline = performance.now() + endMs
    while (!copiers.every((copier) => copier.isDone)) {
      if (performance.now() > deadline) throw new Error(`not done: ${copiers.map((c) => c.state).join('; ')}`)
      for (const copier of copiers) copier.keepGoing()
      await sleep(luck.between(100, 1500))
      if (brokerKills + copierKills >= options.kills) continue
      if (luck.chance(0.3)) {
        copierKills++
        await luck.pick(copiers).kill()
        continue
      }
      brokerKills++
      await broker.kill()
      broker = site.spawn()
      const ms = await broker.serving()
      options.tell(`kill ${brokerKills + copierKills}: serves after ${ms.toFixed(0)} ms`)
      complain(broker, options.tell)
    }
    const violations: string[] = []
    let copied = 0
    for (let p = 0; p < options.partitions; p++) copied += await audit(site, p, options.records, violations)
    await broker.stop()
    return { violations, brokerKills, copierKills, copied }
  } finally {
    for (const copier of copiers) await copier.kill()
    await broker[Symbol.asyncDispose]()
  }
}

function keepEpochs(site: Site): Promise<void> {
  return withKafka(site, async (kafka) => {
    await using admin = kafka.admin()
    await admin.updateFeatures([{ name: 'transaction.version', level: 1, type: 'safeDowngrade' }])
  })
}

function complain(broker: BrokerProcess, tell: (line: string) => void): void {
  for (const line of broker.lines) if (/ ERROR |A handler failed|stays offline|refuses the end/.test(line)) tell(line)
}

/** A copier that is started anew until it comes to the end by itself. */
export class Copier {
  readonly #command: readonly string[]
  readonly #name: string
  #child: ChildProcess | null = null
  #said = ''
  #starts = 0
  isDone = false

  constructor(command: readonly string[], name: string) {
    this.#command = command
    this.#name = name
  }

  get state(): string {
    return `${this.#name} after ${this.#starts} starts ${this.isDone ? 'is done' : `says ${this.#said.slice(-600)}`}`
  }

  keepGoing(): void {
    if (this.isDone || this.#child !== null) return
    const [program, ...args] = this.#command
    const child = spawn(program!, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#starts++
    this.#said = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        this.#said = (this.#said + chunk).slice(-4000)
      })
    child.on('close', (code) => {
      if (this.#child !== child) return
      this.#child = null
      this.isDone = code === 0
    })
    this.#child = child
  }

  async kill(): Promise<void> {
    const child = this.#child
    if (child === null) return
    this.#child = null
    child.kill('SIGKILL')
    await once(child, 'close')
  }
}

function textOf(partition: number, n: number): string {
  return `${partition}-${n}`
}

function fill(site: Site, { partitions, records }: CopyOptions): Promise<void> {
  return withKafka(site, async (kafka) => {
    await using producer = kafka.producer()
    const sent: Promise<unknown>[] = []
    for (let partition = 0; partition < partitions; partition++)
      for (let n = 0; n < records; n++)
        sent.push(producer.send({ topic: 'in', partition, key: `${n}`, value: textOf(partition, n) }))
    await Promise.all(sent)
  })
}

/** Reads what is committed in a partition of the output and holds it against the input. */
async function audit(site: Site, partition: number, records: number, violations: string[]): Promise<number> {
  const values = await withKafka(site, async (kafka) => {
    const at = { topic: 'out', partition }
    await using consumer = kafka.consumer({ autoOffsetReset: 'earliest', isolationLevel: 'read_committed' })
    const end = (await consumer.endOffsets([at])).get('out', partition) ?? 0
    const found: string[] = []
    consumer.assign([at])
    while ((await consumer.position(at)) < end) {
      for (const { value } of await consumer.poll({ timeoutMs: 1000 })) found.push(new TextDecoder().decode(value!))
    }
    return found
  })
  const seen = new Map<string, number>()
  for (const value of values) seen.set(value, (seen.get(value) ?? 0) + 1)
  const { length } = violations
  for (let n = 0; n < records; n++) {
    const value = textOf(partition, n)
    const times = seen.get(value) ?? 0
    if (times !== 1) violations.push(`${value} is in the output ${times} times`)
  }
  if (seen.size !== records) violations.push(`partition ${partition}: ${seen.size} values, ${records} were written`)
  if (violations.length === length && values.some((value, n) => value !== textOf(partition, n)))
    violations.push(`partition ${partition} is out of order`)
  return values.length
}
