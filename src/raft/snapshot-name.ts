import type { SnapshotId } from './types.ts'

/** The checkpoint that formatting leaves for a dynamic quorum: voters only. It is never replicated nor delivered. */
export const bootstrapSnapshot: SnapshotId = Object.freeze({ offset: 0, epoch: 0 })

const name = /^(\d{20})-(\d{10})\.checkpoint$/

export function snapshotFileName(id: SnapshotId): string {
  return `${String(id.offset).padStart(20, '0')}-${String(id.epoch).padStart(10, '0')}.checkpoint`
}

/** Null for any other file. */
export function snapshotIdOf(fileName: string): SnapshotId | null {
  const match = name.exec(fileName)
  return match === null ? null : { offset: Number(match[1]), epoch: Number(match[2]) }
}

/** Left by a process that died while it wrote or deleted a snapshot. */
export function isSnapshotLeftover(fileName: string): boolean {
  return fileName.endsWith('.checkpoint.part') || fileName.endsWith('.checkpoint.deleted')
}

/** Order of offset, then epoch. */
export function compareSnapshots(a: SnapshotId, b: SnapshotId): number {
  return a.offset - b.offset || a.epoch - b.epoch
}

export function isBootstrapSnapshot(id: SnapshotId): boolean {
  return id.offset === 0 && id.epoch === 0
}
