import type { ErrorCode } from '../../protocol/index.ts'

/** Why something is not done, in the words that a client may show. */
export class Refusal {
  readonly errorCode: ErrorCode
  readonly errorMessage: string | null

  constructor(errorCode: ErrorCode, errorMessage: string | null) {
    this.errorCode = errorCode
    this.errorMessage = errorMessage
  }
}

export function refuse(errorCode: ErrorCode, errorMessage: string | null = null): Refusal {
  return new Refusal(errorCode, errorMessage)
}

export function isRefusal(value: unknown): value is Refusal {
  return value instanceof Refusal
}
