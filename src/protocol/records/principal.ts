import { bool, codec, string } from '../schema/index.ts'

/**
 * A principal inside a forwarded request (Envelope).
 */

export const DefaultPrincipalData = codec({
  name: 'DefaultPrincipalData',
  versions: [0, 0],
  flexible: 0,
  fields: {
    type: string(),
    name: string(),
    tokenAuthenticated: bool(),
  },
})
