import { LeaveGroup } from '../../protocol/index.ts'
import { groupClient } from '../group-client.ts'
import { handler } from '../handler.ts'

export const leaveGroup = handler(LeaveGroup, (cx, request, reply) => {
  cx.services.groups.ask('leaveGroup', request.groupId, { client: groupClient(cx), request }, (answer) =>
    reply.send(answer),
  )
})
