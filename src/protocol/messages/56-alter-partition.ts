import { api, array, arrayOf, int8, int16, int32, int64, uuid } from '../schema/index.ts'

/**
 * A partition's leader asks the controller to change the ISR.
 * Versions: 2 topic ids (KIP-841) · 3 ISR with broker epochs (KIP-903).
 */
export const AlterPartition = api({
  key: 56,
  name: 'AlterPartition',
  versions: [2, 3],
  flexible: 0,
  listeners: ['controller'],
  clusterAction: true,
  request: {
    brokerId: int32(),
    brokerEpoch: int64({ absent: -1 }),
    topics: array({
      topicId: uuid({ ignorable: true }),
      partitions: array({
        partitionIndex: int32(),
        leaderEpoch: int32(),
        newIsr: arrayOf(int32(), { until: 2 }),
        newIsrWithEpochs: array(
          {
            brokerId: int32(),
            brokerEpoch: int64({ absent: -1 }),
          },
          { since: 3 },
        ),
        /** 0 recovered, 1 recovering from an unclean election. */
        leaderRecoveryState: int8(),
        partitionEpoch: int32(),
      }),
    }),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    topics: array({
      topicId: uuid({ ignorable: true }),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        leaderId: int32(),
        leaderEpoch: int32(),
        isr: arrayOf(int32()),
        leaderRecoveryState: int8({ ignorable: true }),
        partitionEpoch: int32(),
      }),
    }),
  },
})
