import { SyncGroup } from '../../protocol/index.ts'
import { groupClient } from '../group-client.ts'
import { handler } from '../handler.ts'

export const syncGroup = handler(SyncGroup, (cx, request, reply) => {
  cx.services.groups.ask('syncGroup', request.groupId, { client: groupClient(cx), request }, (answer) =>
    reply.send(answer),
  )
})
