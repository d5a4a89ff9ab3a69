/**
 * What the API server keeps: all objects in memory over one append log. One counter numbers all changes, and nobody sees
 * a change before it is as durable as the disk can make it.
 */
import type { Closer, Obj } from '../../kube-client/index.ts'

/** Counts commits; `resourceVersion` is its decimal form. */
export type Rev = number

/** `/GROUP/RESOURCE/NAMESPACE/NAME`, without the namespace for what has none; the group of core is empty. */
export type Key = string

export interface Entry {
  readonly key: Key
  /** Of the commit that wrote it. */
  readonly rev: Rev
  /** With this `metadata.resourceVersion`; nobody writes into it. */
  readonly value: Obj
}

export interface Change {
  readonly type: 'put' | 'delete'
  readonly key: Key
  readonly rev: Rev
  /** After the change; what was deleted as it stood last, with the deletion's `resourceVersion`. */
  readonly value: Obj
  readonly prev: Obj | null
}

export interface Commit {
  /** The revision that each key must have; 0 = it must not exist. */
  readonly expect: readonly (readonly [Key, Rev])[]
  readonly put?: readonly (readonly [Key, Obj])[]
  readonly del?: readonly Key[]
}

export interface Page {
  readonly rev: Rev
  readonly entries: readonly Entry[]
  /** There is more behind the last entry. */
  readonly more: boolean
  /** How many; only known where `more` is. */
  readonly remaining: number
}

export interface Store {
  /** The last synced revision. */
  readonly rev: Rev
  get(key: Key): Entry | null
  /** As the next commit will find it: committed, and perhaps not synced yet. For read, change, commit in one turn. */
  latest(key: Key): Entry | null
  /** In the order of keys. Throws {@link CompactedError} when `at` is too old. */
  list(prefix: Key, options?: { after?: Key; limit?: number; at?: Rev }): Page
  /** As the next commit will find them. */
  latestAll(prefix: Key): Iterable<Entry>
  /**
   * Writes `metadata.resourceVersion` itself. Throws {@link ConflictError} at once; resolves when synced. Rejects, as all
   * later ones do, when the disk failed.
   */
  commit(tx: Commit): { readonly rev: Rev; readonly synced: Promise<void>; readonly values: readonly Obj[] }
  /** Resolves when all that was committed so far is synced. */
  synced(): Promise<void>
  /**
   * Changes after `from`, in order, those that are known already in a later turn; changes of one sync come together.
   * Throws {@link CompactedError}.
   */
  watch(prefix: Key, from: Rev, sink: (changes: readonly Change[], rev: Rev) => void): Closer
  /** Forgets how things stood before. */
  compact(before: Rev): void
  close(): Promise<void>
}

/** A key has another revision than was expected. */
export class ConflictError extends Error {
  readonly key: Key
  readonly rev: Rev

  constructor(key: Key, rev: Rev) {
    super(`${key} is at revision ${rev}`)
    this.name = 'ConflictError'
    this.key = key
    this.rev = rev
  }
}

/** What happened since that revision is not known any more. */
export class CompactedError extends Error {
  readonly rev: Rev
  readonly oldest: Rev

  constructor(rev: Rev, oldest: Rev) {
    super(`too old resource version: ${rev} (${oldest})`)
    this.name = 'CompactedError'
    this.rev = rev
    this.oldest = oldest
  }
}
