import { utf8Decode } from '../../bytes/index.ts'
import type { HttpRequest } from '../../env/index.ts'
import { decodeObject, isProtoError } from '../proto/index.ts'
import type { ProtoTable } from '../proto-table.ts'
import { badRequest, unsupportedMediaType } from './problem.ts'

/** The media type without its parameters. */
export const contentTypeOf = ({ headers }: HttpRequest): string =>
  (headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase()

const protobuf = 'application/vnd.kubernetes.protobuf'
const accepted = ['application/json', protobuf]

/** Undefined: there is no body. Without a table, bodies in protobuf are refused. */
export function jsonBody(request: HttpRequest, proto?: ProtoTable): unknown {
  const { body } = request
  if (typeof body === 'object' && 'json' in body) return body.json
  if (body.length === 0) return undefined
  const type = contentTypeOf(request)
  if (type === protobuf && proto !== undefined && typeof body !== 'string') return protoBody(body, proto)
  if (type !== '' && !type.endsWith('json') && type !== 'application/apply-patch+yaml')
    throw unsupportedMediaType(accepted)
  return parsedJson(typeof body === 'string' ? body : utf8Decode(body))
}

function protoBody(body: Uint8Array, proto: ProtoTable): unknown {
  try {
    return decodeObject(body, proto)
  } catch (thrown) {
    if (isProtoError(thrown)) throw badRequest(`error decoding the body as protobuf: ${thrown.message}`)
    throw thrown
  }
}

export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (thrown) {
    throw badRequest(`error decoding the body as JSON: ${(thrown as Error).message}`)
  }
}
