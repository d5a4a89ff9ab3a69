/** A principal inside a forwarded request (Envelope). */
import { bool, codec, string } from '../schema/index.ts'

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
