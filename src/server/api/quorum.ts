import { AddRaftVoter, type AnyApi, apis, errors, RemoveRaftVoter } from '../../protocol/index.ts'
import { raftApiKeys } from '../../raft/index.ts'
import { type Handler, handler } from '../handler.ts'

/** What nodes of the metadata quorum say to each other, on the controller listener. */
export const quorumRows: readonly Handler[] = raftApiKeys.map((key) =>
  handler(apis.get(key)!, (cx, request, reply) => {
    cx.services.raft.handle(key, request, (answer, lease) => reply.send(answer as never, lease))
  }),
)

/** Voters are added and removed by the quorum's leader, also when a broker is asked (KIP-853). */
export const voterChanges: readonly Handler[] = [AddRaftVoter, RemoveRaftVoter].map((api: AnyApi) =>
  handler(api, (cx, request, reply) => {
    const { raft, controller, nodeId } = cx.services
    if (raft.leadership.leaderId === nodeId) {
      raft.handle(api.key, request, (answer) => reply.send(answer as never))
      return
    }
    controller.askLeader(api, request as never, (answer) => {
      const failed = {
        errorCode: errors.REQUEST_TIMED_OUT,
        errorMessage: 'No leader of the metadata quorum was found.',
      }
      reply.send((answer ?? failed) as never)
    })
  }),
)
