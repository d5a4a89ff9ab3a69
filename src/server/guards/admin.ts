import { ZERO_UUID } from '../../bytes/index.ts'
import {
  AddRaftVoter,
  AlterClientQuotas,
  AlterConfigs,
  AlterPartitionReassignments,
  AlterReplicaLogDirs,
  AlterUserScramCredentials,
  CreateAcls,
  CreatePartitions,
  CreateTopics,
  DeleteAcls,
  DeleteTopics,
  DescribeAcls,
  DescribeClientQuotas,
  DescribeConfigs,
  DescribeLogDirs,
  DescribeQuorum,
  DescribeUserScramCredentials,
  ElectLeaders,
  errors,
  IncrementalAlterConfigs,
  ListConfigResources,
  ListPartitionReassignments,
  RemoveRaftVoter,
  UnregisterBroker,
  UpdateFeatures,
} from '../../protocol/index.ts'
import type { AclOperation } from '../../security/index.ts'
import { answering, type Guarded, type GuardRow, guard, split, whole } from './guard.ts'

const topicRefused = errors.TOPIC_AUTHORIZATION_FAILED
const refused = { errorCode: errors.CLUSTER_AUTHORIZATION_FAILED, errorMessage: 'Cluster authorization failed.' }
const onCluster = (operation: AclOperation) => (who: Guarded) => who.mayCluster(operation)

const createTopics = guard(CreateTopics, (who, request, reply, next) => {
  const mayAll = who.mayCluster('create')
  const [allowed, others] = split(request.topics, ({ name }) => mayAll || who.may('create', 'topic', name))
  const errorMessage = 'Authorization failed.'
  const refusals = others.map(({ name }) => ({ name, errorCode: topicRefused, errorMessage, configs: [] }))
  if (allowed.length === 0) return void reply.send({ topics: refusals })
  const together = answering(reply, (answer) => {
    const topics = (answer.topics ?? []).map((topic) => {
      if (topic.errorCode !== errors.NONE || who.may('describeConfigs', 'topic', topic.name ?? '')) return topic
      return { ...topic, topicConfigErrorCode: topicRefused, numPartitions: -1, replicationFactor: -1, configs: null }
    })
    return { ...answer, topics: [...topics, ...refusals] }
  })
  return next({ ...request, topics: allowed }, together)
})

const deleteTopics = guard(DeleteTopics, (who, request, reply, next) => {
  const { topicsById } = who.cx.services.image
  const asked =
    who.cx.apiVersion >= 6 ? request.topics : request.topicNames.map((name) => ({ name, topicId: ZERO_UUID }))
  const [allowed, others] = split(asked, ({ name, topicId }) => {
    const known = topicId === ZERO_UUID ? name : (topicsById.get(topicId)?.name ?? null)
    return known === null || who.may('delete', 'topic', known)
  })
  if (others.length === 0) return next(request, reply)
  const refusals = others.map(({ name, topicId }) => {
    // Who asked by id and may not see the topic does not learn its name.
    const known = topicId === ZERO_UUID ? name : (topicsById.get(topicId)?.name ?? null)
    const shown = topicId === ZERO_UUID || (known !== null && who.may('describe', 'topic', known)) ? known : null
    return { name: shown, topicId, errorCode: topicRefused, errorMessage: 'Topic authorization failed.' }
  })
  if (allowed.length === 0) return void reply.send({ responses: refusals })
  const together = answering(reply, (answer) => ({ ...answer, responses: [...(answer.responses ?? []), ...refusals] }))
  const rest =
    who.cx.apiVersion >= 6
      ? { topics: allowed }
      : { topicNames: allowed.flatMap(({ name }) => (name === null ? [] : [name])) }
  return next({ ...request, ...rest }, together)
})

const createPartitions = guard(CreatePartitions, (who, request, reply, next) => {
  const [allowed, others] = split(request.topics, ({ name }) => who.may('alter', 'topic', name))
  if (others.length === 0) return next(request, reply)
  const refusals = others.map(({ name }) => ({ name, errorCode: topicRefused, errorMessage: null }))
  if (allowed.length === 0) return void reply.send({ results: refusals })
  const together = answering(reply, (answer) => ({ ...answer, results: [...(answer.results ?? []), ...refusals] }))
  return next({ ...request, topics: allowed }, together)
})

const TOPIC = 2
const GROUP = 32

/** Topics and groups have configurations of their own; all others are the cluster's. */
function mayConfigure(who: Guarded, operation: AclOperation, { resourceType, resourceName }: ConfigResource): boolean {
  if (resourceType === TOPIC) return who.may(operation, 'topic', resourceName)
  if (resourceType === GROUP) return who.may(operation, 'group', resourceName)
  return who.mayCluster(operation)
}

interface ConfigResource {
  readonly resourceType: number
  readonly resourceName: string
}

function configRefused({ resourceType, resourceName }: ConfigResource) {
  const [errorCode, errorMessage] =
    resourceType === TOPIC
      ? [topicRefused, 'Topic authorization failed.']
      : resourceType === GROUP
        ? [errors.GROUP_AUTHORIZATION_FAILED, 'Group authorization failed.']
        : [refused.errorCode, refused.errorMessage]
  return { errorCode, errorMessage, resourceType, resourceName }
}

const describeConfigs = guard(DescribeConfigs, (who, request, reply, next) => {
  const [allowed, others] = split(request.resources, (resource) => mayConfigure(who, 'describeConfigs', resource))
  if (others.length === 0) return next(request, reply)
  const refusals = others.map((resource) => ({ ...configRefused(resource), configs: [] }))
  if (allowed.length === 0) return void reply.send({ results: refusals })
  const together = answering(reply, (answer) => ({
    ...answer,
    results: [...(answer.results ?? []), ...refusals],
  }))
  return next({ ...request, resources: allowed }, together)
})

/** As they were asked for. */
function inOrder<R extends { readonly resourceType?: number | undefined; readonly resourceName?: string | undefined }>(
  asked: readonly ConfigResource[],
  answers: readonly R[],
): R[] {
  const keyOf = ({ resourceType, resourceName }: R | ConfigResource) => `${resourceType} ${resourceName}`
  const byKey = new Map(answers.map((answer) => [keyOf(answer), answer]))
  return asked.flatMap((resource) => byKey.get(keyOf(resource)) ?? [])
}

const alterConfigs = guard(AlterConfigs, (who, request, reply, next) => {
  const [allowed, others] = split(request.resources, (resource) => mayConfigure(who, 'alterConfigs', resource))
  if (others.length === 0) return next(request, reply)
  const refusals = others.map(configRefused)
  if (allowed.length === 0) return void reply.send({ responses: refusals })
  const together = answering(reply, (answer) => ({
    ...answer,
    responses: inOrder(request.resources, [...(answer.responses ?? []), ...refusals]),
  }))
  return next({ ...request, resources: allowed }, together)
})

const incrementalAlterConfigs = guard(IncrementalAlterConfigs, (who, request, reply, next) => {
  const [allowed, others] = split(request.resources, (resource) => mayConfigure(who, 'alterConfigs', resource))
  if (others.length === 0) return next(request, reply)
  const refusals = others.map(configRefused)
  if (allowed.length === 0) return void reply.send({ responses: refusals })
  const together = answering(reply, (answer) => ({
    ...answer,
    responses: inOrder(request.resources, [...(answer.responses ?? []), ...refusals]),
  }))
  return next({ ...request, resources: allowed }, together)
})

export const adminGuards: readonly GuardRow[] = [
  ...[createTopics, deleteTopics, createPartitions, describeConfigs, alterConfigs, incrementalAlterConfigs],
  whole(DescribeAcls, onCluster('describe'), () => ({ ...refused, resources: [] })),
  whole(CreateAcls, onCluster('alter'), ({ creations }) => ({ results: creations.map(() => refused) })),
  whole(DeleteAcls, onCluster('alter'), ({ filters }) => ({
    filterResults: filters.map(() => ({ ...refused, matchingAcls: [] })),
  })),
  whole(AlterReplicaLogDirs, onCluster('alter'), ({ dirs }) => ({
    results: dirs.flatMap(({ topics }) =>
      topics.map(({ name, partitions }) => ({
        topicName: name,
        partitions: partitions.map((partitionIndex) => ({ partitionIndex, errorCode: refused.errorCode })),
      })),
    ),
  })),
  whole(DescribeLogDirs, onCluster('describe'), () => ({ errorCode: refused.errorCode, results: [] })),
  whole(ElectLeaders, onCluster('alter'), ({ topicPartitions }) => ({
    errorCode: refused.errorCode,
    replicaElectionResults: (topicPartitions ?? []).map(({ topic, partitions }) => ({
      topic,
      partitionResult: partitions.map((partitionId) => ({ partitionId, ...refused })),
    })),
  })),
  whole(AlterPartitionReassignments, onCluster('alter'), ({ topics }) => ({
    ...refused,
    responses: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, ...refused })),
    })),
  })),
  whole(ListPartitionReassignments, onCluster('describe'), () => ({ ...refused, topics: [] })),
  whole(DescribeClientQuotas, onCluster('describeConfigs'), () => ({ ...refused, errorMessage: null, entries: null })),
  whole(AlterClientQuotas, onCluster('alterConfigs'), ({ entries }) => ({
    entries: entries.map(({ entity }) => ({ ...refused, entity })),
  })),
  whole(DescribeUserScramCredentials, onCluster('describe'), ({ users }) => ({
    ...{ errorCode: refused.errorCode, errorMessage: null },
    // No user is named to who may not see any.
    results: (users ?? []).map(() => ({
      user: '',
      errorCode: refused.errorCode,
      errorMessage: null,
      credentialInfos: [],
    })),
  })),
  whole(AlterUserScramCredentials, onCluster('alter'), ({ deletions, upsertions }) => ({
    results: [...new Set([...deletions, ...upsertions].map(({ name }) => name))].map((user) => ({ user, ...refused })),
  })),
  whole(DescribeQuorum, onCluster('describe'), () => ({ ...refused, topics: [] })),
  whole(UpdateFeatures, onCluster('alter'), () => ({ ...refused, results: [] })),
  whole(UnregisterBroker, onCluster('alter'), () => refused),
  whole(ListConfigResources, onCluster('describeConfigs'), () => ({
    errorCode: refused.errorCode,
    configResources: [],
  })),
  whole(AddRaftVoter, onCluster('alter'), () => refused),
  whole(RemoveRaftVoter, onCluster('alter'), () => refused),
]
