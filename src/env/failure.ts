import type { Failure } from './index.ts'

/** Codes of the system that a later attempt may not meet again; every other code says `never`. */
const passing: ReadonlySet<string> = new Set([
  'EAGAIN',
  'EBUSY',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EDQUOT',
  'EHOSTUNREACH',
  'ELOCKED',
  'EMFILE',
  'ENETUNREACH',
  'ENFILE',
  'ENOMEM',
  'ENOSPC',
  'EPIPE',
  'ETIMEDOUT',
])

export function failure(code: string, message: string, cause?: unknown): Failure {
  const retry = passing.has(code) ? 'later' : 'never'
  return cause === undefined ? { code, message, retry } : { code, message, retry, cause }
}

/** What the system threw, with what was being done to what. */
export function failureOf(doing: string, thrown: unknown): Failure {
  const { code, message } = thrown as { code?: unknown; message?: unknown }
  return failure(typeof code === 'string' ? code : 'EUNKNOWN', `${doing}: ${message ?? String(thrown)}`, thrown)
}
