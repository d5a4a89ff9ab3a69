import { type AclOperation, aclOperation } from '../security/index.ts'

function bits(...names: AclOperation[]): number {
  return names.reduce((sum, name) => sum | (1 << aclOperation[name]), 0)
}

const operations = {
  topic: ['read', 'write', 'create', 'delete', 'alter', 'describe', 'describeConfigs', 'alterConfigs'],
  cluster: ['create', 'alter', 'describe', 'clusterAction', 'describeConfigs', 'alterConfigs', 'idempotentWrite'],
  group: ['read', 'delete', 'describe', 'describeConfigs', 'alterConfigs'],
} as const satisfies Record<string, readonly AclOperation[]>

/** Those that `may` allows, as a set of bits (KIP-430). */
export function authorizedOn(resource: keyof typeof operations, may: (operation: AclOperation) => boolean): number {
  return bits(...operations[resource].filter(may))
}

/** Everything that can be allowed on a resource: what a node without an authorizer answers (KIP-430). */
export const allOperations = {
  topic: bits(...operations.topic),
  cluster: bits(...operations.cluster),
  group: bits(...operations.group),
} as const

/** The field's "was not asked for". */
export const OPERATIONS_NOT_ASKED = -2147483648
