import { ConsumerGroupDescribe } from '../../protocol/index.ts'
import { indexPieces, mapPieces } from '../../runtime/index.ts'
import { allOperations, OPERATIONS_NOT_ASKED } from '../authorized-operations.ts'
import { handler } from '../handler.ts'

export const consumerGroupDescribe = handler(ConsumerGroupDescribe, function* (cx, request, reply) {
  const authorizedOperations = request.includeAuthorizedOperations ? allOperations.group : OPERATIONS_NOT_ASKED
  const ask = (groupIds: readonly string[]) => ({ groupIds })
  yield* cx.services.groups.askEach('describeConsumer', request.groupIds, ask, (answers) => {
    reply.sendPieces(
      (function* () {
        const byId = yield* indexPieces(answers.flat(), (group) => group.groupId)
        const groups = yield* mapPieces(request.groupIds, (id) => ({
          ...byId.get(id),
          groupId: id,
          authorizedOperations,
        }))
        return { groups }
      })(),
    )
  })
})
