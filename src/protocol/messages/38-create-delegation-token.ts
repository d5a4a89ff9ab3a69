import { api, array, bytes, int16, int32, int64, string } from '../schema/index.ts'

/**
 * Makes a delegation token.
 * Versions: 2 flexible · 3 for another owner.
 */
export const CreateDelegationToken = api({
  key: 38,
  name: 'CreateDelegationToken',
  versions: [1, 3],
  flexible: 2,
  listeners: ['broker', 'controller'],
  isForwarded: true,
  request: {
    ownerPrincipalType: string({ since: 3, nullable: 3 }),
    ownerPrincipalName: string({ since: 3, nullable: 3 }),
    renewers: array({
      principalType: string(),
      principalName: string(),
    }),
    maxLifetimeMs: int64(),
  },
  response: {
    errorCode: int16(),
    principalType: string(),
    principalName: string(),
    tokenRequesterPrincipalType: string({ since: 3 }),
    tokenRequesterPrincipalName: string({ since: 3 }),
    issueTimestampMs: int64(),
    expiryTimestampMs: int64(),
    maxTimestampMs: int64(),
    tokenId: string(),
    hmac: bytes(),
    throttleTimeMs: int32(),
  },
})
