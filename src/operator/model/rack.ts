/** In which rack (zone) a node is, as far as it is known before its pod runs. */
import type { ClusterFacts } from '../facts.ts'
import { nodes as kubeNodes } from '../kinds.ts'
import type { Condition } from '../resource-types.ts'
import type { NodeRef } from './listeners.ts'
import { templateOf } from './pods.ts'
import { warning } from './problems.ts'

/** `rack`: null when none is asked for; `unknown` says why one that is asked for is not known. */
type Rack = { readonly rack: string | null } | { readonly unknown: string }

function rackAsked(f: ClusterFacts, node: NodeRef): Rack {
  const asked = f.kafka.spec.kafka.rack
  if (!asked) return { rack: null }
  if (asked.type === 'environment-variable') {
    const name = asked.envVarName ?? ''
    const given = templateOf(f.kafka, node.pool).kafkaContainer?.env?.find((e) => e.name === name)?.value
    return given ? { rack: given } : { unknown: `no value of ${name} is in the template of the container kafka` }
  }
  const key = asked.topologyKey ?? ''
  const there = f.observed.list(kubeNodes)
  const values = new Set(there.map((n) => n.metadata.labels?.[key] ?? ''))
  const [value = ''] = values
  // a pod is placed after its configuration is made: the rack is known only if every Node is in the same
  if (values.size === 1 && value !== '') return { rack: value }
  if (there.length > 1 && values.size > 1) return { unknown: `the Nodes differ in the label ${key}` }
  return {
    unknown: `no Node has the label ${key} (kubectl label node ${there[0]?.metadata.name ?? 'NAME'} ${key}=ZONE)`,
  }
}

export function rackOf(f: ClusterFacts, node: NodeRef): string | null {
  const found = rackAsked(f, node)
  return 'rack' in found ? found.rack : null
}

export function rackWarnings(f: ClusterFacts, brokers: readonly NodeRef[]): Condition[] {
  const why = new Set<string>()
  for (const node of brokers) {
    const found = rackAsked(f, node)
    if ('unknown' in found) why.add(found.unknown)
  }
  return [...why].map((text) =>
    warning('RackUnknown', `spec.kafka.rack is not acted upon, broker.rack is not set: ${text}.`),
  )
}
