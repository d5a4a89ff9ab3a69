/** Columns of `kubectl get` that several kinds have. */
import type { Column } from '../schema/kind.ts'

export const readyColumn: Column = {
  name: 'Ready',
  text: 'The state of the custom resource',
  path: '.status.conditions[?(@.type=="Ready")].status',
  type: 'string',
}

export const clusterColumn = (whatOfIt: string): Column => ({
  name: 'Cluster',
  text: `The name of the ${whatOfIt}`,
  path: '.metadata.labels.strimzi\\.io/cluster',
  type: 'string',
})

export const replicasColumn = (text: string): Column => ({
  name: 'Desired replicas',
  text,
  path: '.spec.replicas',
  type: 'integer',
})

/** Paths of the scale subresource of kinds that run pods. */
export const replicasScale = {
  spec: '.spec.replicas',
  status: '.status.replicas',
  selector: '.status.labelSelector',
} as const
