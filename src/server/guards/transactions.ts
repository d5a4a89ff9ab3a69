import {
  AddOffsetsToTxn,
  AddPartitionsToTxn,
  DescribeTransactions,
  EndTxn,
  errors,
  InitProducerId,
  ListTransactions,
  TxnOffsetCommit,
  WriteTxnMarkers,
} from '../../protocol/index.ts'
import { answering, type Guarded, type GuardRow, guard, split, whole } from './guard.ts'

const refused = { errorCode: errors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED }

const mayWrite = (who: Guarded, { transactionalId }: { readonly transactionalId: string }) =>
  who.may('write', 'transactionalId', transactionalId)

const initProducerId = guard(InitProducerId, (who, request, reply, next) => {
  const { transactionalId } = request
  const none = { producerId: -1, producerEpoch: -1 }
  if (transactionalId !== null) {
    const may = who.may('write', 'transactionalId', transactionalId)
    const mayPrepare = !request.enable2Pc || who.may('twoPhaseCommit', 'transactionalId', transactionalId)
    return may && mayPrepare ? next(request, reply) : void reply.send({ ...refused, ...none })
  }
  if (who.mayCluster('idempotentWrite') || who.mayAny('write', 'topic')) return next(request, reply)
  return void reply.send({ errorCode: errors.CLUSTER_AUTHORIZATION_FAILED, ...none })
})

type Topics = readonly { readonly name: string; readonly partitions: readonly number[] }[]

function resultsOf(topics: Topics, code: (topic: string) => number) {
  return topics.map(({ name, partitions }) => ({
    name,
    resultsByPartition: partitions.map((partitionIndex) => ({ partitionIndex, partitionErrorCode: code(name) })),
  }))
}

const addPartitionsToTxn = guard(AddPartitionsToTxn, (who, request, reply, next) => {
  if (who.cx.apiVersion >= 4) {
    if (who.mayCluster('clusterAction')) return next(request, reply)
    return void reply.send({ errorCode: errors.CLUSTER_AUTHORIZATION_FAILED, resultsByTransaction: [] })
  }
  const topics = request.v3AndBelowTopics
  if (!who.may('write', 'transactionalId', request.v3AndBelowTransactionalId)) {
    return void reply.send({ resultsByTopicV3AndBelow: resultsOf(topics, () => refused.errorCode) })
  }
  const mayTopic = (name: string) => who.may('write', 'topic', name)
  if (topics.every(({ name }) => mayTopic(name))) return next(request, reply)
  // All or nothing: what could have been added is named as not attempted.
  const results = resultsOf(topics, (name) =>
    mayTopic(name) ? errors.OPERATION_NOT_ATTEMPTED : errors.TOPIC_AUTHORIZATION_FAILED,
  )
  return void reply.send({ resultsByTopicV3AndBelow: results })
})

const addOffsetsToTxn = guard(AddOffsetsToTxn, (who, request, reply, next) => {
  if (!mayWrite(who, request)) return void reply.send(refused)
  if (who.may('read', 'group', request.groupId)) return next(request, reply)
  return void reply.send({ errorCode: errors.GROUP_AUTHORIZATION_FAILED })
})

const txnOffsetCommit = guard(TxnOffsetCommit, (who, request, reply, next) => {
  const code = !mayWrite(who, request)
    ? refused.errorCode
    : who.may('read', 'group', request.groupId)
      ? errors.NONE
      : errors.GROUP_AUTHORIZATION_FAILED
  const [allowed, others] = split(request.topics, ({ name }) => code === errors.NONE && who.may('read', 'topic', name))
  if (others.length === 0) return next(request, reply)
  const errorCode = code === errors.NONE ? errors.TOPIC_AUTHORIZATION_FAILED : code
  const refusals = others.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
  }))
  if (allowed.length === 0) return void reply.send({ topics: refusals })
  const together = answering(reply, (answer) => ({ ...answer, topics: [...(answer.topics ?? []), ...refusals] }))
  return next({ ...request, topics: allowed }, together)
})

const describeTransactions = guard(DescribeTransactions, (who, request, reply, next) => {
  const [allowed, others] = split(request.transactionalIds, (id) => who.may('describe', 'transactionalId', id))
  const nothing = {
    transactionState: '',
    transactionTimeoutMs: 0,
    transactionStartTimeMs: 0,
    producerId: 0,
    producerEpoch: 0,
  }
  const refusals = others.map((transactionalId) => ({ ...refused, transactionalId, ...nothing, topics: [] }))
  if (allowed.length === 0) return void reply.send({ transactionStates: refusals })
  const together = answering(reply, (answer) => {
    const states = (answer.transactionStates ?? []).map((state) => ({
      ...state,
      topics: (state.topics ?? []).filter(({ topic }) => who.may('describe', 'topic', topic ?? '')),
    }))
    return { ...answer, transactionStates: [...states, ...refusals] }
  })
  return next({ ...request, transactionalIds: allowed }, together)
})

const listTransactions = guard(ListTransactions, (who, request, reply, next) => {
  const seen = answering(reply, (answer) => ({
    ...answer,
    transactionStates: (answer.transactionStates ?? []).filter(({ transactionalId }) =>
      who.may('describe', 'transactionalId', transactionalId ?? ''),
    ),
  }))
  return next(request, seen)
})

const writeTxnMarkers = whole(
  WriteTxnMarkers,
  (who) => who.mayCluster('clusterAction') || who.mayCluster('alter'),
  ({ markers }) => ({
    markers: markers.map(({ producerId, topics }) => ({
      producerId,
      topics: topics.map(({ name, partitionIndexes }) => ({
        name,
        partitions: partitionIndexes.map((partitionIndex) => ({
          ...{ partitionIndex, errorCode: errors.CLUSTER_AUTHORIZATION_FAILED },
        })),
      })),
    })),
  }),
)

export const transactionGuards: readonly GuardRow[] = [
  ...[initProducerId, addPartitionsToTxn, addOffsetsToTxn, txnOffsetCommit],
  ...[describeTransactions, listTransactions, writeTxnMarkers],
  whole(EndTxn, mayWrite, () => refused),
]
