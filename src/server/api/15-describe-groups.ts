import { DescribeGroups } from '../../protocol/index.ts'
import { indexPieces, mapPieces } from '../../runtime/index.ts'
import { allOperations, OPERATIONS_NOT_ASKED } from '../authorized-operations.ts'
import { handler } from '../handler.ts'

export const describeGroups = handler(DescribeGroups, function* (cx, request, reply) {
  const authorizedOperations = request.includeAuthorizedOperations ? allOperations.group : OPERATIONS_NOT_ASKED
  const ask = (groupIds: readonly string[]) => ({ groupIds, apiVersion: cx.apiVersion })
  yield* cx.services.groups.askEach('describeClassic', request.groups, ask, (answers) => {
    reply.sendPieces(
      (function* () {
        const byId = yield* indexPieces(answers.flat(), (group) => group.groupId)
        const groups = yield* mapPieces(request.groups, (id) => ({
          ...byId.get(id),
          groupId: id,
          authorizedOperations,
        }))
        return { groups }
      })(),
    )
  })
})
