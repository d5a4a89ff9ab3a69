/** What the objects of a cluster are called; Strimzi's names. `c` is the name of the Kafka, `p` of a pool. */

export const names = {
  /** Subject of the nodes' certificates, service account, disruption budget. */
  kafka: (c: string) => `${c}-kafka`,
  kafkaRoleBinding: (c: string) => `${c}-kafka-role`,
  networkPolicy: (c: string) => `${c}-network-policy-kafka`,
  bootstrapService: (c: string) => `${c}-kafka-bootstrap`,
  brokersService: (c: string) => `${c}-kafka-brokers`,
  podSet: (c: string, p: string) => `${c}-${p}`,
  pod: (c: string, p: string, id: number) => `${c}-${p}-${id}`,
  clusterCaKey: (c: string) => `${c}-cluster-ca`,
  clusterCaCert: (c: string) => `${c}-cluster-ca-cert`,
  clientsCaKey: (c: string) => `${c}-clients-ca`,
  clientsCaCert: (c: string) => `${c}-clients-ca-cert`,
  trustBundle: (c: string) => `${c}-trustbundle`,
  operatorCerts: (c: string) => `${c}-cluster-operator-certs`,
  entityOperator: (c: string) => `${c}-entity-operator`,
  topicOperatorCerts: (c: string) => `${c}-entity-topic-operator-certs`,
  userOperatorCerts: (c: string) => `${c}-entity-user-operator-certs`,
  topicOperatorConfig: (c: string) => `${c}-entity-topic-operator-config`,
  userOperatorConfig: (c: string) => `${c}-entity-user-operator-config`,
  topicOperatorRoleBinding: (c: string) => `${c}-entity-topic-operator-role`,
  userOperatorRoleBinding: (c: string) => `${c}-entity-user-operator-role`,
} as const

/** Annotations that drive or tell of reconciliation. */
export const annotations = {
  pause: 'strimzi.io/pause-reconciliation',
  manualRoll: 'strimzi.io/manual-rolling-update',
  /** On a pod set: when its manual roll began; pods made since then have been rolled. */
  rolledBefore: 'millrace.io/manual-rolling-update-began',
  deletePodAndClaim: 'strimzi.io/delete-pod-and-pvc',
  nextNodeIds: 'strimzi.io/next-node-ids',
  removeNodeIds: 'strimzi.io/remove-node-ids',
  skipScaleDownCheck: 'strimzi.io/skip-broker-scaledown-check',
  forceRenew: 'strimzi.io/force-renew',
  forceReplace: 'strimzi.io/force-replace',
  revision: 'strimzi.io/revision',
  configurationHash: 'strimzi.io/configuration-hash',
  serverCertHash: 'strimzi.io/server-cert-hash',
  /** Of all CA certificates that the pod trusts. */
  trustHash: 'millrace.io/trusted-certs-hash',
  /** Of the whole of what the operator last wanted. */
  desiredHash: 'millrace.io/desired-hash',
  /** On the trust bundle: default user quotas in Kafka are the operator's, to be taken back. */
  defaultUserQuotas: 'millrace.io/default-user-quotas',
  customCertHashes: 'strimzi.io/custom-listener-cert-thumbprints',
  kafkaVersion: 'strimzi.io/kafka-version',
  storage: 'strimzi.io/storage',
  deleteClaim: 'strimzi.io/delete-claim',
  clusterCaCertGeneration: 'strimzi.io/cluster-ca-cert-generation',
  clusterCaKeyGeneration: 'strimzi.io/cluster-ca-key-generation',
  clientsCaCertGeneration: 'strimzi.io/clients-ca-cert-generation',
  caCertGeneration: 'strimzi.io/ca-cert-generation',
  caKeyGeneration: 'strimzi.io/ca-key-generation',
  discovery: 'strimzi.io/discovery',
  managed: 'strimzi.io/managed',
} as const

export const labelNames = {
  cluster: 'strimzi.io/cluster',
  kind: 'strimzi.io/kind',
  name: 'strimzi.io/name',
  componentType: 'strimzi.io/component-type',
  poolName: 'strimzi.io/pool-name',
  podName: 'strimzi.io/pod-name',
  brokerRole: 'strimzi.io/broker-role',
  controllerRole: 'strimzi.io/controller-role',
  controller: 'strimzi.io/controller',
  controllerName: 'strimzi.io/controller-name',
  discovery: 'strimzi.io/discovery',
} as const

export const ports = { controlPlane: 9090, replication: 9091 } as const
export const portNames = { controlPlane: 'tcp-ctrlplane', replication: 'tcp-replication' } as const
