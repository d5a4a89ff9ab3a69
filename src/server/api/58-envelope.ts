import { Envelope, errors } from '../../protocol/index.ts'
import { addressText, decodeEnvelopedRequest, decodePrincipal, encodeEnvelopedResponse } from '../envelope.ts'
import { type Handler, handler, type Reply, type RequestContext } from '../handler.ts'

/**
 * Envelope: a client's request that a broker sends on (KIP-590). It is handled as if it had come here itself, by the
 * rows given; NOT_CONTROLLER tells the broker to look for another controller.
 */
export function envelope(rows: readonly Handler[]): Handler {
  const byKey = new Map(rows.map((row) => [row.api.key, row]))
  return handler(Envelope, function* (cx, { requestData, requestPrincipal, clientHostAddress }, reply) {
    const refuse = (errorCode: number): undefined => void reply.send({ responseData: null, errorCode })
    if (!cx.services.localController.isActive) return refuse(errors.NOT_CONTROLLER)
    const principal = requestPrincipal === null ? null : decodePrincipal(requestPrincipal)
    if (principal === null) return refuse(errors.PRINCIPAL_DESERIALIZATION_FAILURE)
    if (requestData.length < 4) return refuse(errors.INVALID_REQUEST)
    const row = byKey.get((requestData[0]! << 8) | requestData[1]!)
    const version = (requestData[2]! << 8) | requestData[3]!
    if (row === undefined) return refuse(errors.INVALID_REQUEST)
    const { api } = row
    if (version < api.minVersion || version > api.maxVersion) return refuse(errors.UNSUPPORTED_VERSION)
    const read = yield* decodeEnvelopedRequest(api, version, requestData)
    if (read === null) return refuse(errors.INVALID_REQUEST)
    const { header, request } = read
    const peer = { host: addressText(clientHostAddress), port: cx.peer.port }
    const forwarded: RequestContext = {
      ...{ services: cx.services, frame: cx.frame, peer, connection: cx.connection, listener: cx.listener },
      ...{ apiVersion: version, clientId: header.clientId, principal, isForwarded: true },
      arrivedMonoMs: cx.arrivedMonoMs,
      onGone: (cancel) => cx.onGone(cancel),
    }
    const enveloped = function* (answer: unknown) {
      const responseData = yield* encodeEnvelopedResponse(api, version, header.correlationId, answer)
      return { responseData, errorCode: errors.NONE }
    }
    const inner: Reply<unknown> = {
      send: (answer) => reply.sendPieces(enveloped(answer)),
      sendPieces: (answer) =>
        reply.sendPieces(
          (function* () {
            return yield* enveloped(yield* answer)
          })(),
        ),
      none: () => refuse(errors.INVALID_REQUEST),
      close: (why) => reply.close(why),
    }
    const handling = row.handle(forwarded, request, inner)
    return typeof handling === 'object' ? yield* handling : handling
  })
}
