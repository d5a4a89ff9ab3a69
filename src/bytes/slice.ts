/**
 * A range of bytes inside a larger buffer. Passed instead of subarrays so that the hot path allocates nothing.
 * Whoever hands out a Slice says who owns the buffer; a Slice itself never implies a copy.
 */
export interface Slice {
  readonly bytes: Uint8Array
  /** First byte, inclusive. */
  readonly from: number
  /** End, exclusive. */
  readonly to: number
}

/** Slices whose buffers are borrowed until {@link Lease.release}; after that their bytes may be overwritten. */
export interface Lease {
  readonly slices: Slice[]
  release(): void
}
