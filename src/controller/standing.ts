import { type MetadataRecord, metadataRecord } from '../metadata/index.ts'
import { followStanding, inElrOf, inIsrOf, leaderless } from './elections.ts'
import type { ControllerOptions } from './options.ts'
import type { ControllerState } from './state.ts'

/** Codes of BrokerRegistrationChangeRecord.fenced. */
const FENCE = 1
const UNFENCE = -1

/** Takes a broker out of service: its leaderships move first, then it is marked. */
export function fenceBroker(state: ControllerState, options: ControllerOptions, brokerId: number): MetadataRecord[] {
  const { epoch } = state.image.brokers.get(brokerId)!
  return [
    ...followStanding(state, options, inIsrOf(state, brokerId), { leaving: brokerId }),
    metadataRecord('BrokerRegistrationChangeRecord', { brokerId, brokerEpoch: epoch, fenced: FENCE }),
  ]
}

/** Puts a broker into service, and gives it the partitions that have waited for it. */
export function unfenceBroker(state: ControllerState, options: ControllerOptions, brokerId: number): MetadataRecord[] {
  const { epoch } = state.image.brokers.get(brokerId)!
  return [
    metadataRecord('BrokerRegistrationChangeRecord', { brokerId, brokerEpoch: epoch, fenced: UNFENCE }),
    ...followStanding(state, options, leaderless(state), { joining: brokerId }),
  ]
}

/** A broker wants to go: it leads nothing and is in no ISR from now on, but serves what it still has. */
export function beginControlledShutdown(
  state: ControllerState,
  options: ControllerOptions,
  brokerId: number,
): MetadataRecord[] {
  const broker = state.image.brokers.get(brokerId)!
  const records: MetadataRecord[] = []
  if (!broker.isInControlledShutdown) {
    records.push(
      metadataRecord('BrokerRegistrationChangeRecord', {
        brokerId,
        brokerEpoch: broker.epoch,
        inControlledShutdown: 1,
      }),
    )
  }
  records.push(...followStanding(state, options, inIsrOf(state, brokerId), { leaving: brokerId }))
  return records
}

/** What the end of a broker's former incarnation leaves behind. */
export function endIncarnation(
  state: ControllerState,
  options: ControllerOptions,
  brokerId: number,
  wasClean: boolean,
): MetadataRecord[] {
  if (wasClean || !state.isElrEnabled) {
    return followStanding(state, options, inIsrOf(state, brokerId), { leaving: brokerId })
  }
  return [
    ...followStanding(state, options, inIsrOf(state, brokerId), { lost: brokerId }),
    ...followStanding(state, options, inElrOf(state, brokerId), { lost: brokerId }),
  ]
}

export function unregisterBrokerRecords(
  state: ControllerState,
  options: ControllerOptions,
  brokerId: number,
): MetadataRecord[] {
  const { epoch } = state.image.brokers.get(brokerId)!
  return [
    ...followStanding(state, options, inIsrOf(state, brokerId), { leaving: brokerId }),
    ...followStanding(state, options, inElrOf(state, brokerId), { leaving: brokerId }),
    metadataRecord('UnregisterBrokerRecord', { brokerId, brokerEpoch: epoch }),
  ]
}
