import type { Header } from '../../records/index.ts'

/**
 * A record as it was read. Without deserializers key, value and header values are views into the bytes of a fetch: copy
 * those that outlive the processing of their neighbours, or the whole fetch stays in memory.
 */
export interface ConsumerRecord<K = Uint8Array, V = Uint8Array> {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** Wall time in ms. */
  readonly timestamp: number
  readonly timestampType: 'CreateTime' | 'LogAppendTime'
  readonly key: K | null
  readonly value: V | null
  readonly headers: readonly Header[]
  /** -1 = unknown. */
  readonly leaderEpoch: number
}

export type { Header }
