import type { Addresses, Forwarder, Names } from '../env/index.ts'
import type { Controller, Input, Pass, View } from '../kube-client/index.ts'
import { type Pod, pods, type Service, services } from './pod-types.ts'
import { type NamesAndRoutes, namesAndRoutes, type PodPlace, type ServicePlace } from './service-names.ts'

export interface NetworkOptions {
  readonly addresses: Addresses
  readonly names: Names
  readonly forwarder: Forwarder
  readonly hostIp: string
}

/** All names at once: they are few, and every change makes the file anew. */
const everything = 'all'
const loopback = /^127\./

/**
 * Keeps what names mean and listens at the addresses of services: the part of a node that is kube-proxy and DNS
 * elsewhere. It looks at pods rather than at EndpointSlices, since all pods are here.
 */
export class Network implements Controller<NamesAndRoutes, NamesAndRoutes> {
  readonly name = 'network'
  readonly inputs: readonly Input[] = [
    { kind: pods, keys: () => [everything] },
    { kind: services, keys: () => [everything] },
  ]
  readonly #options: NetworkOptions
  /** Addresses that were taken for services whose own one this machine cannot listen at. */
  readonly #taken = new Map<string, string>()

  constructor(options: NetworkOptions) {
    this.#options = options
  }

  async gather(_key: string, view: View): Promise<NamesAndRoutes> {
    const places: PodPlace[] = []
    for (const pod of view.list(pods)) {
      const ip = pod.status?.podIP
      if (ip !== undefined && !isOver(pod)) places.push({ pod, ip, isReady: isReady(pod) })
    }
    const found = view.list(services)
    const uids = new Set(found.map(({ metadata }) => metadata.uid ?? ''))
    for (const uid of this.#taken.keys()) {
      if (uids.has(uid)) continue
      this.#options.addresses.give(`service/${uid}`)
      this.#taken.delete(uid)
    }
    const served: ServicePlace[] = []
    for (const service of found) served.push({ service, ip: await this.#addressOf(service) })
    return namesAndRoutes(served, places, this.#options.hostIp)
  }

  plan(_key: string, facts: NamesAndRoutes): Pass<NamesAndRoutes> {
    return { actions: [facts] }
  }

  async execute({ names, routes }: NamesAndRoutes): Promise<void> {
    await this.#options.names.publish(names)
    this.#options.forwarder.set(routes)
  }

  async #addressOf({ metadata, spec }: Service): Promise<string | null> {
    if (spec.clusterIP === undefined || spec.clusterIP === 'None' || spec.clusterIP === '') return null
    if (loopback.test(spec.clusterIP)) return spec.clusterIP
    const uid = metadata.uid ?? ''
    const had = this.#taken.get(uid) ?? (await this.#options.addresses.take(`service/${uid}`))
    this.#taken.set(uid, had)
    return had
  }
}

const isOver = ({ status }: Pod): boolean => status?.phase === 'Succeeded' || status?.phase === 'Failed'

const isReady = ({ status, metadata }: Pod): boolean =>
  metadata.deletionTimestamp === undefined &&
  status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true
