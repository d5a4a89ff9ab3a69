import { JoinGroup } from '../../protocol/index.ts'
import { groupClient } from '../group-client.ts'
import { handler } from '../handler.ts'

export const joinGroup = handler(JoinGroup, (cx, request, reply) => {
  cx.services.groups.ask('joinGroup', request.groupId, { client: groupClient(cx), request }, (answer) =>
    reply.send(answer),
  )
})
