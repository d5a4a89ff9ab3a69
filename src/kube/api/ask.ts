import type { HttpReply, HttpRequest } from '../../env/index.ts'
import { type Obj, timestampOf } from '../../kube-client/index.ts'
import type { Query } from '../api-server.ts'
import type { User } from '../kind.ts'
import type { Store } from '../store/store.ts'
import type { Registry } from './registry.ts'
import type { Route } from './route.ts'

/** One request about a resource, on its way through the server. */
export interface Ask extends Route {
  readonly user: User
  readonly query: Query
  readonly request: HttpRequest
  /** Said in Warning headers of the reply. */
  readonly warnings: Set<string>
}

/** What all handlers share. */
export interface Ground {
  readonly store: Store
  readonly registry: Registry
  wallMs(): number
  uid(): string
  /** Lower case letters and digits without vowels and what looks alike, as generated names have. */
  suffix(): string
}

export const nowOf = (ground: Ground): string => timestampOf(ground.wallMs())

export const jsonReply = (status: number, json: unknown): HttpReply => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: { json },
})

export const asObj = (value: unknown): Obj => value as Obj
