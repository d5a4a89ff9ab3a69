/** The file that keeps a partition's producer states at an offset (`.snapshot`). */
import { array, codec, int16, int32, int64, uint32 } from '../schema/index.ts'

export const ProducerSnapshot = codec({
  name: 'ProducerSnapshot',
  versions: [1, 1],
  flexible: null,
  fields: {
    crc: uint32(),
    producerEntries: array({
      producerId: int64(),
      epoch: int16(),
      lastSequence: int32(),
      lastOffset: int64(),
      offsetDelta: int32(),
      timestamp: int64(),
      coordinatorEpoch: int32(),
      currentTxnFirstOffset: int64(),
    }),
  },
})
