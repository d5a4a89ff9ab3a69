import { errors, ListGroups } from '../../protocol/index.ts'
import { handler } from '../handler.ts'

export const listGroups = handler(ListGroups, (cx, request, reply) => {
  const { statesFilter, typesFilter } = request
  cx.services.groups.askAll('listGroups', { statesFilter, typesFilter }, (answers) => {
    const failed = answers.find((answer) => answer.errorCode !== errors.NONE)
    reply.send({
      errorCode: failed?.errorCode ?? errors.NONE,
      groups: failed ? [] : answers.flatMap((answer) => answer.groups),
    })
  })
})
