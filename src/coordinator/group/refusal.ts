import type { ErrorCode } from '../../protocol/index.ts'

/** Why something is not done, in the words that a client may show. */
export interface Refusal {
  readonly errorCode: ErrorCode
  readonly errorMessage: string | null
}

export function refuse(errorCode: ErrorCode, errorMessage: string | null = null): Refusal {
  return { errorCode, errorMessage }
}

export function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && 'errorCode' in value
}
