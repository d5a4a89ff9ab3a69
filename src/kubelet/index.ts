/** Pods as processes of this machine. */
export type {
  Addresses,
  Attached,
  ContainerExit,
  ContainerStart,
  ExecAsk,
  Forwarder,
  InProcess,
  LogsAsk,
  NameEntry,
  Names,
  PodFiles,
  Prober,
  Running,
  Runtime,
} from '../env/index.ts'
export { hostPath, type Image, type Images, type PathMap } from './image.ts'
export { Kubelet, type KubeletOptions } from './kubelet.ts'
export type { PodTable } from './launch.ts'
export { Network, type NetworkOptions } from './network.ts'
export { type ConnectAsk, type ConnectQuery, type PodConnectOptions, podConnect } from './pod-connect.ts'
