/** Pods and their neighbours, as far as a kubelet reads and writes them. */
import type { KindRef, Obj } from '../kube-client/index.ts'

export interface KeyRef {
  readonly name: string
  readonly key: string
  readonly optional?: boolean
}

export interface FieldRef {
  readonly fieldPath: string
}

export interface ResourceFieldRef {
  readonly containerName?: string
  readonly resource: string
  readonly divisor?: string
}

export interface EnvVar {
  readonly name: string
  readonly value?: string
  readonly valueFrom?: {
    readonly fieldRef?: FieldRef
    readonly resourceFieldRef?: ResourceFieldRef
    readonly configMapKeyRef?: KeyRef
    readonly secretKeyRef?: KeyRef
  }
}

export interface EnvFrom {
  readonly prefix?: string
  readonly configMapRef?: { readonly name: string; readonly optional?: boolean }
  readonly secretRef?: { readonly name: string; readonly optional?: boolean }
}

export interface Probe {
  readonly exec?: { readonly command?: readonly string[] }
  readonly httpGet?: {
    readonly path?: string
    readonly port: number | string
    readonly host?: string
    readonly scheme?: 'HTTP' | 'HTTPS'
    readonly httpHeaders?: readonly { readonly name: string; readonly value: string }[]
  }
  readonly tcpSocket?: { readonly port: number | string; readonly host?: string }
  readonly initialDelaySeconds?: number
  readonly timeoutSeconds?: number
  readonly periodSeconds?: number
  readonly successThreshold?: number
  readonly failureThreshold?: number
}

export interface VolumeMount {
  readonly name: string
  readonly mountPath: string
  readonly subPath?: string
  readonly readOnly?: boolean
}

export interface ContainerPort {
  readonly name?: string
  readonly containerPort: number
  readonly protocol?: string
}

export interface Container {
  readonly name: string
  readonly image: string
  readonly command?: readonly string[]
  readonly args?: readonly string[]
  readonly workingDir?: string
  readonly env?: readonly EnvVar[]
  readonly envFrom?: readonly EnvFrom[]
  readonly ports?: readonly ContainerPort[]
  readonly volumeMounts?: readonly VolumeMount[]
  readonly livenessProbe?: Probe
  readonly readinessProbe?: Probe
  readonly startupProbe?: Probe
  readonly resources?: {
    readonly limits?: Readonly<Record<string, string>>
    readonly requests?: Readonly<Record<string, string>>
  }
  readonly stdin?: boolean
  readonly stdinOnce?: boolean
  readonly tty?: boolean
  /** Of an init container that stays: a sidecar. */
  readonly restartPolicy?: string
}

export interface KeyToPath {
  readonly key: string
  readonly path: string
  readonly mode?: number
}

export interface KeysSource {
  readonly name?: string
  readonly optional?: boolean
  readonly items?: readonly KeyToPath[]
}

export interface DownwardItem {
  readonly path: string
  readonly fieldRef?: FieldRef
  readonly resourceFieldRef?: ResourceFieldRef
  readonly mode?: number
}

export interface Projection {
  readonly configMap?: KeysSource
  readonly secret?: KeysSource
  readonly downwardAPI?: { readonly items?: readonly DownwardItem[] }
  readonly serviceAccountToken?: {
    readonly path: string
    readonly audience?: string
    readonly expirationSeconds?: number
  }
}

export interface Volume {
  readonly name: string
  readonly emptyDir?: { readonly medium?: string; readonly sizeLimit?: string }
  readonly hostPath?: { readonly path: string; readonly type?: string }
  readonly configMap?: KeysSource & { readonly defaultMode?: number }
  readonly secret?: Omit<KeysSource, 'name'> & { readonly secretName?: string; readonly defaultMode?: number }
  readonly downwardAPI?: { readonly items?: readonly DownwardItem[]; readonly defaultMode?: number }
  readonly projected?: { readonly sources?: readonly Projection[]; readonly defaultMode?: number }
  readonly persistentVolumeClaim?: { readonly claimName: string; readonly readOnly?: boolean }
}

export interface PodSpec {
  readonly nodeName?: string
  readonly containers: readonly Container[]
  readonly initContainers?: readonly Container[]
  readonly volumes?: readonly Volume[]
  readonly restartPolicy?: 'Always' | 'OnFailure' | 'Never'
  readonly terminationGracePeriodSeconds?: number
  readonly activeDeadlineSeconds?: number
  readonly hostname?: string
  readonly subdomain?: string
  readonly serviceAccountName?: string
}

export interface ContainerState {
  readonly waiting?: { readonly reason: string; readonly message?: string }
  readonly running?: { readonly startedAt: string }
  readonly terminated?: {
    readonly exitCode: number
    readonly reason: string
    readonly message?: string
    readonly startedAt: string
    readonly finishedAt: string
    readonly containerID: string
  }
}

export interface ContainerStatus {
  readonly name: string
  readonly image: string
  readonly imageID: string
  readonly containerID?: string
  readonly ready: boolean
  readonly started: boolean
  readonly restartCount: number
  readonly state: ContainerState
  readonly lastState: ContainerState
}

export interface PodCondition {
  readonly type: string
  readonly status: 'True' | 'False'
  readonly reason?: string
  readonly message?: string
  readonly lastProbeTime: null
  readonly lastTransitionTime: string
}

export interface PodStatus {
  readonly phase?: 'Pending' | 'Running' | 'Succeeded' | 'Failed'
  readonly reason?: string
  readonly message?: string
  readonly conditions?: readonly PodCondition[]
  readonly hostIP?: string
  readonly hostIPs?: readonly { readonly ip: string }[]
  readonly podIP?: string
  readonly podIPs?: readonly { readonly ip: string }[]
  readonly startTime?: string
  readonly containerStatuses?: readonly ContainerStatus[]
  readonly initContainerStatuses?: readonly ContainerStatus[]
  readonly qosClass?: string
}

export interface Pod extends Obj {
  readonly spec: PodSpec
  readonly status?: PodStatus
}

export interface ConfigMap extends Obj {
  readonly data?: Readonly<Record<string, string>>
  /** Base64. */
  readonly binaryData?: Readonly<Record<string, string>>
}

export interface Secret extends Obj {
  /** Base64. */
  readonly data?: Readonly<Record<string, string>>
}

export interface PersistentVolumeClaim extends Obj {
  readonly spec: { readonly volumeName?: string }
  readonly status?: { readonly phase?: string }
}

export interface PersistentVolume extends Obj {
  readonly spec: { readonly hostPath?: { readonly path: string }; readonly local?: { readonly path: string } }
}

export interface ServicePort {
  readonly name?: string
  readonly port: number
  readonly targetPort?: number | string
  readonly protocol?: string
  readonly nodePort?: number
}

export interface Service extends Obj {
  readonly spec: {
    readonly type?: string
    readonly clusterIP?: string
    readonly ports?: readonly ServicePort[]
    readonly selector?: Readonly<Record<string, string>>
    readonly publishNotReadyAddresses?: boolean
    readonly externalName?: string
  }
}

const core = { group: '', version: 'v1' } as const

export const pods: KindRef<Pod> = { ...core, kind: 'Pod', resource: 'pods', namespaced: true }
export const configMaps: KindRef<ConfigMap> = { ...core, kind: 'ConfigMap', resource: 'configmaps', namespaced: true }
export const secrets: KindRef<Secret> = { ...core, kind: 'Secret', resource: 'secrets', namespaced: true }
export const services: KindRef<Service> = { ...core, kind: 'Service', resource: 'services', namespaced: true }
export const claims: KindRef<PersistentVolumeClaim> = {
  ...{ ...core, kind: 'PersistentVolumeClaim', resource: 'persistentvolumeclaims', namespaced: true },
}
export const volumes: KindRef<PersistentVolume> = {
  ...{ ...core, kind: 'PersistentVolume', resource: 'persistentvolumes', namespaced: false },
}

/** `namespace/name` */
export const keyOf = ({ metadata }: Obj): string => `${metadata.namespace ?? ''}/${metadata.name}`
