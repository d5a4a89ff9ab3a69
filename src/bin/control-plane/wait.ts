import type { Kube } from '../../kube-client/index.ts'
import { type Applied, readinessOf } from './apply.ts'

export interface WaitOptions {
  readonly kube: Kube
  readonly applied: readonly Applied[]
  readonly limitMs: number
  /** Something became ready, or the reason why not is another one. */
  readonly tell: (what: string, isReady: boolean, why: string, afterMs: number) => void
  readonly nowMs: () => number
}

export const nameOf = ({ kind, object }: Applied): string =>
  `${kind.kind} ${kind.namespaced ? `${object.metadata.namespace}/` : ''}${object.metadata.name}`

/** Resolves with what is not ready when the time is over, and why; empty: all is. */
export async function untilReady({ kube, applied, limitMs, tell, nowMs }: WaitOptions): Promise<Map<string, string>> {
  const startMs = nowMs()
  const waiting = new Map<string, { one: Applied; why: string }>()
  for (const one of applied) if (readinessOf(one, one.object) !== null) waiting.set(nameOf(one), { one, why: '' })
  const pollMs = 50
  while (waiting.size > 0) {
    for (const [name, { one, why: before }] of waiting) {
      const { namespace = null, name: objectName } = one.object.metadata
      const now = await kube.get(one.kind, { namespace, name: objectName })
      if (now === null) {
        waiting.delete(name)
        tell(name, false, 'it was deleted', nowMs() - startMs)
        continue
      }
      const { isReady, why } = readinessOf(one, now)!
      if (isReady) waiting.delete(name)
      else waiting.set(name, { one, why })
      if (isReady || why !== before) tell(name, isReady, why, nowMs() - startMs)
    }
    if (nowMs() - startMs > limitMs) break
    if (waiting.size > 0) await new Promise((resolve) => setTimeout(resolve, pollMs))
  }
  return new Map([...waiting].map(([name, { why }]) => [name, why]))
}
