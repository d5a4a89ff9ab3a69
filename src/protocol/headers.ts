import { codec, int16, int32, string } from './schema/index.ts'

/**
 * What stands before every request. Version 1 for messages without tagged fields, 2 for those with; the client id keeps
 * its two-byte length in both, so that a broker can read it before it knows the API.
 */
export const RequestHeader = codec({
  name: 'RequestHeader',
  versions: [1, 2],
  flexible: 2,
  fields: {
    requestApiKey: int16(),
    requestApiVersion: int16(),
    correlationId: int32(),
    clientId: string({ nullable: 1, neverCompact: true }),
  },
})

/** What stands before every response. Version 1 carries tagged fields. */
export const ResponseHeader = codec({
  name: 'ResponseHeader',
  versions: [0, 1],
  flexible: 1,
  fields: {
    correlationId: int32(),
  },
})
