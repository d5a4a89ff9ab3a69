/**
 * Whose a namespace is when several cluster operators run: one that names namespaces has them, and the built-in one, which
 * takes what nobody else has, yields.
 */
import type { View } from '../kube-client/index.ts'
import type { OperatorConfig } from './config.ts'
import { type Deployment, deployments } from './kinds.ts'

const command = 'cluster_operator_run.sh'

interface OperatorContainer {
  readonly command?: readonly string[]
  readonly args?: readonly string[]
  readonly env?: readonly {
    readonly name: string
    readonly value?: string
    readonly valueFrom?: { readonly fieldRef?: { readonly fieldPath?: string } }
  }[]
}

/** Namespaces that a Deployment of a cluster operator watches: null = all; undefined = it is no such, or paused at none. */
export function watchedBy(d: Deployment): readonly string[] | null | undefined {
  if ((d.spec.replicas ?? 1) === 0 || d.metadata.deletionTimestamp !== undefined) return undefined
  for (const container of (d.spec.template?.spec?.containers ?? []) as readonly OperatorContainer[]) {
    const words = [...(container.command ?? []), ...(container.args ?? [])]
    if (!words.some((word) => word.endsWith(command))) continue
    const variable = container.env?.find((e) => e.name === 'STRIMZI_NAMESPACE')
    if (variable?.valueFrom?.fieldRef?.fieldPath === 'metadata.namespace') return [d.metadata.namespace ?? '']
    const value = variable?.value?.trim() ?? '*'
    return value === '' || value === '*' ? null : value.split(',').map((n) => n.trim())
  }
  return undefined
}

/** Whether this operator leaves a namespace to another one. */
export function yields(config: OperatorConfig, view: View, namespace: string): boolean {
  if (!config.yieldsToOthers) return false
  const isSelf = (d: Deployment): boolean =>
    d.metadata.namespace === config.namespace && d.metadata.name === config.name
  return view.list(deployments).some((d) => {
    if (isSelf(d)) return false
    const watched = watchedBy(d)
    return watched !== undefined && (watched === null || watched.includes(namespace))
  })
}
