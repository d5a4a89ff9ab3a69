/**
 * The port to a Kubernetes API that controllers, kubelet and operators use. The same over a function call (the embedded
 * API server), over HTTP (any Kubernetes) and in the simulator, which may lie: late events, conflicts, lost answers.
 */
import type { KindRef, Obj, Ref, Selector } from './object.ts'

export type WatchEvent<T extends Obj = Obj> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T }
  /** Nothing below this version comes any more. */
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string; readonly endsInitialEvents: boolean }
  /** 410 Gone or a broken stream: list again. Ends the watch. */
  | { readonly type: 'ERROR'; readonly error: ApiFailure }

/** An answer other than 2xx, as `metav1.Status` says it. */
export interface ApiFailure {
  /** HTTP status. 0: no answer at all. */
  readonly code: number
  /** `NotFound`, `AlreadyExists`, `Conflict`, `Invalid`, `Expired`… */
  readonly reason: string
  readonly message: string
  readonly details?: unknown
}

/** What Kube's promises reject with. */
export class ApiError extends Error implements ApiFailure {
  readonly code: number
  readonly reason: string
  readonly details?: unknown

  constructor(failure: ApiFailure) {
    super(failure.message)
    this.name = 'ApiError'
    this.code = failure.code
    this.reason = failure.reason
    this.details = failure.details
  }
}

export const isApiError = (thrown: unknown): thrown is ApiError =>
  (thrown as { name?: unknown } | null)?.name === 'ApiError'

/** A change, as a plan names it. Deletes carry uid and resourceVersion, so that they never meet another object. */
export type Action =
  | { readonly do: 'create'; readonly kind: KindRef; readonly object: Obj }
  /** The whole object; refused with Conflict when `metadata.resourceVersion` is another by now. */
  | { readonly do: 'replace'; readonly kind: KindRef; readonly object: Obj; readonly subresource?: 'status' | 'scale' }
  /** JSON merge patch (RFC 7386). */
  | {
      readonly do: 'merge'
      readonly kind: KindRef
      readonly ref: Ref
      readonly patch: Readonly<Record<string, unknown>>
      readonly subresource?: 'status' | 'scale'
    }
  /** Server-side apply. */
  | {
      readonly do: 'apply'
      readonly kind: KindRef
      readonly object: Obj
      readonly fieldManager: string
      readonly force?: boolean
      readonly subresource?: 'status'
    }
  | {
      readonly do: 'delete'
      readonly kind: KindRef
      readonly ref: Ref
      readonly uid?: string
      readonly resourceVersion?: string
      readonly propagation?: 'Foreground' | 'Background' | 'Orphan'
      readonly gracePeriodSeconds?: number
    }

export interface Closer {
  close(): void
}

export interface Kube {
  /** null: there is none. */
  get<T extends Obj>(kind: KindRef<T>, ref: Ref): Promise<T | null>
  /** All of it, page by page. */
  list<T extends Obj>(kind: KindRef<T>, selector?: Selector): Promise<{ items: T[]; resourceVersion: string }>
  /** Events after `resourceVersion`, in order, each in a later turn. */
  watch<T extends Obj>(
    kind: KindRef<T>,
    selector: Selector,
    resourceVersion: string,
    on: (event: WatchEvent<T>) => void,
  ): Closer
  /** The object afterwards; null when it is gone. Rejects with {@link ApiError}. */
  apply(action: Action): Promise<Obj | null>
}
