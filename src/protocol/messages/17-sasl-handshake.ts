import { api, arrayOf, int16, string } from '../schema/index.ts'

/**
 * Chooses the SASL mechanism of a connection.
 * Versions: 1 tokens follow in SaslAuthenticate; in 0 they follow as bare frames. Never flexible.
 */
export const SaslHandshake = api({
  key: 17,
  name: 'SaslHandshake',
  versions: [0, 1],
  flexible: null,
  listeners: ['broker', 'controller'],
  request: {
    mechanism: string(),
  },
  response: {
    errorCode: int16(),
    mechanisms: arrayOf(string()),
  },
})
