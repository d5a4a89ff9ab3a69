/** Brokers and controllers in `__cluster_metadata`. */

import { array, arrayOf, bool, int8, int16, int32, int64, string, uint16, uuid } from '../schema/index.ts'
import { metadataRecord } from './metadata-record.ts'

export const RegisterBrokerRecord = metadataRecord({
  type: 0,
  name: 'RegisterBrokerRecord',
  versions: [0, 4],
  fields: {
    brokerId: int32(),
    isMigratingZkBroker: bool({ since: 2, ignorable: true }),
    incarnationId: uuid(),
    /** The offset of this record. */
    brokerEpoch: int64(),
    endPoints: array({
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
    fenced: bool({ absent: true }),
    inControlledShutdown: bool({ since: 1, ignorable: true }),
    logDirs: arrayOf(uuid(), { since: 3, tag: 0, ignorable: true }),
    cordonedLogDirs: arrayOf(uuid(), { since: 4, nullable: 4, absent: null, tag: 1, ignorable: true }),
  },
})

export const UnregisterBrokerRecord = metadataRecord({
  type: 1,
  name: 'UnregisterBrokerRecord',
  versions: [0, 0],
  fields: {
    brokerId: int32(),
    brokerEpoch: int64(),
  },
})

export const FenceBrokerRecord = metadataRecord({
  type: 7,
  name: 'FenceBrokerRecord',
  versions: [0, 0],
  fields: {
    id: int32(),
    epoch: int64(),
  },
})

export const UnfenceBrokerRecord = metadataRecord({
  type: 8,
  name: 'UnfenceBrokerRecord',
  versions: [0, 0],
  fields: {
    id: int32(),
    epoch: int64(),
  },
})

export const BrokerRegistrationChangeRecord = metadataRecord({
  type: 17,
  name: 'BrokerRegistrationChangeRecord',
  versions: [0, 3],
  fields: {
    brokerId: int32(),
    brokerEpoch: int64(),
    /** -1 unfences, 0 leaves, 1 fences. */
    fenced: int8({ tag: 0 }),
    /** 0 leaves, 1 begins. */
    inControlledShutdown: int8({ since: 1, tag: 1, ignorable: true }),
    logDirs: arrayOf(uuid(), { since: 2, tag: 2, ignorable: true }),
    cordonedLogDirs: arrayOf(uuid(), { since: 3, nullable: 3, absent: null, tag: 3, ignorable: true }),
  },
})

export const RegisterControllerRecord = metadataRecord({
  type: 27,
  name: 'RegisterControllerRecord',
  versions: [0, 0],
  fields: {
    controllerId: int32(),
    incarnationId: uuid(),
    zkMigrationReady: bool(),
    endPoints: array({
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
  },
})
