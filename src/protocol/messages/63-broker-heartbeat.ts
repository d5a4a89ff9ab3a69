import { api, arrayOf, bool, int16, int32, int64, uuid } from '../schema/index.ts'

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
    currentMetadataOffset: int64(),
    wantFence: bool(),
    wantShutDown: bool(),
    offlineLogDirs: arrayOf(uuid(), { since: 1, tag: 0 }),
    cordonedLogDirs: arrayOf(uuid(), { since: 2, nullable: 2, absent: null, tag: 1 }),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    isCaughtUp: bool(),
    isFenced: bool({ absent: true }),
    shouldShutDown: bool(),
  },
})
