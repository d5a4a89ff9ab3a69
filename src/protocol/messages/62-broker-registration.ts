import { api, array, arrayOf, bool, int16, int32, int64, string, uint16, uuid } from '../schema/index.ts'

/**
 * A broker registers with the controller and gets its epoch.
 * Versions: 1 ZooKeeper migration · 2 log directories (KIP-858) · 3 previous broker epoch (KIP-966) · 4 cordoned
 * log directories.
 */
export const BrokerRegistration = api({
  key: 62,
  name: 'BrokerRegistration',
  versions: [0, 4],
  flexible: 0,
  listeners: ['controller'],
  clusterAction: true,
  request: {
    brokerId: int32(),
    clusterId: string(),
    /** New at every start of the broker. */
    incarnationId: uuid(),
    listeners: array({
      name: string(),
      host: string(),
      port: uint16(),
      securityProtocol: int16(),
    }),
    features: array({
      name: string(),
      minSupportedVersion: int16(),
      maxSupportedVersion: int16(),
    }),
    rack: string({ nullable: 0 }),
    isMigratingZkBroker: bool({ since: 1 }),
    logDirs: arrayOf(uuid(), { since: 2, ignorable: true }),
    /** Of the run before, from the clean shutdown file; -1 after an unclean one (KIP-966). */
    previousBrokerEpoch: int64({ since: 3, absent: -1, ignorable: true }),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    brokerEpoch: int64({ absent: -1 }),
  },
})
