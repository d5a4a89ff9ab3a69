import type { Pod } from './pod-types.ts'

/** What of its namespace a pod reads, by resource. */
export function references({ spec }: Pod): Readonly<Record<string, ReadonlySet<string>>> {
  const found: Record<string, Set<string>> = {}
  const add = (resource: string, name: string | undefined): void => {
    if (name === undefined) return
    const names = (found[resource] ??= new Set())
    names.add(name)
  }
  for (const { configMap, secret, projected, persistentVolumeClaim } of spec.volumes ?? []) {
    add('configmaps', configMap?.name)
    add('secrets', secret?.secretName)
    add('persistentvolumeclaims', persistentVolumeClaim?.claimName)
    for (const source of projected?.sources ?? []) {
      add('configmaps', source.configMap?.name)
      add('secrets', source.secret?.name)
    }
  }
  for (const { env = [], envFrom = [] } of [...spec.containers, ...(spec.initContainers ?? [])]) {
    for (const { valueFrom } of env) {
      add('configmaps', valueFrom?.configMapKeyRef?.name)
      add('secrets', valueFrom?.secretKeyRef?.name)
    }
    for (const { configMapRef, secretRef } of envFrom) {
      add('configmaps', configMapRef?.name)
      add('secrets', secretRef?.name)
    }
  }
  return found
}
