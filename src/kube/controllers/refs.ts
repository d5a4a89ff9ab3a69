/** Kinds and helpers that the built-in controllers share. */
import type { KindRef, Obj, OwnerReference, Ref } from '../../kube-client/index.ts'
import { type Fields, listOf, recordOf, textOf } from '../kinds/read.ts'

const kind = (group: string, name: string, resource: string, namespaced = true): KindRef => ({
  group,
  version: 'v1',
  kind: name,
  resource,
  namespaced,
})

export const namespaces = kind('', 'Namespace', 'namespaces', false)
export const pods = kind('', 'Pod', 'pods')
export const nodes = kind('', 'Node', 'nodes', false)
export const services = kind('', 'Service', 'services')
export const endpoints = kind('', 'Endpoints', 'endpoints')
export const endpointSlices = kind('discovery.k8s.io', 'EndpointSlice', 'endpointslices')
export const configMaps = kind('', 'ConfigMap', 'configmaps')
export const serviceAccounts = kind('', 'ServiceAccount', 'serviceaccounts')
export const claims = kind('', 'PersistentVolumeClaim', 'persistentvolumeclaims')
export const volumes = kind('', 'PersistentVolume', 'persistentvolumes', false)
export const storageClasses = kind('storage.k8s.io', 'StorageClass', 'storageclasses', false)
export const deployments = kind('apps', 'Deployment', 'deployments')
export const replicaSets = kind('apps', 'ReplicaSet', 'replicasets')
export const budgets = kind('policy', 'PodDisruptionBudget', 'poddisruptionbudgets')
export const events = kind('', 'Event', 'events')
export const networkPolicies = kind('networking.k8s.io', 'NetworkPolicy', 'networkpolicies')
export const ingresses = kind('networking.k8s.io', 'Ingress', 'ingresses')
export const definitions = kind('apiextensions.k8s.io', 'CustomResourceDefinition', 'customresourcedefinitions', false)

/** `NAMESPACE/NAME`; for what has no namespace only the name. */
export const keyOf = ({ metadata }: Obj): string =>
  metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`

export function refOf(key: string): Ref {
  const at = key.indexOf('/')
  return at < 0 ? { namespace: null, name: key } : { namespace: key.slice(0, at), name: key.slice(at + 1) }
}

export const refTo = ({ metadata }: Obj): Ref => ({ namespace: metadata.namespace ?? null, name: metadata.name })

export const specOf = (object: Obj): Fields => recordOf(object['spec'])
export const statusOf = (object: Obj): Fields => recordOf(object['status'])
export const isDeleted = ({ metadata }: Obj): boolean => metadata.deletionTimestamp !== undefined

/** Who keeps an object; undefined: nobody. */
export const controllerOf = ({ metadata }: Obj): OwnerReference | undefined =>
  metadata.ownerReferences?.find(({ controller }) => controller === true)

export const isKeptBy = (object: Obj, owner: Obj): boolean => controllerOf(object)?.uid === owner.metadata.uid

export const ownedBy = (owner: Obj): OwnerReference => ({
  apiVersion: owner.apiVersion,
  kind: owner.kind,
  name: owner.metadata.name,
  uid: owner.metadata.uid!,
  controller: true,
  blockOwnerDeletion: true,
})

export const conditionOf = (object: Obj, type: string): Fields | undefined =>
  listOf(statusOf(object)['conditions'])
    .map(recordOf)
    .find((one) => one['type'] === type)

export const isPodReady = (pod: Obj): boolean => conditionOf(pod, 'Ready')?.['status'] === 'True'
/** It will not run any more. */
export const isPodDone = (pod: Obj): boolean => {
  const phase = textOf(statusOf(pod)['phase'])
  return phase === 'Succeeded' || phase === 'Failed'
}

/** Finalizers without one, as a merge patch that fails when somebody was faster. */
export function withoutFinalizer(object: Obj, finalizer: string): Readonly<Record<string, unknown>> {
  const rest = (object.metadata.finalizers ?? []).filter((one) => one !== finalizer)
  return {
    metadata: {
      finalizers: rest.length === 0 ? null : rest,
      resourceVersion: object.metadata.resourceVersion ?? null,
    },
  }
}
