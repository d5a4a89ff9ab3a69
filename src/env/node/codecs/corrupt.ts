/** What a decoder throws; `code` becomes the failure's. */
export class CodecError extends Error {
  readonly code: 'ECORRUPT' | 'EBOMB'

  constructor(code: 'ECORRUPT' | 'EBOMB', message: string) {
    super(message)
    this.code = code
  }
}

export function corrupt(message: string): CodecError {
  return new CodecError('ECORRUPT', message)
}

export function bomb(bytesMax: number): CodecError {
  return new CodecError('EBOMB', `more than ${bytesMax} bytes when decompressed`)
}
