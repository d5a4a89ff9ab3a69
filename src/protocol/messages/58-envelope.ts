import { api, bytes, int16 } from '../schema/index.ts'

export const Envelope = api({
  key: 58,
  name: 'Envelope',
  versions: [0, 0],
  flexible: 0,
  listeners: ['controller'],
  clusterAction: true,
  request: {
    requestData: bytes(),
    requestPrincipal: bytes({ nullable: 0 }),
    clientHostAddress: bytes(),
  },
  response: {
    responseData: bytes({ nullable: 0, absent: null }),
    errorCode: int16(),
  },
})
