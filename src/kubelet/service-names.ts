/** The names of a cluster, from its pods, its services and their endpoints: pure. */
import type { Address, NameEntry } from '../env/index.ts'
import type { Pod, Service, ServicePort } from './pod-types.ts'

export interface PodPlace {
  readonly pod: Pod
  readonly ip: string
  readonly isReady: boolean
}

export interface ServicePlace {
  readonly service: Service
  /** Where its connections are taken from; null: it has no address (headless). */
  readonly ip: string | null
}

/** `at` → `to`, for connections that come to the address of a service. */
export interface Route {
  readonly at: Address
  readonly to: readonly Address[]
}

export interface NamesAndRoutes {
  readonly names: ReadonlyMap<string, readonly NameEntry[]>
  readonly routes: readonly Route[]
}

export function namesAndRoutes(
  services: readonly ServicePlace[],
  pods: readonly PodPlace[],
  hostIp: string,
): NamesAndRoutes {
  const names = new Map<string, NameEntry[]>()
  const routes: Route[] = []
  const byNamespace = Map.groupBy(pods, ({ pod }) => pod.metadata.namespace ?? '')
  for (const { service, ip } of services) {
    const { name, namespace = '' } = service.metadata
    const near = byNamespace.get(namespace) ?? []
    const behind = service.spec.selector === undefined ? [] : near.filter(({ pod }) => selects(service, pod))
    const open = behind.filter(({ isReady }) => isReady || service.spec.publishNotReadyAddresses === true)
    const isHeadless = service.spec.clusterIP === 'None'
    const entries: NameEntry[] = []
    for (const port of service.spec.ports ?? []) {
      if ((port.protocol ?? 'TCP') !== 'TCP') continue
      const to = open.flatMap((place) => targetOf(port, place))
      if (isHeadless) continue
      // programs of pods go to the endpoints themselves: it is the same connection, one hop less
      entries.push({ port: port.port, to })
      if (ip !== null) routes.push({ at: { host: ip, port: port.port }, to })
      if (port.nodePort !== undefined) routes.push({ at: { host: hostIp, port: port.nodePort }, to })
    }
    if (isHeadless) entries.push({ port: '*', to: open.map((place) => ({ host: place.ip, port: '*' as const })) })
    names.set(`${name}.${namespace}.svc`, entries)
    for (const place of behind) {
      const host = hostIn(service, place)
      if (host !== null && (place.isReady || service.spec.publishNotReadyAddresses === true)) {
        names.set(`${host}.${name}.${namespace}.svc`, [{ port: '*', to: [{ host: place.ip, port: '*' }] }])
      }
    }
  }
  return { names, routes }
}

/** The host name of a pod below the service that it names as its subdomain. */
function hostIn(service: Service, { pod }: PodPlace): string | null {
  return pod.spec.subdomain === service.metadata.name ? (pod.spec.hostname ?? null) : null
}

function selects({ spec }: Service, pod: Pod): boolean {
  const wanted = Object.entries(spec.selector ?? {})
  return wanted.length > 0 && wanted.every(([key, value]) => pod.metadata.labels?.[key] === value)
}

function targetOf({ port, targetPort }: ServicePort, { pod, ip }: PodPlace): Address[] {
  if (typeof targetPort !== 'string') return [{ host: ip, port: targetPort ?? port }]
  const named = pod.spec.containers.flatMap(({ ports = [] }) => ports.filter(({ name }) => name === targetPort))[0]
  const number = named?.containerPort ?? Number(targetPort)
  return Number.isInteger(number) ? [{ host: ip, port: number }] : []
}
