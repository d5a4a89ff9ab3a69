import { api, arrayOf, bool, int16, int32, int64, uuid } from '../schema/index.ts'

/**
 * A broker says that it is alive, how far it has read, and whether it wants to be fenced or shut down.
 * Versions: 1 failed log directories (KIP-858) · 2 cordoned log directories.
 */
export const BrokerHeartbeat = api({
  key: 63,
  name: 'BrokerHeartbeat',
  versions: [0, 2],
  flexible: 0,
  listeners: ['controller'],
  clusterAction: true,
  request: {
    brokerId: int32(),
    brokerEpoch: int64({ absent: -1 }),
    /** Highest metadata offset that the broker has applied. */
    currentMetadataOffset: int64(),
    wantFence: bool(),
    wantShutDown: bool(),
    /** Log directories that failed since the start. */
    offlineLogDirs: arrayOf(uuid(), { since: 1, tag: 0 }),
    cordonedLogDirs: arrayOf(uuid(), { since: 2, nullable: 2, absent: null, tag: 1 }),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    /** The broker has read its own registration and may be unfenced. */
    isCaughtUp: bool(),
    isFenced: bool({ absent: true }),
    shouldShutDown: bool(),
  },
})
