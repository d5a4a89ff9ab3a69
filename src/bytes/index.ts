/** Bytes and what is read from them: cursors, varints, uuids, checksums, hashes. Knows nothing of Kafka's messages. */
export { base64Decode, base64Encode } from './base64.ts'
export { BufferPool } from './buffer-pool.ts'
export { type Crc32c, crc32c } from './crc32c.ts'
export { absHash, javaStringHash, murmur2 } from './hash.ts'
export { int16At, int32At, int64At, putInt16, putInt32, putInt64 } from './int.ts'
export { isMalformed, MalformedError } from './malformed.ts'
export { nearestName, plainName } from './nearest.ts'
export { ELEMENTS_MAX, Reader, type ReaderOptions } from './reader.ts'
export { Slab } from './slab.ts'
export type { Lease, Slice } from './slice.ts'
export { utf8Decode, utf8Encode, utf8Length, utf8Write } from './utf8.ts'
export {
  isUuid,
  LOST_DIRECTORY,
  METADATA_TOPIC_UUID,
  MIGRATING_DIRECTORY,
  ONE_UUID,
  UNASSIGNED_DIRECTORY,
  type Uuid,
  UuidTable,
  uuidFromBytes,
  uuidToBytes,
  uuidWrite,
  ZERO_UUID,
} from './uuid.ts'
export { uvarintSize, varintSize, varlongSize } from './varint-size.ts'
export { Writer } from './writer.ts'
