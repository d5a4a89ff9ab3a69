import type { HttpReply } from '../../env/index.ts'
import { ApiError, type ApiFailure } from '../../kube-client/index.ts'
import type { FieldError, Kind } from '../kind.ts'
import { invalidStatus } from '../schema/index.ts'

/** What the API server refuses, with the codes, reasons and sentences of Kubernetes' own. */

export interface Details {
  readonly name?: string
  readonly group?: string
  /** A resource in most cases, the kind in `Invalid`. */
  readonly kind?: string
  readonly uid?: string
  readonly causes?: readonly { readonly reason?: string; readonly message?: string; readonly field?: string }[]
  readonly retryAfterSeconds?: number
}

type Named = Pick<Kind, 'group' | 'resource'>

const problem = (code: number, reason: string, message: string, details?: Details): ApiError =>
  new ApiError({ code, reason, message, ...(details === undefined ? {} : { details }) })

/** `pods`, `kafkas.kafka.strimzi.io` */
export const qualified = ({ group, resource }: Named): string => (group === '' ? resource : `${resource}.${group}`)

const detailsOf = ({ group, resource }: Named, name: string): Details => ({
  ...(name === '' ? {} : { name }),
  ...(group === '' ? {} : { group }),
  kind: resource,
})

export const notFound = (of: Named, name: string): ApiError =>
  problem(404, 'NotFound', `${qualified(of)} "${name}" not found`, detailsOf(of, name))

/** No such path, group, version or resource. */
export const noSuchResource = (): ApiError =>
  problem(404, 'NotFound', 'the server could not find the requested resource', {})

export const alreadyExists = (of: Named, name: string): ApiError =>
  problem(409, 'AlreadyExists', `${qualified(of)} "${name}" already exists`, detailsOf(of, name))

export const conflict = (of: Named, name: string, why: string): ApiError =>
  problem(409, 'Conflict', `Operation cannot be fulfilled on ${qualified(of)} "${name}": ${why}`, detailsOf(of, name))

export const modified = (of: Named, name: string): ApiError =>
  conflict(of, name, 'the object has been modified; please apply your changes to the latest version and try again')

export const badRequest = (message: string): ApiError => problem(400, 'BadRequest', message)

export const unauthorized = (): ApiError => problem(401, 'Unauthorized', 'Unauthorized')

export const forbidden = (of: Named, name: string, why: string, causes?: Details['causes']): ApiError => {
  const details = { ...detailsOf(of, name), ...(causes === undefined ? {} : { causes }) }
  const what = name === '' ? `${qualified(of)} is` : `${qualified(of)} "${name}" is`
  return problem(403, 'Forbidden', `${what} forbidden: ${why}`, details)
}

export const forbiddenPath = (user: string, verb: string, path: string): ApiError =>
  problem(403, 'Forbidden', `forbidden: User "${user}" cannot ${verb} path "${path}"`, {})

export const methodNotAllowed = (): ApiError =>
  problem(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {})

export const notAcceptable = (): ApiError =>
  problem(406, 'NotAcceptable', 'only the following media types are accepted: application/json')

export const unsupportedMediaType = (accepted: readonly string[]): ApiError =>
  problem(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  )

export const expired = (message: string): ApiError => problem(410, 'Expired', message)

export const tooManyRequests = (message: string, causes?: Details['causes']): ApiError =>
  problem(429, 'TooManyRequests', message, causes === undefined ? {} : { causes })

export const tooLargeResourceVersion = (asked: number, current: number): ApiError =>
  problem(504, 'Timeout', `Too large resource version: ${asked}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  })

export const internalError = (why: string): ApiError =>
  problem(500, 'InternalError', `Internal error occurred: ${why}`, { causes: [{ message: why }] })

export const invalid = (of: Pick<Kind, 'group' | 'kind'>, name: string, errors: readonly FieldError[]): ApiError => {
  const { code, reason, message, details } = invalidStatus(of.group, of.kind, name, errors)
  return problem(code as number, reason as string, message as string, details as Details)
}

export interface Status {
  readonly kind: 'Status'
  readonly apiVersion: 'v1'
  readonly metadata: Record<string, never>
  readonly status: 'Success' | 'Failure'
  readonly message?: string
  readonly reason?: string
  readonly details?: unknown
  readonly code?: number
}

export function statusOf({ code, reason, message, details }: ApiFailure): Status {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason,
    ...(details === undefined ? {} : { details }),
    code,
  }
}

export function successOf(details?: Details, code?: number): Status {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    ...(details === undefined ? {} : { details }),
    ...(code === undefined ? {} : { code }),
  }
}

export function problemReply(failure: ApiFailure): HttpReply {
  const { retryAfterSeconds } = (failure.details ?? {}) as Details
  return {
    status: failure.code,
    headers: {
      'content-type': 'application/json',
      ...(failure.code === 401 ? { 'www-authenticate': 'Bearer realm="kubernetes"' } : {}),
      ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
    },
    body: { json: statusOf(failure) },
  }
}
