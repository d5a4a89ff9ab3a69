import { CreateAcls, DeleteAcls, DescribeAcls } from '../../protocol/index.ts'
import { check, clientError } from '../errors.ts'
import type { CallOptions, Cluster } from '../network/cluster.ts'

/** Codes of Kafka's `ResourceType`, `PatternType`, `AclOperation` and `AclPermissionType`. */
const resourceTypes = { topic: 2, group: 3, cluster: 4, transactionalId: 5 } as const
const patternTypes = { literal: 3, prefix: 4 } as const
const operations = {
  All: 2,
  Read: 3,
  Write: 4,
  Create: 5,
  Delete: 6,
  Alter: 7,
  Describe: 8,
  ClusterAction: 9,
  DescribeConfigs: 10,
  AlterConfigs: 11,
  IdempotentWrite: 12,
  TwoPhaseCommit: 15,
} as const
const types = { deny: 2, allow: 3 } as const
const any = 1

export interface AclBinding {
  /** `User:CN=app`. */
  readonly principal: string
  readonly resourceType: keyof typeof resourceTypes
  /** `kafka-cluster` for the cluster. */
  readonly name: string
  readonly patternType: keyof typeof patternTypes
  /** `*`: from anywhere. */
  readonly host: string
  readonly operation: string
  readonly type: keyof typeof types
}

const nameOf = <N extends string>(table: Readonly<Record<N, number>>, code: number): N | null =>
  (Object.keys(table) as N[]).find((name) => table[name] === code) ?? null

function operationCode(name: string): number {
  const code = (operations as Readonly<Record<string, number>>)[name]
  if (code === undefined) {
    throw clientError('INVALID_ARGUMENT', `${name} is no operation; there are ${Object.keys(operations).join(', ')}`)
  }
  return code
}

/** What is left out may be anything. `match`: all that apply to a resource of that name, by name, prefix or `*`. */
export interface AclFilter extends Partial<Omit<AclBinding, 'patternType'>> {
  readonly patternType?: AclBinding['patternType'] | 'any' | 'match'
}

const MATCH = 2

function filterOf(filter: AclFilter) {
  const { patternType = 'any' } = filter
  return {
    resourceTypeFilter: filter.resourceType === undefined ? any : resourceTypes[filter.resourceType],
    resourceNameFilter: filter.name ?? null,
    patternTypeFilter: patternType === 'any' ? any : patternType === 'match' ? MATCH : patternTypes[patternType],
    principalFilter: filter.principal ?? null,
    hostFilter: filter.host ?? null,
    operation: filter.operation === undefined ? any : operationCode(filter.operation),
    permissionType: filter.type === undefined ? any : types[filter.type],
  }
}

/** All of them but those about kinds of things that this client does not know. SECURITY_DISABLED without an authorizer. */
export async function describeAcls(
  cluster: Cluster,
  o: CallOptions & { readonly filter?: AclFilter },
): Promise<AclBinding[]> {
  const asked = filterOf(o.filter ?? {})
  return cluster.retry('DescribeAcls', o, async () => {
    const answer = await cluster.ask('any', DescribeAcls, asked)
    check(answer.errorCode, answer.errorMessage)
    return answer.resources.flatMap((r) =>
      r.acls.flatMap((acl): AclBinding[] => {
        const resourceType = nameOf(resourceTypes, r.resourceType)
        const patternType = nameOf(patternTypes, r.patternType)
        const operation = nameOf(operations, acl.operation)
        const type = nameOf(types, acl.permissionType)
        if (!resourceType || !patternType || !operation || !type) return []
        return [
          {
            principal: acl.principal,
            resourceType,
            name: r.resourceName,
            patternType,
            host: acl.host,
            operation,
            type,
          },
        ]
      }),
    )
  })
}

const wire = (acl: AclBinding) => ({
  principal: acl.principal,
  host: acl.host,
  operation: operationCode(acl.operation),
  permissionType: types[acl.type],
})

/** All or an error; one that is there already is no error. */
export async function createAcls(cluster: Cluster, acls: readonly AclBinding[], o: CallOptions): Promise<void> {
  await cluster.retry('CreateAcls', o, async () => {
    const answer = await cluster.ask('controller', CreateAcls, {
      creations: acls.map((acl) => ({
        ...wire(acl),
        resourceType: resourceTypes[acl.resourceType],
        resourceName: acl.name,
        resourcePatternType: patternTypes[acl.patternType],
      })),
    })
    for (const r of answer.results) check(r.errorCode, r.errorMessage)
  })
}

/** All that any of the filters finds. */
export async function deleteAclsOf(cluster: Cluster, filters: readonly AclFilter[], o: CallOptions): Promise<void> {
  const asked = filters.map(filterOf)
  await cluster.retry('DeleteAcls', o, async () => {
    const answer = await cluster.ask('controller', DeleteAcls, { filters: asked })
    for (const r of answer.filterResults) check(r.errorCode, r.errorMessage)
  })
}

/** Exactly these; one that is not there is no error. */
export async function deleteAcls(cluster: Cluster, acls: readonly AclBinding[], o: CallOptions): Promise<void> {
  await cluster.retry('DeleteAcls', o, async () => {
    const answer = await cluster.ask('controller', DeleteAcls, {
      filters: acls.map((acl) => {
        const { principal, host, operation, permissionType } = wire(acl)
        return {
          resourceTypeFilter: resourceTypes[acl.resourceType],
          resourceNameFilter: acl.name,
          patternTypeFilter: patternTypes[acl.patternType],
          principalFilter: principal,
          hostFilter: host,
          operation,
          permissionType,
        }
      }),
    })
    for (const r of answer.filterResults) check(r.errorCode, r.errorMessage)
  })
}
