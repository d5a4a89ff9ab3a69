import { api, int16, int32, int64 } from '../schema/index.ts'

/**
 * A broker gets a block of producer ids from the controller.
 */
export const AllocateProducerIds = api({
  key: 67,
  name: 'AllocateProducerIds',
  versions: [0, 0],
  flexible: 0,
  listeners: ['controller'],
  isForwarded: true,
  clusterAction: true,
  request: {
    brokerId: int32(),
    brokerEpoch: int64({ absent: -1 }),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    producerIdStart: int64(),
    /** How many ids the block has. */
    producerIdLen: int32(),
  },
})
