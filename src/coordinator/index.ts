/** Coordinators: state machines over partitions of internal topics, run by the runtime room. */
export * from './group/index.ts'
export * from './transaction/index.ts'
