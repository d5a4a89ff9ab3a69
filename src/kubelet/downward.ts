/** What a pod may be told about itself. */
import type { Container, FieldRef, Pod, ResourceFieldRef } from './pod-types.ts'

/** What the API does not know until the pod has it. */
export interface Placed {
  readonly hostIp: string
  readonly podIp: string
  readonly nodeName: string
  /** Of the node, for limits that are not set. */
  readonly capacity: { readonly cpu: number; readonly memoryBytes: number }
}

/** Null: there is no such field, or not for a variable. */
export function fieldOf(pod: Pod, { fieldPath }: FieldRef, placed: Placed): string | null {
  const { metadata, spec } = pod
  switch (fieldPath) {
    case 'metadata.name':
      return metadata.name
    case 'metadata.namespace':
      return metadata.namespace ?? ''
    case 'metadata.uid':
      return metadata.uid ?? ''
    case 'metadata.labels':
      return mapText(metadata.labels)
    case 'metadata.annotations':
      return mapText(metadata.annotations)
    case 'spec.nodeName':
      return placed.nodeName
    case 'spec.serviceAccountName':
      return spec.serviceAccountName ?? 'default'
    case 'status.hostIP':
    case 'status.hostIPs':
      return placed.hostIp
    case 'status.podIP':
    case 'status.podIPs':
      return placed.podIp
  }
  const found = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(fieldPath)
  if (found === null) return null
  return metadata[found[1] as 'labels' | 'annotations']?.[found[2]!] ?? ''
}

function mapText(map: Readonly<Record<string, string>> = {}): string {
  return Object.keys(map)
    .sort()
    .map((key) => `${key}=${JSON.stringify(map[key])}`)
    .join('\n')
}

/** Of the named container, or of `self`. Rounded up to whole divisors, as Kubernetes does it. */
export function resourceOf(pod: Pod, ref: ResourceFieldRef, self: Container | null, placed: Placed): string | null {
  const all = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])]
  const container = ref.containerName === undefined ? self : all.find(({ name }) => name === ref.containerName)
  const found = /^(limits|requests)\.(cpu|memory|ephemeral-storage)$/.exec(ref.resource)
  if (!container || found === null) return null
  const [, which, resource] = found as unknown as [string, 'limits' | 'requests', string]
  const { limits, requests } = container.resources ?? {}
  const text = (which === 'limits' ? limits : { ...limits, ...requests })?.[resource]
  const missing = which === 'requests' ? 0 : resource === 'cpu' ? placed.capacity.cpu : placed.capacity.memoryBytes
  const value = text === undefined ? missing : quantity(text)
  const divisor = ref.divisor === undefined || ref.divisor === '0' ? 1 : quantity(ref.divisor)
  return `${Math.ceil(value / divisor)}`
}

const suffixes: ReadonlyMap<string, number> = new Map([
  ...(['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'].map((name, i) => [name, 1024 ** (i + 1)]) as [string, number][]),
  ...(['k', 'M', 'G', 'T', 'P', 'E'].map((name, i) => [name, 1000 ** (i + 1)]) as [string, number][]),
  ...([
    ['n', 1e-9],
    ['u', 1e-6],
    ['m', 1e-3],
    ['', 1],
  ] as [string, number][]),
])

/** `500m`, `2Gi`, `1e3`; NaN when it is none. */
export function quantity(text: string): number {
  const found = /^([+-]?[\d.]+(?:[eE][+-]?\d+)?)([A-Za-z]*)$/.exec(text)
  return found === null ? Number.NaN : Number(found[1]) * (suffixes.get(found[2]!) ?? Number.NaN)
}
