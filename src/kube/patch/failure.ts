/** Why a patch cannot be applied. */
export class PatchError extends Error {
  /** `BadRequest`: it is not a patch; `Unprocessable`: it does not fit the object. */
  readonly kind: 'BadRequest' | 'Unprocessable'

  constructor(kind: 'BadRequest' | 'Unprocessable', why: string) {
    super(why)
    this.name = 'PatchError'
    this.kind = kind
  }
}

export const isPatchError = (thrown: unknown): thrown is PatchError =>
  (thrown as { name?: unknown } | null)?.name === 'PatchError'
