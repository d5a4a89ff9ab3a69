/**
 * Bytes from outside that do not say what they should. Thrown by {@link Reader} before anything is allocated for them;
 * whoever owns the connection or the file answers it (a connection is closed with one log line).
 */
export class MalformedError extends Error {
  override readonly name = 'MalformedError'
  readonly code = 'MALFORMED'
  /** Where in the buffer the offending value began. */
  readonly at: number

  constructor(reason: string, at: number) {
    super(`${reason} (at byte ${at})`)
    this.at = at
  }
}

/** Tells by its code, not by its class: classes differ between realms. */
export function isMalformed(thrown: unknown): thrown is MalformedError {
  return typeof thrown === 'object' && thrown !== null && (thrown as { code?: unknown }).code === 'MALFORMED'
}
