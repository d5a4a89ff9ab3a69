export { type CrashOptions, type MemoryDisk, type MemoryDiskOptions, memoryDisk } from './disk.ts'
export { ManualClock } from './manual-clock.ts'
export { memoryNet } from './net.ts'
