import { ConsumerGroupDescribe } from '../../protocol/index.ts'
import { allOperations, OPERATIONS_NOT_ASKED } from '../authorized-operations.ts'
import { handler } from '../handler.ts'

export const consumerGroupDescribe = handler(ConsumerGroupDescribe, (cx, request, reply) => {
  const authorizedOperations = request.includeAuthorizedOperations ? allOperations.group : OPERATIONS_NOT_ASKED
  cx.services.groups.askEach(
    'describeConsumer',
    request.groupIds,
    (groupIds) => ({ groupIds }),
    (answers) => {
      const byId = new Map(answers.flat().map((group) => [group.groupId, group]))
      const asked = request.groupIds.flatMap((id) => byId.get(id) ?? [])
      reply.send({ groups: asked.map((group) => ({ ...group, authorizedOperations })) })
    },
  )
})
