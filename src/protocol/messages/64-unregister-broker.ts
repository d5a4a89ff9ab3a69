import { api, int16, int32, string } from '../schema/index.ts'

/**
 * Removes the registration of a broker that is gone for good.
 */
export const UnregisterBroker = api({
  key: 64,
  name: 'UnregisterBroker',
  versions: [0, 0],
  flexible: 0,
  listeners: ['broker', 'controller'],
  isForwarded: true,
  request: {
    brokerId: int32(),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: 0 }),
  },
})
