import type { TopicPartition } from '../../coordinator/index.ts'
import { AddPartitionsToTxn, type ErrorCode, errors } from '../../protocol/index.ts'
import { handler, type RequestContext } from '../handler.ts'
import { isInternalTopic } from '../internal-topics.ts'
import { Join } from '../join.ts'
import { clientCode } from '../transaction-codes.ts'

interface Topic {
  readonly name: string
  readonly partitions: readonly number[]
}
interface Transaction {
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
  readonly verifyOnly: boolean
  readonly topics: readonly Topic[]
}

/** Clients ask for one transaction (up to version 3), brokers for many: to take partitions in, or to vouch for them. */
export const addPartitionsToTxn = handler(AddPartitionsToTxn, (cx, request, reply) => {
  if (cx.apiVersion <= 3) {
    const transaction = {
      transactionalId: request.v3AndBelowTransactionalId,
      producerId: request.v3AndBelowProducerId,
      producerEpoch: request.v3AndBelowProducerEpoch,
      verifyOnly: false,
      topics: request.v3AndBelowTopics,
    }
    answerOne(cx, transaction, (codeOf) => reply.send({ resultsByTopicV3AndBelow: results(transaction, codeOf) }))
    return
  }
  const resultsByTransaction: { transactionalId: string; topicResults: ReturnType<typeof results> }[] = []
  const join = new Join(() => reply.send({ errorCode: errors.NONE, resultsByTransaction }))
  request.transactions.forEach((transaction, index) => {
    const end = join.add()
    answerOne(cx, transaction, (codeOf) => {
      const { transactionalId } = transaction
      resultsByTransaction[index] = { transactionalId, topicResults: results(transaction, codeOf) }
      end()
    })
  })
  join.close()
})

type CodeOf = (topic: string, partition: number) => ErrorCode

/** All or nothing: a partition that does not exist keeps the others out. */
function answerOne(cx: RequestContext, transaction: Transaction, done: (codeOf: CodeOf) => void): void {
  const { topicsByName } = cx.services.image
  const partitions: TopicPartition[] = []
  const refused = new Map<string, ErrorCode>()
  for (const { name, partitions: indexes } of transaction.topics) {
    for (const partition of indexes) {
      const isThere = topicsByName.get(name)?.partitions[partition] !== undefined
      if (cx.apiVersion <= 3 && isInternalTopic(name))
        refused.set(`${name}-${partition}`, errors.TOPIC_AUTHORIZATION_FAILED)
      else if (!isThere) refused.set(`${name}-${partition}`, errors.UNKNOWN_TOPIC_OR_PARTITION)
      else partitions.push({ topic: name, partition })
    }
  }
  if (refused.size > 0) {
    return done((topic, partition) => refused.get(`${topic}-${partition}`) ?? errors.OPERATION_NOT_ATTEMPTED)
  }
  const { transactionalId, producerId, producerEpoch, verifyOnly } = transaction
  const identity = { transactionalId, producerId, producerEpoch }
  const { transactions } = cx.services
  if (cx.apiVersion <= 3) {
    transactions.ask('addPartitions', transactionalId, { ...identity, partitions, clientVersion: 0 }, (answer) => {
      const code = clientCode(answer.errorCode, cx.apiVersion >= 2)
      done(() => code)
    })
    return
  }
  transactions.vouchHere({ ...identity, partitions, add: !verifyOnly }, (codes) => {
    const byPartition = new Map(partitions.map((p, i) => [`${p.topic}-${p.partition}`, codes[i]!]))
    done((topic, partition) => byPartition.get(`${topic}-${partition}`) ?? errors.UNKNOWN_SERVER_ERROR)
  })
}

function results({ topics }: Transaction, codeOf: CodeOf) {
  return topics.map(({ name, partitions }) => ({
    name,
    resultsByPartition: partitions.map((partitionIndex) => ({
      partitionIndex,
      partitionErrorCode: codeOf(name, partitionIndex),
    })),
  }))
}
