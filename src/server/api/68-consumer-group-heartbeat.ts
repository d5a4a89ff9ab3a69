import { ConsumerGroupHeartbeat } from '../../protocol/index.ts'
import { groupClient } from '../group-client.ts'
import { handler } from '../handler.ts'

export const consumerGroupHeartbeat = handler(ConsumerGroupHeartbeat, (cx, request, reply) => {
  cx.services.groups.ask('consumerGroupHeartbeat', request.groupId, { client: groupClient(cx), request }, (answer) =>
    reply.send(answer),
  )
})
