import type { Slice } from '../bytes/index.ts'
import { type ErrorCode, errors } from '../protocol/index.ts'
import {
  BATCH_HEADER_BYTES,
  BatchFacts,
  needsPreparation,
  type Preparation,
  prepareProduceBatch,
} from '../records/index.ts'
import type { Partition } from '../replication/index.ts'
import type { Services } from './services.ts'

/** What one batch may hold when it is opened. */
const UNPACKED_BYTES_MAX = 128 * 1024 * 1024

/**
 * What must be done to a batch before it is appended, or null: another codec (compression.type of the topic), a look at
 * the keys of a compressed batch for a compacted topic, or at everything (millrace.validate.compressed).
 */
export function preparationFor(services: Services, partition: Partition, batch: Slice): Preparation | null {
  if (batch.to - batch.from < BATCH_HEADER_BYTES) return null
  const { config } = partition.log
  const codec = config.compressionType === 'uncompressed' ? null : config.compressionType
  const isCompacted = config.cleanupPolicy.has('compact')
  const isCompressedOpened = services.config.millraceValidateCompressed
  if (!needsPreparation(batch, codec, isCompressedOpened, isCompacted)) return null
  const rules = { ...config, crc32c: services.crc32c, isCompacted }
  return { codec, level: levelOf(codec, config), rules, isCompressedOpened, bytesMax: UNPACKED_BYTES_MAX }
}

function levelOf(codec: Preparation['codec'], config: Partition['log']['config']): number | null {
  switch (codec) {
    case 'gzip':
      return config.compressionGzipLevel === -1 ? null : config.compressionGzipLevel
    case 'lz4':
      return config.compressionLz4Level
    case 'zstd':
      return config.compressionZstdLevel
    default:
      return null
  }
}

export type PreparedBatch = Slice | { readonly errorCode: ErrorCode; readonly message: string }

/** In order for each partition: what was produced first is appended first. */
export function prepare(
  services: Services,
  partition: Partition,
  batch: Slice,
  ask: Preparation,
  done: (prepared: PreparedBatch) => void,
): void {
  const facts = new BatchFacts()
  const lane = `${partition.topic}-${partition.index}`
  const { heavy, clock } = services.env
  prepareProduceBatch(
    heavy,
    batch,
    ask,
    clock.wallMs(),
    facts,
    (failure, prepared) => {
      if (failure !== null) done({ errorCode: errors.UNKNOWN_SERVER_ERROR, message: failure.message })
      else if (prepared.code !== errors.NONE) done({ errorCode: prepared.code, message: facts.message })
      else done(prepared.batch)
    },
    lane,
  )
}
