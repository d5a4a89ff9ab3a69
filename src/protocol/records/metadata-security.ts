/** ACLs, SCRAM credentials and delegation tokens in `__cluster_metadata`. */

import { arrayOf, bytes, int8, int32, int64, string, uuid } from '../schema/index.ts'
import { metadataRecord } from './metadata-record.ts'

export const AccessControlEntryRecord = metadataRecord({
  type: 18,
  name: 'AccessControlEntryRecord',
  versions: [0, 0],
  fields: {
    id: uuid(),
    resourceType: int8(),
    resourceName: string(),
    patternType: int8(),
    principal: string(),
    host: string(),
    operation: int8(),
    permissionType: int8(),
  },
})

export const RemoveAccessControlEntryRecord = metadataRecord({
  type: 19,
  name: 'RemoveAccessControlEntryRecord',
  versions: [0, 0],
  fields: {
    id: uuid(),
  },
})

export const UserScramCredentialRecord = metadataRecord({
  type: 11,
  name: 'UserScramCredentialRecord',
  versions: [0, 0],
  fields: {
    name: string(),
    mechanism: int8(),
    salt: bytes(),
    storedKey: bytes(),
    serverKey: bytes(),
    iterations: int32(),
  },
})

export const RemoveUserScramCredentialRecord = metadataRecord({
  type: 22,
  name: 'RemoveUserScramCredentialRecord',
  versions: [0, 0],
  fields: {
    name: string(),
    mechanism: int8(),
  },
})

export const DelegationTokenRecord = metadataRecord({
  type: 10,
  name: 'DelegationTokenRecord',
  versions: [0, 0],
  fields: {
    owner: string(),
    requester: string(),
    renewers: arrayOf(string()),
    issueTimestamp: int64(),
    maxTimestamp: int64(),
    expirationTimestamp: int64(),
    tokenId: string(),
  },
})

export const RemoveDelegationTokenRecord = metadataRecord({
  type: 26,
  name: 'RemoveDelegationTokenRecord',
  versions: [0, 0],
  fields: {
    tokenId: string(),
  },
})
