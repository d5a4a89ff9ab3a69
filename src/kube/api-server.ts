import type { HttpReply, HttpRequest } from '../env/index.ts'
import type { Obj } from '../kube-client/index.ts'
import type { Connect, Kind, User } from './kind.ts'

/** An API server without sockets: the HTTPS listener calls it, so do clients in the process and the simulator. */
export interface ApiServer {
  /** Never rejects. */
  handle(request: HttpRequest): Promise<HttpReply>
  /** Adds a kind, or puts it in the place of the one with the same group and resource. */
  register(kind: Kind): void
  /** Its objects stay stored, but nobody finds them. */
  unregister(group: string, resource: string): void
  /** Ends all watches. */
  close(): void
}

/** What the API server hands on to whoever runs the pods: `exec`, `attach`, `portforward` and `log` of one pod. */
export type PodConnect = (ask: {
  readonly what: Connect
  readonly pod: Obj
  readonly query: Query
  readonly request: HttpRequest
  readonly user: User
}) => Promise<HttpReply>

/** Parameters of a request; a name may come several times (`command=sh&command=-c`). */
export interface Query {
  get(name: string): string | null
  all(name: string): readonly string[]
  /** `true`, `1` and the bare name. */
  is(name: string): boolean
}
