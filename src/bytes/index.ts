export type { Lease, Slice } from './slice.ts'
