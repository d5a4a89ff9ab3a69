import { DeleteGroups } from '../../protocol/index.ts'
import { handler } from '../handler.ts'

export const deleteGroups = handler(DeleteGroups, function* (cx, request, reply) {
  yield* cx.services.groups.askEach(
    'deleteGroups',
    request.groupsNames,
    (groupIds) => ({ groupIds }),
    (answers) => {
      reply.send({ results: answers.flat() })
    },
  )
})
