import { api, array, bool, int8, int16, int32, string } from '../schema/index.ts'

/**
 * Brokers or controllers, and what the caller may do with the cluster.
 * Versions: 1 endpoint type (KIP-919) · 2 fenced brokers (KIP-1073).
 */
export const DescribeCluster = api({
  key: 60,
  name: 'DescribeCluster',
  versions: [0, 2],
  flexible: 0,
  listeners: ['broker', 'controller'],
  request: {
    includeClusterAuthorizedOperations: bool(),
    /** 1 brokers, 2 controllers. */
    endpointType: int8({ since: 1, absent: 1 }),
    includeFencedBrokers: bool({ since: 2 }),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: 0, absent: null }),
    endpointType: int8({ since: 1, absent: 1 }),
    clusterId: string(),
    controllerId: int32({ absent: -1 }),
    brokers: array({
      brokerId: int32(),
      host: string(),
      port: int32(),
      rack: string({ nullable: 0, absent: null }),
      isFenced: bool({ since: 2 }),
    }),
    clusterAuthorizedOperations: int32({ absent: -2147483648 }),
  },
})
