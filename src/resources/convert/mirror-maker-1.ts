/** The first MirrorMaker as the KafkaMirrorMaker2 that does the same: topics keep their names. */
import type { Obj } from '../../kube-client/index.ts'
import { isTree, type Tree } from './tree.ts'

const identity = 'org.apache.kafka.connect.mirror.IdentityReplicationPolicy'

const treeOf = (value: unknown): Tree => (isTree(value) ? value : {})
const some = (fields: Tree): Tree =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))

const clusterOf = (alias: string, client: Tree): Tree =>
  some({
    alias,
    bootstrapServers: client['bootstrapServers'],
    tls: client['tls'],
    authentication: client['authentication'],
  })

const prefixed = (prefix: string, config: unknown): Tree =>
  Object.fromEntries(Object.entries(treeOf(config)).map(([key, value]) => [prefix + key, value]))

/** Java's regular expressions; the first MirrorMaker took a comma for "or", as the second does. */
const topicsOf = (spec: Tree): unknown => spec['include'] ?? spec['whitelist'] ?? '.*'

export const mirrorMaker2From = (object: Obj): { objects: readonly Obj[]; notes: readonly string[] } => {
  const spec = treeOf(object['spec'])
  const consumer = treeOf(spec['consumer'])
  const producer = treeOf(spec['producer'])
  const policy = { 'replication.policy.class': identity }
  const { name } = object.metadata
  const notes = [
    'KafkaMirrorMaker is no more: a KafkaMirrorMaker2 copies under the same names of topics (IdentityReplicationPolicy).',
    `It begins at the start of the topics: its position is not that of the group ${String(consumer['groupId'])}.`,
  ]
  if (consumer['offsetCommitInterval'] !== undefined || producer['abortOnSendFailure'] !== undefined)
    notes.push('offsetCommitInterval and abortOnSendFailure have no counterpart.')
  return {
    objects: [
      {
        apiVersion: 'kafka.strimzi.io/v1',
        kind: 'KafkaMirrorMaker2',
        metadata: object.metadata,
        spec: some({
          replicas: spec['replicas'],
          target: {
            ...clusterOf('target', producer),
            groupId: `${name}-mirrormaker2`,
            configStorageTopic: `${name}-mirrormaker2-configs`,
            statusStorageTopic: `${name}-mirrormaker2-status`,
            offsetStorageTopic: `${name}-mirrormaker2-offsets`,
          },
          mirrors: [
            {
              source: clusterOf('source', consumer),
              sourceConnector: some({
                tasksMax: consumer['numStreams'],
                config: {
                  ...policy,
                  ...prefixed('consumer.', consumer['config']),
                  ...prefixed('producer.override.', producer['config']),
                },
              }),
              checkpointConnector: { config: policy },
              topicsPattern: topicsOf(spec),
            },
          ],
          resources: spec['resources'],
          jvmOptions: spec['jvmOptions'],
          logging: spec['logging'],
          metricsConfig: spec['metricsConfig'],
        }),
      },
    ],
    notes,
  }
}
