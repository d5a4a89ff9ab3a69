/** Containers as processes of this machine, and what a kubelet needs beside them. Only a control plane loads it. */
export { NodeAddresses, type NodeAddressesOptions } from './addresses.ts'
export { NodePodFiles } from './files.ts'
export { NodeForwarder } from './forwarder.ts'
export { inflateSoFar } from './inflate.ts'
export { NodeProber } from './prober.ts'
export { endRecorded, endsLast, NodeRuntime, type NodeRuntimeOptions } from './runtime.ts'
