/**
 * One shape for all that reconciles: built-in controllers, kubelet, operators. Level-based: a key says only that
 * something about it may have changed; a pass gathers facts (the only place that waits), plans purely, and ends. It never
 * waits for the world: it asks to be woken.
 */
import type { Action, Kube } from './kube.ts'
import type { KindRef, Obj, Ref, Selector } from './object.ts'

/** A cache of kinds, kept by watches: what is known now, perhaps a moment late. */
export interface View {
  get<T extends Obj>(kind: KindRef<T>, ref: Ref): T | undefined
  /** `fields` of the selector is not supported here. */
  list<T extends Obj>(kind: KindRef<T>, selector?: Selector): readonly T[]
  /** Milliseconds since this cache last heard of the kind (an event or a bookmark). */
  ageMs(kind: KindRef): number
}

/** An Event to record about an object (`kubectl describe` shows it); the same one again raises its count. */
export interface EventNote {
  readonly about: Obj
  readonly type: 'Normal' | 'Warning'
  /** UpperCamelCase, for machines. */
  readonly reason: string
  /** For people. */
  readonly note: string
  /** Which part of it: `spec.containers{kafka}`. */
  readonly fieldPath?: string
}

export interface Pass<A = Action> {
  readonly actions: readonly A[]
  readonly events?: readonly EventNote[]
  /** Run this key again after so long, whatever happens. */
  readonly wakeInMs?: number
}

export interface Input {
  readonly kind: KindRef
  readonly selector?: Selector
  /** Which keys a change of this object concerns. `view` may be asked for related ones. */
  keys(object: Obj, view: View): readonly string[]
}

/** F: facts; A: actions (Kubernetes ones, or others that the `execute` of its world knows). */
export interface Controller<F, A = Action> {
  /** Kubernetes' name for it where it has one; the source of its Events. */
  readonly name: string
  readonly inputs: readonly Input[]
  /** How many keys may be worked on at once; a key never twice at once. Default 1. */
  readonly concurrency?: number
  /** null: nothing to do for this key (any more). */
  gather(key: string, view: View): Promise<F | null>
  plan(key: string, facts: F, nowMs: number): Pass<A>
  /** Called once, when it begins to run: `wake` queues a key for what no watch tells (a process ended, a probe failed). */
  started?(wake: (key: string) => void): void
  /** Carries one action out. Absent: `kube.apply`. A rejection ends the pass; the key comes back with back-off. */
  execute?(action: A, kube: Kube): Promise<void>
}
