/** Kafka's command-line tools, and Millrace's own verbs. */
export { type MillraceOptions, runMillrace } from './millrace/run.ts'
export { runKafkaTool } from './run.ts'
export type { CliWorld } from './world.ts'
