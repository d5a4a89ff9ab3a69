import { CreateAcls, DeleteAcls, DescribeAcls, errors } from '../../protocol/index.ts'
import { handler } from '../handler.ts'

/** What Apache Kafka answers without an authorizer; a configured one is refused at the start until it is enforced. */
const refusal = { errorCode: errors.SECURITY_DISABLED, errorMessage: 'No Authorizer is configured.' }

export const describeAcls = handler(DescribeAcls, (_cx, _request, reply) => {
  reply.send({ ...refusal, errorMessage: 'No Authorizer is configured on the broker', resources: [] })
})

export const createAcls = handler(CreateAcls, (_cx, request, reply) => {
  reply.send({ results: request.creations.map(() => refusal) })
})

export const deleteAcls = handler(DeleteAcls, (_cx, request, reply) => {
  reply.send({ filterResults: request.filters.map(() => ({ ...refusal, matchingAcls: [] })) })
})
