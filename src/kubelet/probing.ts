/** Which probes are due, and what their answers mean. */
import { type LifeFacts, noProbe, type ProbeFacts, type ProbeKind } from './facts.ts'
import type { Container, Probe } from './pod-types.ts'

/**
 * Until a probe has passed once it is asked this often, so that what is ready is soon known to be. Failures count as
 * seldom as the user asked all the same.
 */
const eagerMs = 100
/** A process each time: less often. */
const eagerExecMs = 250

export const probeOf = (container: Container, kind: ProbeKind): Probe | undefined =>
  ({ startup: container.startupProbe, readiness: container.readinessProbe, liveness: container.livenessProbe })[kind]

const kinds = ['startup', 'readiness', 'liveness'] as const

export function hasStarted(container: Container, life: LifeFacts): boolean {
  return container.startupProbe === undefined || life.probes.startup?.hasPassed === true
}

/** Of a running one. */
export function isReady(container: Container, life: LifeFacts): boolean {
  if (!hasStarted(container, life)) return false
  return container.readinessProbe === undefined || life.probes.readiness?.passes === true
}

/** The probes to ask now, and how long until the next is due. */
export function dueProbes(
  container: Container,
  life: LifeFacts,
  nowMs: number,
): { readonly due: readonly ProbeKind[]; readonly nextInMs: number | null } {
  const due: ProbeKind[] = []
  let nextInMs: number | null = null
  for (const kind of kinds) {
    const probe = probeOf(container, kind)
    if (probe === undefined || (kind === 'startup') === hasStarted(container, life)) continue
    const facts = life.probes[kind] ?? noProbe
    if (facts.isAsking) continue
    const atMs = dueAt(probe, life, facts)
    if (atMs <= nowMs) due.push(kind)
    else nextInMs = Math.min(nextInMs ?? Number.POSITIVE_INFINITY, atMs - nowMs)
  }
  return { due, nextInMs }
}

function dueAt(probe: Probe, life: LifeFacts, facts: ProbeFacts): number {
  const firstMs = life.startedAtMs + (probe.initialDelaySeconds ?? 0) * 1000
  if (facts.lastMs === null) return firstMs
  const everyMs = facts.hasPassed ? periodMs(probe) : probe.exec === undefined ? eagerMs : eagerExecMs
  return Math.max(firstMs, facts.lastMs + Math.min(everyMs, periodMs(probe)))
}

const periodMs = (probe: Probe): number => Math.max(1, probe.periodSeconds ?? 10) * 1000

/** What is known after an answer; `counts`: a failure that people hear of. */
export function answered(
  probe: Probe,
  facts: ProbeFacts,
  isSuccess: boolean,
  startedAtMs: number,
  nowMs: number,
): { readonly facts: ProbeFacts; readonly counts: boolean } {
  const base = { ...facts, isAsking: false, lastMs: nowMs }
  if (isSuccess) {
    const successes = facts.successes + 1
    const passes = successes >= (probe.successThreshold ?? 1) ? true : facts.passes
    const hasPassed = facts.hasPassed || passes === true
    return { facts: { ...base, successes, failures: 0, countedMs: null, passes, hasPassed }, counts: false }
  }
  // asking early is our own wish: a first failure counts when the user's first question would have come
  const sinceMs = facts.countedMs ?? (facts.hasPassed ? Number.NEGATIVE_INFINITY : startedAtMs)
  const counts = nowMs - sinceMs >= periodMs(probe)
  if (!counts) return { facts: { ...base, successes: 0 }, counts }
  const failures = facts.failures + 1
  const passes = failures >= (probe.failureThreshold ?? 3) ? false : facts.passes
  return { facts: { ...base, successes: 0, failures, countedMs: nowMs, passes }, counts }
}

/** The probe whose failure ends the container, if one has failed. */
export function deadlyProbe(life: LifeFacts): 'startup' | 'liveness' | null {
  if (life.probes.startup?.passes === false) return 'startup'
  return life.probes.liveness?.passes === false ? 'liveness' : null
}
