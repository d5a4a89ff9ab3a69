import { metadataRecord } from '../metadata/index.ts'
import { errors } from '../protocol/index.ts'
import type { AskRequest, Outcome } from './inputs.ts'
import { refuseBrokerEpoch } from './registration.ts'
import type { ControllerState } from './state.ts'

const blockSize = 1000

/** AllocateProducerIds (KIP-730): a block of ids that nobody had before and nobody will get again. STALE_BROKER_EPOCH. */
export function allocateProducerIds(
  state: ControllerState,
  { brokerId, brokerEpoch }: AskRequest<'allocateProducerIds'>,
): Outcome<'allocateProducerIds'> {
  const stale = refuseBrokerEpoch(state, brokerId, brokerEpoch)
  if (stale !== errors.NONE) return { records: [], response: { errorCode: stale } }
  const producerIdStart = state.image.nextProducerId
  if (producerIdStart > Number.MAX_SAFE_INTEGER - blockSize) {
    return { records: [], response: { errorCode: errors.UNKNOWN_SERVER_ERROR } }
  }
  const nextProducerId = producerIdStart + blockSize
  return {
    records: [metadataRecord('ProducerIdsRecord', { brokerId, brokerEpoch, nextProducerId })],
    response: { errorCode: errors.NONE, producerIdStart, producerIdLen: blockSize },
  }
}
