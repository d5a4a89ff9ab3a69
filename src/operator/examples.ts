/** For tests: the resources of a small cluster. */
import type { Obj } from '../kube-client/index.ts'

export function kafkaNamed(name: string, also: object = {}): Obj {
  return {
    apiVersion: 'kafka.strimzi.io/v1',
    kind: 'Kafka',
    metadata: { name, namespace: 'shop' },
    spec: {
      kafka: {
        listeners: [
          { name: 'plain', port: 9092, type: 'internal', tls: false },
          { name: 'tls', port: 9093, type: 'internal', tls: true },
        ],
        config: { 'min.insync.replicas': 1 },
        ...also,
      },
      entityOperator: { topicOperator: {}, userOperator: {} },
    },
  } as Obj
}

export const poolNamed = (
  name: string,
  roles: readonly string[],
  replicas: number,
  storage: object = { type: 'ephemeral' },
): Obj =>
  ({
    apiVersion: 'kafka.strimzi.io/v1',
    kind: 'KafkaNodePool',
    metadata: { name, namespace: 'shop', labels: { 'strimzi.io/cluster': 'my-cluster' } },
    spec: { replicas, roles, storage },
  }) as Obj
