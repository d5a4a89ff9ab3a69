import type { ClassicGroup } from './classic/group.ts'
import { OffsetStore } from './offsets/store.ts'

export type Group = ClassicGroup

/** All that one partition of `__consumer_offsets` says, and the soft state around it. */
export class GroupState {
  /** Set after the replay: from then on records describe what decide has just done. */
  isLoaded = false
  readonly groups = new Map<string, Group>()
  readonly offsets = new OffsetStore()
}
