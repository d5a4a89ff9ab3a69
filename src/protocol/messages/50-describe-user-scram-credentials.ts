import { api, array, int8, int16, int32, string } from '../schema/index.ts'

/**
 * Which SCRAM mechanisms users have; never their secrets (KIP-554).
 */
export const DescribeUserScramCredentials = api({
  key: 50,
  name: 'DescribeUserScramCredentials',
  versions: [0, 0],
  flexible: 0,
  listeners: ['broker', 'controller'],
  request: {
    /** Null or empty = all. */
    users: array(
      {
        name: string(),
      },
      { nullable: 0 },
    ),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: 0 }),
    results: array({
      user: string(),
      errorCode: int16(),
      errorMessage: string({ nullable: 0 }),
      credentialInfos: array({
        mechanism: int8(),
        iterations: int32(),
      }),
    }),
  },
})
