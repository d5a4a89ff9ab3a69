export { rangeAssignor } from './range.ts'
export { roundRobinAssignor } from './round-robin.ts'
export { cooperativeStickyAssignor, stickyAssignor } from './sticky.ts'
export type { Assignment, Assignor, MemberSubscription, PartitionRacks, TopicPartition } from './types.ts'
