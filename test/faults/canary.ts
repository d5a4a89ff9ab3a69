/** Somebody who only wants to work: writes and reads a topic of his own the whole time, and remembers how it went. */
import { Kafka } from '../../src/client/node.ts'
import { nodeEnv } from '../../src/env/node/index.ts'

const TOPIC = 'canary'

export class Canary implements AsyncDisposable {
  readonly problems: string[] = []
  readonly topicIds: string[] = []
  rounds = 0
  #longestMs = 0
  #doing = ''
  #sinceMs = performance.now()
  readonly #env = nodeEnv({ logLevel: 'off' })
  readonly #kafka: Kafka
  readonly #stop = new AbortController()
  #running: Promise<void> = Promise.resolve()

  private constructor(bootstrapServers: string) {
    this.#kafka = new Kafka({ env: this.#env, bootstrapServers, clientId: 'canary' })
  }

  /** Longest time from a record's send until it was read, the round that is still under way included. */
  get longestMs(): number {
    return Math.max(this.#longestMs, this.#doing === '' ? 0 : performance.now() - this.#sinceMs)
  }

  /** What it waits for now. */
  get doing(): string {
    return this.#doing
  }

  static async start(bootstrapServers: string): Promise<Canary> {
    const canary = new Canary(bootstrapServers)
    const admin = canary.#kafka.admin()
    // What others change of the broker's defaults does not reach it.
    const configs = { 'min.insync.replicas': '1', 'max.message.bytes': '1048588', 'compression.type': 'producer' }
    const created = await admin.createTopics([{ name: TOPIC, partitions: 1, configs }])
    const { error, value } = created.get(TOPIC)!
    if (error !== null) throw error
    canary.topicIds.push(value.id)
    await admin.close()
    const running = Promise.withResolvers<void>()
    canary.#running = canary.#run(running.resolve).catch((thrown: unknown) => {
      if (!canary.#stop.signal.aborted) canary.problems.push(`the canary: ${(thrown as Error).message}`)
      running.resolve()
    })
    await running.promise
    return canary
  }

  async #run(isFlying: () => void): Promise<void> {
    const { signal } = this.#stop
    const producer = this.#kafka.producer({ lingerMs: 0, deliveryTimeoutMs: 30_000 })
    const consumer = this.#kafka.consumer({ autoOffsetReset: 'earliest' })
    try {
      consumer.assign([{ topic: TOPIC, partition: 0 }])
      for (let n = 0; !signal.aborted; n++) {
        this.#sinceMs = performance.now()
        this.#doing = 'writing'
        await producer.send({ topic: TOPIC, partition: 0, value: `${n}` }, { signal })
        this.#doing = 'reading'
        const [record] = await consumer.poll({ timeoutMs: 30_000, maxRecords: 1, signal })
        const text = new TextDecoder().decode(record?.value ?? undefined)
        if (text !== `${n}`) throw new Error(`read ${text} where ${n} was written`)
        // The first round finds its way to the broker.
        if (n > 0) this.#longestMs = this.longestMs
        this.#doing = ''
        this.rounds++
        isFlying()
        await new Promise((done) => setTimeout(done, 20))
      }
    } finally {
      // The broker may be gone already.
      await Promise.all([producer.close({ timeoutMs: 100 }), consumer.close({ timeoutMs: 100 })])
    }
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
    this.#env.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }
}
