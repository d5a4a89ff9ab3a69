/** Kafka's command-line tools, and Millrace's own verbs. */
export { runKafkaTool } from './run.ts'
export type { CliWorld } from './world.ts'
