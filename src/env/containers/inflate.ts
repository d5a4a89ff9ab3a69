import { constants, inflateSync } from 'node:zlib'

const inflatedBytesMax = 4 * 1024 * 1024

/** What a zlib stream holds that is not at its end yet. Throws zlib's error when it is none, or holds too much. */
export function inflateSoFar(bytes: Uint8Array, dictionary: Uint8Array): Uint8Array {
  return inflateSync(bytes, {
    dictionary,
    finishFlush: constants.Z_SYNC_FLUSH,
    maxOutputLength: inflatedBytesMax,
  })
}
