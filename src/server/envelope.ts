import { isMalformed, Reader, Writer } from '../bytes/index.ts'
import { type AnyApi, DefaultPrincipalData, RequestHeader, ResponseHeader } from '../protocol/index.ts'
import type { Pieces } from '../runtime/index.ts'
import { aclHost } from '../security/index.ts'
import type { Principal } from './handler.ts'

/** A client's request, as a broker hands it to the controller: header and body (KIP-590). */
export function encodeEnvelopedRequest(api: AnyApi, version: number, request: unknown, clientId: string): Uint8Array {
  const writer = new Writer()
  const header = { requestApiKey: api.key, requestApiVersion: version, correlationId: 0, clientId }
  RequestHeader.encode(writer, header, api.requestHeaderVersion(version))
  api.request.encode(writer, request as never, version)
  return writer.toBytes()
}

/** The controller's answer to it; null when it cannot be read. */
export function decodeEnvelopedResponse(api: AnyApi, version: number, bytes: Uint8Array): unknown {
  return unlessMalformed(() => {
    const reader = new Reader(bytes, 0, bytes.length)
    ResponseHeader.decode(reader, api.responseHeaderVersion(version))
    return api.response.decode(reader, version)
  })
}

/** What is in an Envelope; null when it cannot be read. */
export function* decodeEnvelopedRequest(api: AnyApi, version: number, bytes: Uint8Array) {
  try {
    const reader = new Reader(bytes, 0, bytes.length)
    const header = RequestHeader.decode(reader, api.requestHeaderVersion(version))
    const request: unknown = yield* api.request.decodePieces(reader, version)
    return { header, request }
  } catch (thrown) {
    if (isMalformed(thrown)) return null
    throw thrown
  }
}

export function* encodeEnvelopedResponse(
  api: AnyApi,
  version: number,
  correlationId: number,
  answer: unknown,
): Pieces<Uint8Array> {
  const writer = new Writer()
  ResponseHeader.encode(writer, { correlationId }, api.responseHeaderVersion(version))
  yield* api.response.encodePieces(writer, answer as never, version)
  return writer.toBytes()
}

/** The 4 or 16 bytes of a client's address. */
export function addressBytes(host: string): Uint8Array {
  if (!host.includes(':')) {
    const bytes = host.split('.').map(Number)
    return bytes.length === 4 && bytes.every((byte) => byte >= 0 && byte < 256) ? Uint8Array.from(bytes) : LOOPBACK
  }
  const groups = aclHost(host).split(':')
  return Uint8Array.from(
    groups.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff]),
  )
}

/** Its text, as ACLs have it. */
export function addressText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.')
  const groups: string[] = []
  for (let i = 0; i + 1 < bytes.length; i += 2) groups.push(((bytes[i]! << 8) | bytes[i + 1]!).toString(16))
  return groups.join(':')
}

const LOOPBACK = Uint8Array.of(127, 0, 0, 1)

const PRINCIPAL_VERSION = 0

/** As Kafka's default principal builder writes it: a version, then the data. */
export function encodePrincipal({ type, name }: Principal): Uint8Array {
  const writer = new Writer()
  writer.int16(PRINCIPAL_VERSION)
  DefaultPrincipalData.encode(writer, { type, name, tokenAuthenticated: false }, PRINCIPAL_VERSION)
  return writer.toBytes()
}

/** Null when it was not written by Kafka's default principal builder. */
export function decodePrincipal(bytes: Uint8Array): Principal | null {
  return unlessMalformed(() => {
    const reader = new Reader(bytes, 0, bytes.length)
    if (reader.int16() !== PRINCIPAL_VERSION) return null
    const { type, name } = DefaultPrincipalData.decode(reader, PRINCIPAL_VERSION)
    return { type, name }
  })
}

function unlessMalformed<T>(read: () => T): T | null {
  try {
    return read()
  } catch (thrown) {
    if (isMalformed(thrown)) return null
    throw thrown
  }
}
