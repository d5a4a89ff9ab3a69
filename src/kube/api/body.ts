import { utf8Decode } from '../../bytes/index.ts'
import type { HttpRequest } from '../../env/index.ts'
import { decodeObject, isProtoError } from '../proto/index.ts'
import type { ProtoTable } from '../proto-table.ts'
import { badRequest, unsupportedMediaType } from './problem.ts'

/** The media type without its parameters. */
export const contentTypeOf = ({ headers }: HttpRequest): string =>
  (headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase()

const protobuf = 'application/vnd.kubernetes.protobuf'
const accepted = ['application/json', 'application/yaml', protobuf]

const yaml: ReadonlySet<string> = new Set(['application/yaml', 'application/apply-patch+yaml'])
/** A document with more references than this to what stands elsewhere in it is refused. */
const aliasesMax = 100

/** The request with a body in YAML read; any other is as it came. The reader is loaded when somebody sends some. */
export async function withYamlRead(request: HttpRequest): Promise<HttpRequest> {
  const { body } = request
  if (!yaml.has(contentTypeOf(request)) || (typeof body === 'object' && 'json' in body)) return request
  const text = typeof body === 'string' ? body : utf8Decode(body)
  // What most clients send under that name is JSON, which is read faster.
  if (text === '' || text.startsWith('{')) return request
  const { parse } = await import('yaml')
  try {
    return { ...request, body: { json: parse(text, { maxAliasCount: aliasesMax }) } }
  } catch (thrown) {
    throw badRequest(`error decoding the body as YAML: ${(thrown as Error).message}`)
  }
}

/** Undefined: there is no body. Without a table, bodies in protobuf are refused. */
export function jsonBody(request: HttpRequest, proto?: ProtoTable): unknown {
  const { body } = request
  if (typeof body === 'object' && 'json' in body) return body.json
  if (body.length === 0) return undefined
  const type = contentTypeOf(request)
  if (type === protobuf && proto !== undefined && typeof body !== 'string') return protoBody(body, proto)
  if (type !== '' && !type.endsWith('json') && !yaml.has(type)) throw unsupportedMediaType(accepted)
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
