import { utf8Decode } from '../../bytes/index.ts'
import type { HttpRequest } from '../../env/index.ts'
import { isApiError } from '../../kube-client/index.ts'
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
/** Levels of objects and lists in each other: far more than any object has, far less than what recursion can bear. */
const levelsMax = 1000

/** The request with a body in YAML read; any other is as it came. The reader is loaded when somebody sends some. */
export async function withYamlRead(request: HttpRequest): Promise<HttpRequest> {
  const { body } = request
  if (!yaml.has(contentTypeOf(request)) || (typeof body === 'object' && 'json' in body)) return request
  const text = typeof body === 'string' ? body : utf8Decode(body)
  // What most clients send under that name is JSON, which is read faster.
  if (text === '' || text.startsWith('{')) return request
  const { parse } = await import('yaml')
  try {
    const json = parse(text, { maxAliasCount: aliasesMax })
    refuseDepth(json)
    return { ...request, body: { json } }
  } catch (thrown) {
    if (isApiError(thrown)) throw thrown
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
  const value = parsedJson(typeof body === 'string' ? body : utf8Decode(body))
  refuseDepth(value)
  return value
}

/** Refuses what is nested too deeply to be looked at. */
export function refuseDepth(value: unknown): void {
  let level: unknown[] = [value]
  for (let levels = 0; level.length > 0; levels++) {
    if (levels > levelsMax)
      throw badRequest(`exceeded max depth: objects and lists may be nested ${levelsMax} levels deep`)
    const below: unknown[] = []
    for (const one of level) {
      if (typeof one !== 'object' || one === null) continue
      for (const child of Array.isArray(one) ? one : Object.values(one)) {
        if (typeof child === 'object' && child !== null) below.push(child)
      }
    }
    level = below
  }
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
