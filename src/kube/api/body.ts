import { utf8Decode } from '../../bytes/index.ts'
import type { HttpRequest } from '../../env/index.ts'
import { badRequest, unsupportedMediaType } from './problem.ts'

/** The media type without its parameters. */
export const contentTypeOf = ({ headers }: HttpRequest): string =>
  (headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase()

const accepted = ['application/json', 'application/vnd.kubernetes.protobuf']

/** Undefined: there is no body. */
export function jsonBody(request: HttpRequest): unknown {
  const { body } = request
  if (typeof body === 'object' && 'json' in body) return body.json
  if (body.length === 0) return undefined
  const type = contentTypeOf(request)
  if (type !== '' && !type.endsWith('json') && type !== 'application/apply-patch+yaml')
    throw unsupportedMediaType(accepted)
  return parsedJson(typeof body === 'string' ? body : utf8Decode(body))
}

export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (thrown) {
    throw badRequest(`error decoding the body as JSON: ${(thrown as Error).message}`)
  }
}
