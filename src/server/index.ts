/** A node: broker and controller, from its configuration to its ports. */
export { whyForeign } from './foreign-files.ts'
export type { BoundListener } from './listeners.ts'
export { type NodeOptions, type RunningNode, startNode } from './node.ts'
