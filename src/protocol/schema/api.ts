import { type Codec, codec } from './codec.ts'
import type { Fields, In, Out } from './kind.ts'

/** Who listens: a broker serves its `broker` APIs, a controller its `controller` ones. */
export type ListenerRole = 'broker' | 'controller'

/** One API key: both directions, and what the table of APIs says about it. */
export interface Api<Q, QIn, A, AIn> {
  readonly key: number
  readonly name: string
  readonly minVersion: number
  readonly maxVersion: number
  /** The last version is offered only under `unstable.api.versions.enable`. */
  readonly lastUnstable: boolean
  readonly flexibleFrom: number
  readonly listeners: readonly ListenerRole[]
  /** A broker passes the request on to the active controller (Envelope). */
  readonly isForwarded: boolean
  /** Between nodes; needs CLUSTER_ACTION unless the handler says otherwise. */
  readonly clusterAction: boolean
  readonly request: Codec<Q, QIn>
  readonly response: Codec<A, AIn>
  /** 1, or 2 in flexible versions. */
  requestHeaderVersion(version: number): number
  /** 0, or 1 in flexible versions; ApiVersions answers with 0 always, so that any client can read it. */
  responseHeaderVersion(version: number): number
}

// biome-ignore lint/suspicious/noExplicitAny: "whatever the API"
export type AnyApi = Api<any, any, any, any>

/** A decoded request. */
export type RequestOf<P> = P extends Api<infer Q, infer _QIn, infer _A, infer _AIn> ? Q : never
/** A request to encode: fields left out take their default. */
export type RequestIn<P> = P extends Api<infer _Q, infer QIn, infer _A, infer _AIn> ? QIn : never
/** A decoded response. */
export type ResponseOf<P> = P extends Api<infer _Q, infer _QIn, infer A, infer _AIn> ? A : never
/** A response to encode: fields left out take their default. */
export type ResponseIn<P> = P extends Api<infer _Q, infer _QIn, infer _A, infer AIn> ? AIn : never

export interface ApiOptions<Q extends Fields, A extends Fields> {
  readonly key: number
  readonly name: string
  readonly versions: readonly [min: number, max: number]
  readonly lastUnstable?: true
  /** First flexible version; null when there is none. */
  readonly flexible: number | null
  readonly listeners: readonly ListenerRole[]
  readonly isForwarded?: true
  readonly clusterAction?: true
  /** The response header has no tagged fields in any version. */
  readonly plainResponseHeader?: true
  readonly request: Q
  readonly response: A
}

export function api<Q extends Fields, A extends Fields>(o: ApiOptions<Q, A>): Api<Out<Q>, In<Q>, Out<A>, In<A>> {
  const { key, name, versions, flexible } = o
  const request = codec({ name: `${name}Request`, versions, flexible, fields: o.request })
  const response = codec({ name: `${name}Response`, versions, flexible, fields: o.response, drops: true })
  const { minVersion, maxVersion, flexibleFrom } = request
  return {
    key,
    name,
    minVersion,
    maxVersion,
    lastUnstable: o.lastUnstable ?? false,
    flexibleFrom,
    listeners: o.listeners,
    isForwarded: o.isForwarded ?? false,
    clusterAction: o.clusterAction ?? false,
    request,
    response,
    requestHeaderVersion: (version) => (version >= flexibleFrom ? 2 : 1),
    responseHeaderVersion: (version) => (version >= flexibleFrom && o.plainResponseHeader !== true ? 1 : 0),
  }
}
