import { Reader, Writer } from '../bytes/index.ts'
import type { Clock, Done, Listener, Net, Socket } from '../env/index.ts'
import { ApiVersions, apis, RequestHeader, ResponseHeader } from '../protocol/index.ts'
import { Budget, defaultLimits, type ReplySlot, ServerConnection } from '../wire/index.ts'
import type { LocalRaftNode } from './node.ts'
import { raftApiKeys } from './wire-responses.ts'

/**
 * A controller listener that serves the quorum's APIs and ApiVersions and nothing else, for tests: the way that the
 * server's own listener goes, with real bytes.
 */
export function serveRaft(
  o: { readonly net: Net; readonly clock: Clock; readonly port: number; readonly node: () => LocalRaftNode | null },
  done: Done<{ close(): void }>,
): void {
  const open = new Set<ServerConnection>()
  const budget = new Budget(o.clock, 64 * 1024 * 1024)
  const accept = (socket: Socket): void => {
    const connection: ServerConnection = new ServerConnection({
      socket,
      clock: o.clock,
      budget,
      limits: defaultLimits,
      onFrame: (frame, slot) => {
        const { bytes, from, to } = frame.slices[0]!
        const node = o.node()
        if (node === null) slot.close('not ready')
        else answer(node, bytes, from, to, slot)
        return false
      },
      onClosed: () => open.delete(connection),
    })
    open.add(connection)
  }
  o.net.listen({ host: 'localhost', port: o.port }, accept, (failure, listener: Listener) => {
    if (failure !== null) return done(failure, undefined as never)
    done(null, { close: () => listener.close() })
  })
}

function answer(node: LocalRaftNode, bytes: Uint8Array, from: number, to: number, slot: ReplySlot): void {
  const key = (bytes[from]! << 8) | bytes[from + 1]!
  const version = (bytes[from + 2]! << 8) | bytes[from + 3]!
  const api = apis.get(key)
  if (api === undefined) return slot.close(`no API ${key}`)
  const reader = new Reader(bytes, from, to)
  const header = RequestHeader.decode(reader, api.requestHeaderVersion(version))
  const request: unknown = api.request.decode(reader, version)
  const send = (body: unknown, lease: Parameters<ReplySlot['send']>[1] = null): void => {
    const writer = new Writer()
    const size = writer.reserveInt32()
    ResponseHeader.encode(writer, { correlationId: header.correlationId }, api.responseHeaderVersion(version))
    api.response.encode(writer, body, version)
    writer.patchInt32(size, writer.length - 4)
    slot.send(writer.parts(), lease)
  }
  if (key !== ApiVersions.key) return node.handle(key, request, send)
  const served = [ApiVersions.key, ...raftApiKeys].map((apiKey) => {
    const { minVersion, maxVersion } = apis.get(apiKey)!
    return { apiKey, minVersion, maxVersion }
  })
  send({ apiKeys: served, supportedFeatures: [{ name: 'kraft.version', minVersion: 0, maxVersion: 1 }] })
}
