/** What the cluster operator knows about one Kafka when it plans. */
import type { KindRef, Obj } from '../kube-client/index.ts'
import type { Certificates } from './certificates.ts'
import type { OperatorConfig } from './config.ts'
import type { KafkaFacts } from './kafka-admin.ts'
import type { Problem } from './model/problems.ts'
import type { Kafka, KafkaNodePool } from './resource-types.ts'

/** Objects by kind and name, in one namespace. */
export class Observed {
  readonly #byKind = new Map<string, Map<string, Obj>>()

  constructor(objects: Iterable<Obj>) {
    for (const object of objects) {
      let named = this.#byKind.get(object.kind)
      if (!named) {
        named = new Map()
        this.#byKind.set(object.kind, named)
      }
      named.set(object.metadata.name, object)
    }
  }

  get<T extends Obj>(kind: KindRef<T>, name: string): T | undefined {
    return this.#byKind.get(kind.kind)?.get(name) as T | undefined
  }

  list<T extends Obj>(kind: KindRef<T>): readonly T[] {
    return [...(this.#byKind.get(kind.kind)?.values() ?? [])] as unknown as T[]
  }
}

export interface ClusterFacts {
  readonly kafka: Kafka
  /** Those that name this Kafka in their label `strimzi.io/cluster`. */
  readonly pools: readonly KafkaNodePool[]
  /** What carries the cluster's label, and the nodes of Kubernetes. */
  readonly observed: Observed
  /** null: not asked, or no broker answers. */
  readonly brokers: KafkaFacts | null
  /** Why no broker answered; null: one did, or none was asked. */
  readonly silence: string | null
  /** null: they could not be made; `problems` says why. */
  readonly certificates: Certificates | null
  /** Of the cluster from its first day on. */
  readonly clusterId: string
  readonly problems: readonly Problem[]
  readonly config: OperatorConfig
  readonly nowMs: number
}
