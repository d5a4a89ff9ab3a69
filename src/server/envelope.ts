import { isMalformed, Reader, Writer } from '../bytes/index.ts'
import { type AnyApi, DefaultPrincipalData, RequestHeader, ResponseHeader } from '../protocol/index.ts'
import type { Principal } from './handler.ts'

/** A client's request, as a broker hands it to the controller: header and body (KIP-590). */
export function encodeEnvelopedRequest(api: AnyApi, version: number, request: unknown, clientId: string): Uint8Array {
  const writer = new Writer()
  const header = { requestApiKey: api.key, requestApiVersion: version, correlationId: 0, clientId }
  RequestHeader.encode(writer, header, api.requestHeaderVersion(version))
  api.request.encode(writer, request as never, version)
  return joined(writer)
}

/** The controller's answer to it. Malformed bytes throw as any answer's do. */
export function decodeEnvelopedResponse(api: AnyApi, version: number, bytes: Uint8Array): unknown {
  const reader = new Reader(bytes, 0, bytes.length)
  ResponseHeader.decode(reader, api.responseHeaderVersion(version))
  return api.response.decode(reader, version)
}

export function encodeEnvelopedResponse(
  api: AnyApi,
  version: number,
  correlationId: number,
  answer: unknown,
): Uint8Array {
  const writer = new Writer()
  ResponseHeader.encode(writer, { correlationId }, api.responseHeaderVersion(version))
  api.response.encode(writer, answer as never, version)
  return joined(writer)
}

const PRINCIPAL_VERSION = 0

/** As Kafka's default principal builder writes it: a version, then the data. */
export function encodePrincipal({ type, name }: Principal): Uint8Array {
  const writer = new Writer()
  writer.int16(PRINCIPAL_VERSION)
  DefaultPrincipalData.encode(writer, { type, name, tokenAuthenticated: false }, PRINCIPAL_VERSION)
  return joined(writer)
}

/** Null when it was not written by Kafka's default principal builder. */
export function decodePrincipal(bytes: Uint8Array): Principal | null {
  try {
    const reader = new Reader(bytes, 0, bytes.length)
    if (reader.int16() !== PRINCIPAL_VERSION) return null
    const { type, name } = DefaultPrincipalData.decode(reader, PRINCIPAL_VERSION)
    return { type, name }
  } catch (thrown) {
    if (isMalformed(thrown)) return null
    throw thrown
  }
}

function joined(writer: Writer): Uint8Array {
  const parts = writer.parts()
  const bytes = new Uint8Array(writer.length)
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}
