import { Heartbeat } from '../../protocol/index.ts'
import { groupClient } from '../group-client.ts'
import { handler } from '../handler.ts'

export const heartbeat = handler(Heartbeat, (cx, request, reply) => {
  cx.services.groups.ask('heartbeat', request.groupId, { client: groupClient(cx), request }, (answer) =>
    reply.send(answer),
  )
})
