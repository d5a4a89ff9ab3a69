import { api, bytes, int16, int64, string } from '../schema/index.ts'

/**
 * One step of the SASL exchange.
 * Versions: 1 session lifetime · 2 flexible.
 */
export const SaslAuthenticate = api({
  key: 36,
  name: 'SaslAuthenticate',
  versions: [0, 2],
  flexible: 2,
  listeners: ['broker', 'controller'],
  request: {
    authBytes: bytes(),
  },
  response: {
    errorCode: int16(),
    errorMessage: string({ nullable: 0 }),
    authBytes: bytes(),
    /** The client must authenticate again before; 0 = never. */
    sessionLifetimeMs: int64({ since: 1, ignorable: true }),
  },
})
