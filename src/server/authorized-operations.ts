/** AclOperation codes. */
const operation = {
  read: 3,
  write: 4,
  create: 5,
  delete: 6,
  alter: 7,
  describe: 8,
  clusterAction: 9,
  describeConfigs: 10,
  alterConfigs: 11,
  idempotentWrite: 12,
} as const

type Operation = keyof typeof operation

function bits(...names: Operation[]): number {
  return names.reduce((sum, name) => sum | (1 << operation[name]), 0)
}

/** Everything that can be allowed on a resource: what a node without an authorizer answers (KIP-430). */
export const allOperations = {
  topic: bits('read', 'write', 'create', 'delete', 'alter', 'describe', 'describeConfigs', 'alterConfigs'),
  cluster: bits('create', 'alter', 'describe', 'clusterAction', 'describeConfigs', 'alterConfigs', 'idempotentWrite'),
  group: bits('read', 'delete', 'describe', 'describeConfigs', 'alterConfigs'),
} as const

/** The field's "was not asked for". */
export const OPERATIONS_NOT_ASKED = -2147483648
