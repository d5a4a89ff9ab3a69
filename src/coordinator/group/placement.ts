import { absHash, javaStringHash } from '../../bytes/index.ts'

/** The partition of `__consumer_offsets` whose leader coordinates this group; the count must never change. */
export function partitionFor(groupId: string, partitionCount: number): number {
  return absHash(javaStringHash(groupId)) % partitionCount
}
