import { type Consumer, isKafkaError, type Kafka, type Producer } from '../../client/index.ts'
import { CopyLedger, type CopySeen } from '../copy-ledger.ts'
import type { Life } from '../life.ts'
import type { Scene } from '../scene.ts'
import { topicName } from './topic.ts'
import type { Workload } from './types.ts'

const copiesName = 'copies'
const groupId = 'copiers'
const TRANSACTION_TIMEOUT_MS = 8_000
/** After the last fault: transactions that nobody ends run out, and their markers are written. */
const DECIDED_WITHIN_MS = 60_000

const text = new TextDecoder()

/**
 * Copiers read one topic as a group, and write what they read to another in transactions that hold the offsets, too; now
 * and then they abort, crash or are replaced. A reader of committed records watches.
 */
export const copies: Workload = {
  topics: ({ partitions }) => [{ name: copiesName, partitions }],
  start: (scene, afterwards) => {
    const ledger = new CopyLedger(scene.world)
    const protocol = scene.random.fork('copiers').pick(['classic', 'consumer'] as const)
    afterwards((kafka) => checkCopies(scene, kafka, ledger))
    return [...[1, 2].map((n) => copy(scene, ledger, n, protocol)), watchCopies(scene, ledger)]
  },
}

async function copy(scene: Scene, ledger: CopyLedger, n: number, groupProtocol: 'classic' | 'consumer'): Promise<void> {
  const life = scene.client(`copier-${n}`)
  const zombies: Promise<void>[] = []
  for (let generation = 1; !scene.isOver; generation++) {
    const kafka = scene.kafka(life)
    const consumer = kafka.consumer({
      ...{ groupId, groupProtocol, topics: [topicName], sessionTimeoutMs: 6_000, maxPollIntervalMs: 5_000 },
      ...{ autoOffsetReset: 'earliest', autoCommit: false, isolationLevel: 'read_committed' },
    })
    const producer = kafka.producer({
      ...{ transactionalId: `copier-${n}`, transactionTimeoutMs: TRANSACTION_TIMEOUT_MS, maxBlockMs: 10_000 },
    })
    const copier: Copier = { scene, ledger, life, consumer, producer, name: `${n}.${generation}` }
    const close = async (): Promise<void> => {
      await producer.close({ timeoutMs: 3_000 }).catch(() => {})
      await consumer.close({ timeoutMs: 3_000 }).catch(() => {})
    }
    try {
      const late = await copyUntil(copier, scene.world.nowMs + 1000 + life.random.next() * 15_000)
      if (late !== null) {
        // Another takes its place and its transactional id, and it does not know.
        zombies.push(late().finally(close))
        // Or nobody does, until its time is over: others must wait for what it left undecided.
        if (life.random.below(2) === 0) await scene.sleep(life.random.next() * 9_000, life)
        continue
      }
    } catch (thrown) {
      if (!isKafkaError(thrown)) return scene.world.violate('client throws', String((thrown as Error).stack))
      scene.world.trace.note(scene.world.nowMs, life.name, `copier fails: ${thrown.code}`)
    }
    await close()
    await scene.sleep(life.random.next() * 300, life)
  }
  await Promise.all(zombies)
}

interface Copier {
  readonly scene: Scene
  readonly ledger: CopyLedger
  readonly life: Life
  readonly consumer: Consumer
  readonly producer: Producer
  readonly name: string
}

/**
 * Until it has aborted once, too: its position is past what it has not copied then. Or until it leaves the end of a
 * transaction for later; that is what it returns.
 */
async function copyUntil(
  { scene, ledger, life, consumer, producer, name }: Copier,
  untilMs: number,
): Promise<(() => Promise<void>) | null> {
  const { history, world } = scene
  for (let round = 0; !scene.isOver && world.nowMs < untilMs; round++) {
    const records = await consumer.poll({ timeoutMs: 500, maxRecords: 1 + life.random.below(80) })
    if (records.length === 0) continue
    const reached = new Map<number, number>()
    for (const { partition, offset, value } of records) {
      history.read(`${topicName}-${partition}`, offset, text.decode(value!))
      reached.set(partition, offset + 1)
    }
    const attempt = ledger.begins(
      `${name}.${round}`,
      records.map(({ partition, offset }) => `${partition}@${offset}`),
    )
    let isCommitAsked = false
    try {
      const transaction = await producer.transaction()
      const isLate = life.random.below(10) === 0
      const written = records.map(({ partition, offset }) => {
        const value = CopyLedger.value(`${partition}@${offset}`, attempt.name)
        return { topic: copiesName, partition, value }
      })
      const last = isLate ? written.splice(-1) : []
      const sending = transaction.sendAll(written)
      // What becomes of them is asked below; whoever fails before that has failed already.
      sending.catch(() => {})
      if (life.random.below(2) === 0) await sending
      await transaction.sendOffsets(
        Array.from(reached, ([partition, offset]) => ({ topic: topicName, partition, offset })),
        consumer,
      )
      await sending
      if (life.random.below(8) === 0) {
        await transaction.abort()
        ledger.ends(attempt, 'aborted')
        return null
      }
      const commit = async (): Promise<void> => {
        isCommitAsked = true
        ledger.ends(attempt, 'ending')
        if (last.length > 0) await transaction.sendAll(last)
        await transaction.commit()
        ledger.ends(attempt, 'committed')
        history.confirm(records.length)
      }
      if (isLate) {
        return async () => {
          await scene.sleep(life.random.next() * 9_000, life)
          await commit().catch((thrown: unknown) => {
            if (!isKafkaError(thrown)) world.violate('client throws', String((thrown as Error).stack))
          })
        }
      }
      await commit()
    } catch (thrown) {
      // Nobody can have committed what nobody asked to commit.
      if (!isCommitAsked) ledger.ends(attempt, 'aborted')
      throw thrown
    }
  }
  return null
}

async function watchCopies(scene: Scene, ledger: CopyLedger): Promise<void> {
  const life = scene.client('copies-reader')
  const consumer = scene.kafka(life).consumer({ isolationLevel: 'read_committed', autoOffsetReset: 'earliest' })
  consumer.assign(partitionsOf(scene))
  const last = new Map<number, number>()
  const stable = new Map<number, number>()
  while (!scene.isOver) {
    try {
      for (const { partition, offset, value } of await consumer.poll({ timeoutMs: 500 })) {
        const name = `${copiesName}-${partition}`
        ledger.read(name, offset, text.decode(value!))
        scene.history.stands(name, offset, text.decode(value!), 'read')
        if (offset <= (last.get(partition) ?? -1)) scene.world.violate('nonmonotonic poll', `${name}: ${offset}`)
        last.set(partition, offset)
      }
      const ends = await consumer.endOffsets(partitionsOf(scene), { timeoutMs: 5_000 })
      for (const { partition } of partitionsOf(scene)) {
        const end = ends.get(copiesName, partition) ?? 0
        const before = stable.get(partition) ?? 0
        if (end < before)
          scene.world.violate('last stable offset goes back', `${copiesName}-${partition}: ${end} after ${before}`)
        stable.set(partition, end)
      }
    } catch (thrown) {
      if (!isKafkaError(thrown)) return scene.world.violate('client throws', String((thrown as Error).stack))
    }
    await scene.sleep(life.random.next() * 50, life)
  }
  await consumer.close()
}

const partitionsOf = ({ plan }: Scene): { topic: string; partition: number }[] =>
  Array.from({ length: plan.partitions }, (_, partition) => ({ topic: copiesName, partition }))

/** No transaction hangs; the output is what the group has committed of the input. */
async function checkCopies(scene: Scene, kafka: Kafka, ledger: CopyLedger): Promise<void> {
  const admin = kafka.admin()
  const asks = partitionsOf(scene).map((of) => ({ ...of, timestamp: -1 }))
  await scene.until('all transactions are decided', DECIDED_WITHIN_MS, async () => {
    const stable = await admin.listOffsets(asks, { isolationLevel: 'read_committed' })
    const ends = await admin.listOffsets(asks)
    return partitionsOf(scene).every(({ topic, partition }) => {
      const end = ends.get(topic, partition)?.value?.offset
      return end !== undefined && stable.get(topic, partition)?.value?.offset === end
    })
  })
  await admin.close()
  if (scene.world.violations.length > 0) return
  const group = kafka.consumer({ groupId, autoCommit: false, isolationLevel: 'read_committed' })
  const inputs = partitionsOf(scene).map(({ partition }) => ({ topic: topicName, partition }))
  const committed = await group.committed(inputs)
  await group.close()
  const reader = kafka.consumer({ isolationLevel: 'read_committed', autoOffsetReset: 'earliest' })
  const output = new Map<number, CopySeen[]>()
  const input = new Map<number, number[]>()
  for (const { partition } of inputs) {
    const below = committed.get(topicName, partition)?.offset ?? 0
    input.set(
      partition,
      Array.from({ length: below }, (_, offset) => offset),
    )
    const records = await readAll(scene, reader, { topic: copiesName, partition })
    output.set(
      partition,
      records.map(({ offset, value }) => ({ offset, value: text.decode(value!) })),
    )
    for (const { offset, value } of output.get(partition)!) {
      scene.history.stands(`${copiesName}-${partition}`, offset, value, 'read in the end')
    }
  }
  await reader.close()
  ledger.finish(output, input)
}

async function readAll(scene: Scene, consumer: Consumer, of: { topic: string; partition: number }) {
  consumer.assign([of])
  const end = (await consumer.endOffsets([of])).get(of.topic, of.partition)!
  const records: { offset: number; value: Uint8Array | null }[] = []
  const deadlineMs = scene.world.nowMs + 60_000
  // Markers take offsets: it is the position that comes to the end.
  while ((await consumer.position(of)) < end && scene.world.nowMs < deadlineMs) {
    records.push(...(await consumer.poll({ timeoutMs: 1000 })))
  }
  if (scene.world.nowMs >= deadlineMs) scene.world.violate('unseen', `${of.topic}-${of.partition}: not read to ${end}`)
  return records
}
