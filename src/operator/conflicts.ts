/** Objects of somebody else's that have a name which the cluster needs: they are told, never taken over. */
import type { KindRef, Obj, View } from '../kube-client/index.ts'
import type { ClusterFacts } from './facts.ts'
import { claims, secrets } from './kinds.ts'
import type { Cluster } from './model/cluster.ts'
import { certificateNeeds, desired } from './model/desired.ts'
import type { Problem } from './model/problems.ts'
import { labelNames, names } from './names.ts'

const ownKinds = ['Kafka', 'KafkaNodePool', 'StrimziPodSet']

/** Whose an object is, as a clause; null: of the Kafka of this name, by its labels, and no other owner says otherwise. */
function otherOwner(object: Obj, cluster: string): string | null {
  const { labels = {}, ownerReferences = [] } = object.metadata
  const owner = ownerReferences.find((o) => !ownKinds.includes(o.kind) || (o.kind === 'Kafka' && o.name !== cluster))
  if (owner) return `belongs to ${owner.kind} ${owner.name}`
  const kind = labels[labelNames.kind]
  const of = labels[labelNames.cluster]
  if (kind === 'Kafka' && of === cluster) return null
  if (kind === 'Kafka' && of !== undefined) return `belongs to Kafka ${of}`
  if (kind !== undefined && kind !== 'Kafka') return `is one of a ${kind}`
  return `was not made for this Kafka (it has no labels ${labelNames.kind}: Kafka and ${labelNames.cluster}: ${cluster})`
}

function conflict(view: View, c: Cluster, kind: KindRef, name: string): Problem[] {
  const object = view.get(kind, { namespace: c.namespace, name })
  const whose = object ? otherOwner(object, c.name) : null
  if (whose === null) return []
  const message = `${kind.kind} ${name} is needed, but is there already and ${whose}. It is left as it is. Delete it, or what it belongs to, if nobody needs it, or give the Kafka or its node pool another name.`
  return [{ reason: 'ResourceConflict', message }]
}

/** Looked at before keys are read or made: a Secret of somebody else's is not read either. */
export function secretConflicts(view: View, f: ClusterFacts, c: Cluster): Problem[] {
  const { clusterCa, clientsCa } = f.kafka.spec
  const wanted = [
    // one's own CA stands in Secrets that a person made
    ...(clusterCa?.generateCertificateAuthority === false
      ? []
      : [names.clusterCaKey(c.name), names.clusterCaCert(c.name)]),
    ...(clientsCa?.generateCertificateAuthority === false
      ? []
      : [names.clientsCaKey(c.name), names.clientsCaCert(c.name)]),
    names.trustBundle(c.name),
    ...certificateNeeds(f, c).map((need) => need.secret),
  ]
  return wanted.flatMap((name) => conflict(view, c, secrets, name))
}

/** Of all that the cluster is made of. Claims are exempt: a volume may be given to a node by a claim that waits for it. */
export function conflicts(view: View, f: ClusterFacts, c: Cluster): Problem[] {
  return desired(f, c, true).objects.flatMap(({ kind, object }) =>
    kind === claims || kind === secrets ? [] : conflict(view, c, kind, object.metadata.name),
  )
}
