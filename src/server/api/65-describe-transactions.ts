import { DescribeTransactions } from '../../protocol/index.ts'
import { handler } from '../handler.ts'
import { Join } from '../join.ts'

export const describeTransactions = handler(DescribeTransactions, (cx, request, reply) => {
  const transactionStates: object[] = []
  const join = new Join(() => reply.send({ transactionStates }))
  request.transactionalIds.forEach((transactionalId, index) => {
    const end = join.add()
    cx.services.transactions.ask('describe', transactionalId, { transactionalIds: [transactionalId] }, (described) => {
      transactionStates[index] = described[0]!
      end()
    })
  })
  join.close()
})
