/**
 * `node copier.ts BOOTSTRAP PARTITION`: copies that partition of `in` to `out` in transactions of our own client, up to
 * the end as of its start, every third transaction aborted and done again; exits with 0 when all is committed.
 */
import { isKafkaError, Kafka } from '../../src/client/node.ts'

const [bootstrapServers = '', index = '0'] = process.argv.slice(2)
const partition = Number(index)
const from = { topic: 'in', partition }
const size = 40

const kafka = new Kafka({ bootstrapServers, retryBackoffMaxMs: 100 })
await using consumer = kafka.consumer({ groupId: 'copiers', autoCommit: false, autoOffsetReset: 'earliest' })
await using producer = kafka.producer({ transactionalId: `copier-${partition}`, transactionTimeoutMs: 15_000 })
// Ends what the copier before left open: only then do the group's offsets say how far it came.
await (await producer.transaction()).abort()
const end = (await consumer.endOffsets([from])).get('in', partition) ?? 0
consumer.assign([from])
let next = (await consumer.committed([from])).get('in', partition)?.offset ?? 0
for (let round = 0; next < end; round++) {
  const records = await consumer.poll({ maxRecords: size, timeoutMs: 1000 })
  if (records.length === 0) continue
  try {
    const after = records.at(-1)!.offset + 1
    const transaction = await producer.transaction()
    await transaction.sendAll(records.map(({ key, value }) => ({ topic: 'out', partition, key, value: value! })))
    await transaction.sendOffsets([{ ...from, offset: after }], consumer)
    if (round % 3 === 1) {
      await transaction.abort()
      consumer.seek(from, next)
      continue
    }
    await transaction.commit()
    next = after
  } catch (error) {
    // The next copier begins where this one's last transaction ended, whichever way.
    console.error(isKafkaError(error) ? `${error.code}: ${error.message}` : error)
    process.exit(1)
  }
}
