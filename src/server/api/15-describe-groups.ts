import { DescribeGroups } from '../../protocol/index.ts'
import { allOperations, OPERATIONS_NOT_ASKED } from '../authorized-operations.ts'
import { handler } from '../handler.ts'

export const describeGroups = handler(DescribeGroups, (cx, request, reply) => {
  const authorizedOperations = request.includeAuthorizedOperations ? allOperations.group : OPERATIONS_NOT_ASKED
  const ask = (groupIds: readonly string[]) => ({ groupIds, apiVersion: cx.apiVersion })
  cx.services.groups.askEach('describeClassic', request.groups, ask, (answers) => {
    const byId = new Map(answers.flat().map((group) => [group.groupId, group]))
    const asked = request.groups.flatMap((id) => byId.get(id) ?? [])
    reply.send({ groups: asked.map((group) => ({ ...group, authorizedOperations })) })
  })
})
