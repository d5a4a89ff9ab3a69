import { api, bytes, int16 } from '../schema/index.ts'

/**
 * A broker hands a client's request to the controller, whole, and gets the answer whole (KIP-590).
 */
export const Envelope = api({
  key: 58,
  name: 'Envelope',
  versions: [0, 0],
  flexible: 0,
  listeners: ['controller'],
  clusterAction: true,
  request: {
    /** The client's request, header included. */
    requestData: bytes(),
    /** Written by the cluster's principal builder; null is refused. */
    requestPrincipal: bytes({ nullable: 0 }),
    clientHostAddress: bytes(),
  },
  response: {
    /** The response to the client, header included; null with an error. */
    responseData: bytes({ nullable: 0, absent: null }),
    errorCode: int16(),
  },
})
