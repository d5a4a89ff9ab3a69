import { OffsetDelete } from '../../protocol/index.ts'
import { handler } from '../handler.ts'

export const offsetDelete = handler(OffsetDelete, (cx, request, reply) => {
  cx.services.groups.ask('offsetDelete', request.groupId, { request }, (answer) => reply.send(answer))
})
