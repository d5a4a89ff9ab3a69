import type { Container, Pod } from './pod-types.ts'

/** What a pod asks for that this kubelet does not do, as sentences for an event. */
export function notDone(pod: Pod, container: Container): readonly string[] {
  const spec = pod.spec as unknown as Readonly<Record<string, unknown>>
  const fields = container as unknown as Readonly<Record<string, unknown>>
  const asked: string[] = []
  const lifecycle = fields['lifecycle'] as Readonly<Record<string, unknown>> | undefined
  for (const hook of ['postStart', 'preStop']) {
    if (lifecycle?.[hook] !== undefined) asked.push(`lifecycle.${hook} is not run`)
  }
  for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe'] as const) {
    if (container[probe] !== undefined && 'grpc' in container[probe]) asked.push(`${probe}.grpc is not asked and fails`)
  }
  if (spec['activeDeadlineSeconds'] !== undefined) asked.push('activeDeadlineSeconds ends nothing')
  if (spec['hostAliases'] !== undefined) asked.push('hostAliases are not known to its programs')
  return asked.map((what) => `${what}: pods are processes of this machine, see docs/pods.md`)
}
