/** Which collections the operators read and write besides Strimzi's own, and how few of their fields they look at. */
import type { KindRef, Obj } from '../kube-client/index.ts'

export interface Secret extends Obj {
  readonly type?: string
  /** base64. */
  readonly data?: Readonly<Record<string, string>>
}

export interface ConfigMap extends Obj {
  readonly data?: Readonly<Record<string, string>>
}

export interface ContainerStatus {
  readonly name: string
  readonly ready: boolean
  readonly restartCount: number
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string }
    readonly running?: { readonly startedAt?: string }
    readonly terminated?: { readonly exitCode: number; readonly reason?: string }
  }
}

export interface PodCondition {
  readonly type: string
  readonly status: string
  readonly reason?: string
  readonly message?: string
  readonly lastTransitionTime?: string
}

export interface Pod extends Obj {
  readonly spec: { readonly nodeName?: string; readonly [field: string]: unknown }
  readonly status?: {
    readonly phase?: string
    readonly podIP?: string
    readonly conditions?: readonly PodCondition[]
    readonly containerStatuses?: readonly ContainerStatus[]
  }
}

export interface ServicePort {
  readonly name: string
  readonly port: number
  readonly nodePort?: number
}

export interface Service extends Obj {
  readonly spec: { readonly type?: string; readonly clusterIP?: string; readonly ports?: readonly ServicePort[] }
}

export interface Claim extends Obj {
  readonly spec: {
    readonly storageClassName?: string
    readonly resources?: { readonly requests?: Readonly<Record<string, string>> }
  }
}

export interface Node extends Obj {
  readonly status?: { readonly addresses?: readonly { readonly type: string; readonly address: string }[] }
}

export interface Deployment extends Obj {
  readonly spec: {
    readonly replicas?: number
    readonly template?: { readonly spec?: { readonly containers?: readonly Container[] } }
  }
  readonly status?: {
    readonly observedGeneration?: number
    readonly readyReplicas?: number
    readonly updatedReplicas?: number
  }
}

export interface Container {
  readonly name: string
  readonly env?: readonly { readonly name: string; readonly value?: string }[]
}

const core = <T extends Obj>(kind: string, resource: string, namespaced = true): KindRef<T> => ({
  group: '',
  version: 'v1',
  kind,
  resource,
  namespaced,
})

export const pods = core<Pod>('Pod', 'pods')
export const services = core<Service>('Service', 'services')
export const secrets = core<Secret>('Secret', 'secrets')
export const configMaps = core<ConfigMap>('ConfigMap', 'configmaps')
export const serviceAccounts = core('ServiceAccount', 'serviceaccounts')
export const claims = core<Claim>('PersistentVolumeClaim', 'persistentvolumeclaims')
export const nodes = core<Node>('Node', 'nodes', false)
export const deployments: KindRef<Deployment> = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  resource: 'deployments',
  namespaced: true,
}
export const disruptionBudgets: KindRef = {
  group: 'policy',
  version: 'v1',
  kind: 'PodDisruptionBudget',
  resource: 'poddisruptionbudgets',
  namespaced: true,
}
export const networkPolicies: KindRef = {
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'NetworkPolicy',
  resource: 'networkpolicies',
  namespaced: true,
}
const rbac = (kind: string, resource: string): KindRef => ({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind,
  resource,
  namespaced: true,
})
export const roles = rbac('Role', 'roles')
export const roleBindings = rbac('RoleBinding', 'rolebindings')
