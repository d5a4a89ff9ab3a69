import { utf8Encode } from '../../bytes/index.ts'
import { addSequence, RecordCursor } from '../../records/index.ts'
import { Batch } from './batch.ts'

/** The records of a batch that the broker found too large, in two open batches with the same sequences and deliveries. */
export function splitBatch(batch: Batch): [Batch, Batch] {
  const plain = batch.plain()
  const half = Math.ceil(batch.count / 2)
  const span = batch.ordinalSpan / 2
  const part = (ordinal: number) => {
    const made = new Batch(batch.queue, ordinal, batch.createdMs, plain.length / 2 + 128)
    made.ordinalSpan = span
    made.heldBytes = batch.heldBytes / 2
    made.isUrgent = true
    return made
  }
  const parts: [Batch, Batch] = [part(batch.ordinal), part(batch.ordinal + span)]
  const cursor = new RecordCursor({ bytes: plain, from: 0, to: plain.length })
  for (let i = 0; cursor.next(); i++) {
    const headers = cursor.headerCount === 0 ? undefined : cursor.headers()
    parts[i < half ? 0 : 1].append(
      cursor.timestamp,
      cursor.key,
      cursor.value,
      headers?.map((h) => ({ key: utf8Encode(h.key), value: h.value })),
      batch.deliveries[i]!,
    )
  }
  if (batch.hasSequence) {
    for (const made of parts) {
      made.producerId = batch.producerId
      made.producerEpoch = batch.producerEpoch
    }
    parts[0].baseSequence = batch.baseSequence
    parts[1].baseSequence = addSequence(batch.baseSequence, half)
  }
  return parts
}
