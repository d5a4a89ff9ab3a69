export { type CrashOptions, type MemoryDisk, type MemoryDiskOptions, memoryDisk } from './disk.ts'
export { memoryNet } from './net.ts'
