/** `millrace up --brokers N`: a cluster of processes on this machine. */
export { runSupervised } from './node-main.ts'
export { NODE_VERB } from './node-process.ts'
export type { ClusterAsk } from './plan.ts'
export { keptIn, type UpCluster, upCluster } from './up-cluster.ts'
