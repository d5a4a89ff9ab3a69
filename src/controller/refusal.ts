import { type ErrorCode, errors, errorText } from '../protocol/index.ts'

/** Why a part of a request is not done: a row of the error table and a sentence for the person who asked. */
export interface Refusal {
  readonly code: ErrorCode
  readonly message: string | null
}

export function refuse(code: ErrorCode, message?: string): Refusal {
  return { code, message: message ?? errorText(code) }
}

/** What answers carry for "done". */
export const accepted: Refusal = Object.freeze({ code: errors.NONE, message: null })

export function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && 'code' in value && 'message' in value
}
