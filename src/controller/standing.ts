import { type MetadataRecord, metadataRecord } from '../metadata/index.ts'
import { followStanding, inElrOf, inIsrOf, leaderless } from './elections.ts'
import type { ControllerOptions } from './options.ts'
import type { ControllerState } from './state.ts'

/** Codes of BrokerRegistrationChangeRecord.fenced. */
const FENCE = 1
const UNFENCE = -1

type Records = Generator<MetadataRecord, void>

/** Takes a broker out of service: its leaderships move first, then it is marked. */
export function* fenceBroker(state: ControllerState, options: ControllerOptions, brokerId: number): Records {
  const { epoch } = state.image.brokers.get(brokerId)!
  yield* followStanding(state, options, inIsrOf(state, brokerId), { leaving: brokerId })
  yield metadataRecord('BrokerRegistrationChangeRecord', { brokerId, brokerEpoch: epoch, fenced: FENCE })
}

/** Puts a broker into service, and gives it the partitions that have waited for it. */
export function* unfenceBroker(state: ControllerState, options: ControllerOptions, brokerId: number): Records {
  const { epoch } = state.image.brokers.get(brokerId)!
  yield metadataRecord('BrokerRegistrationChangeRecord', { brokerId, brokerEpoch: epoch, fenced: UNFENCE })
  yield* followStanding(state, options, leaderless(state), { joining: brokerId })
}

/**
 * A broker wants to go: it leads nothing and is in no ISR from now on, but serves what it still has. It may go when
 * every broker knows the last of these records.
 */
export function* beginControlledShutdown(
  state: ControllerState,
  options: ControllerOptions,
  brokerId: number,
): Records {
  const broker = state.image.brokers.get(brokerId)!
  let count = 0
  if (!broker.isInControlledShutdown) {
    count++
    yield metadataRecord('BrokerRegistrationChangeRecord', {
      brokerId,
      brokerEpoch: broker.epoch,
      inControlledShutdown: 1,
    })
  }
  for (const record of followStanding(state, options, inIsrOf(state, brokerId), { leaving: brokerId })) {
    count++
    yield record
  }
  state.sessions.beginShutdown(brokerId, state.nextOffset + count - 1)
}

/** What the end of a broker's former incarnation leaves behind. */
export function* endIncarnation(
  state: ControllerState,
  options: ControllerOptions,
  brokerId: number,
  wasClean: boolean,
): Records {
  if (wasClean || !state.isElrEnabled) {
    yield* followStanding(state, options, inIsrOf(state, brokerId), { leaving: brokerId })
    return
  }
  yield* followStanding(state, options, inIsrOf(state, brokerId), { lost: brokerId })
  yield* followStanding(state, options, inElrOf(state, brokerId), { lost: brokerId })
}

export function* unregisterBrokerRecords(
  state: ControllerState,
  options: ControllerOptions,
  brokerId: number,
): Records {
  const { epoch } = state.image.brokers.get(brokerId)!
  yield* followStanding(state, options, inIsrOf(state, brokerId), { leaving: brokerId })
  yield* followStanding(state, options, inElrOf(state, brokerId), { leaving: brokerId })
  yield metadataRecord('UnregisterBrokerRecord', { brokerId, brokerEpoch: epoch })
}
