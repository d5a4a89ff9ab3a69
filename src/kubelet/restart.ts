/** When a container that has ended starts again. */
import type { LifeFacts } from './facts.ts'
import type { Container, PodSpec } from './pod-types.ts'

/** The first restart comes at once; the next ones after 10 s, 20 s, 40 s… */
const firstWaitMs = 10_000
const longestWaitMs = 300_000
/** A life as long as this was no failure to start. */
const longLifeMs = 600_000

export const isSidecar = (container: Container): boolean => container.restartPolicy === 'Always'

/** Whether the policy lets it live again after this end. */
export function restarts(spec: PodSpec, container: Container, isInit: boolean, code: number): boolean {
  if (isInit && isSidecar(container)) return true
  const policy = spec.restartPolicy ?? 'Always'
  if (isInit) return code !== 0 && policy !== 'Never'
  return policy === 'Always' || (policy === 'OnFailure' && code !== 0)
}

/** Of a life that has ended: the row of hurried lives up to and with it. */
export function hurriedAfter(life: LifeFacts): number {
  const lastedMs = (life.exit?.atMs ?? 0) - life.startedAtMs
  return lastedMs >= longLifeMs ? 0 : life.hurried + 1
}

/** How long the next life waits after the end of `life`. */
export function waitMs(life: LifeFacts): number {
  const hurried = hurriedAfter(life)
  return hurried <= 1 ? 0 : Math.min(longestWaitMs, firstWaitMs * 2 ** Math.min(hurried - 2, 10))
}

/** `10s`, `1m20s`: as Go writes a duration. */
export function durationText(ms: number): string {
  const seconds = Math.round(ms / 1000)
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`
}
