/** AclOperation codes. */
export const aclOperation = Object.freeze({
  all: 2,
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
  twoPhaseCommit: 15,
})
export type AclOperation = keyof typeof aclOperation

/** ResourceType codes. */
export const aclResource = Object.freeze({ topic: 2, group: 3, cluster: 4, transactionalId: 5 })
export type AclResource = keyof typeof aclResource

/** The only name of the cluster resource. */
export const CLUSTER_NAME = 'kafka-cluster'

const pattern = Object.freeze({ literal: 3, prefixed: 4 })
const permission = Object.freeze({ deny: 2, allow: 3 })
const WILDCARD = '*'
const WILDCARD_PRINCIPAL = 'User:*'

/** What may imply DESCRIBE and DESCRIBE_CONFIGS, when it is allowed: never when it is denied. */
const impliesDescribe: ReadonlySet<number> = new Set([
  ...[aclOperation.describe, aclOperation.read, aclOperation.write, aclOperation.delete, aclOperation.alter],
])
const impliesDescribeConfigs: ReadonlySet<number> = new Set([aclOperation.describeConfigs, aclOperation.alterConfigs])

export interface Acl {
  readonly resourceType: number
  readonly resourceName: string
  readonly patternType: number
  readonly principal: string
  readonly host: string
  readonly operation: number
  readonly permissionType: number
}

/** Who asks, as ACLs name him. */
export interface Asker {
  /** `User:anna` */
  readonly principal: string
  /** Textual address, IPv6 as Java writes it. */
  readonly host: string
}

/** The ACLs of one resource type: by literal name, and by prefix with the lengths that occur. */
interface Section {
  readonly literal: Map<string, Acl[]>
  readonly prefixed: Map<string, Acl[]>
  readonly prefixLengths: number[]
}

/** All ACLs, found by the name of a resource: its own, `*`, and the prefixes of it. */
export class AclTable {
  readonly #sections = new Map<number, Section>()

  constructor(acls: Iterable<Acl>) {
    const lengths = new Map<number, Set<number>>()
    for (const acl of acls) {
      let section = this.#sections.get(acl.resourceType)
      if (section === undefined) {
        section = { literal: new Map(), prefixed: new Map(), prefixLengths: [] }
        this.#sections.set(acl.resourceType, section)
        lengths.set(acl.resourceType, new Set())
      }
      const isPrefixed = acl.patternType === pattern.prefixed
      const byName = isPrefixed ? section.prefixed : section.literal
      const there = byName.get(acl.resourceName)
      if (there === undefined) byName.set(acl.resourceName, [acl])
      else there.push(acl)
      if (isPrefixed) lengths.get(acl.resourceType)!.add(acl.resourceName.length)
    }
    for (const [type, section] of this.#sections) section.prefixLengths.push(...lengths.get(type)!)
  }

  /** `denied` beats all; `silent`: there are ACLs on the resource, none of them for the asker; `none`: there are none. */
  find(asker: Asker, operation: number, type: number, name: string): 'allowed' | 'denied' | 'silent' | 'none' {
    const section = this.#sections.get(type)
    if (section === undefined) return 'none'
    let found: 'allowed' | 'silent' | 'none' = 'none'
    for (const acls of aclsOn(section, name)) {
      if (found === 'none') found = 'silent'
      for (const acl of acls) {
        if (!concerns(acl, asker, operation)) continue
        if (acl.permissionType === permission.deny) return 'denied'
        found = 'allowed'
      }
    }
    return found
  }

  /** Whether some resource of the type, whichever, may be used so: an allowance that no denial covers. */
  findAny(asker: Asker, operation: number, type: number): boolean {
    const section = this.#sections.get(type)
    if (section === undefined) return false
    const concerned = (acls: readonly Acl[], wanted: number) =>
      acls.some((acl) => acl.permissionType === wanted && concerns(acl, asker, operation))
    if (concerned(section.literal.get(WILDCARD) ?? [], permission.deny)) return false
    const deniedPrefixes = [...section.prefixed]
      .filter(([, acls]) => concerned(acls, permission.deny))
      .map(([prefix]) => prefix)
    const isCovered = (name: string) => deniedPrefixes.some((prefix) => name.startsWith(prefix))
    for (const [name, acls] of section.literal) {
      if (!concerned(acls, permission.allow)) continue
      if (name === WILDCARD || (!concerned(acls, permission.deny) && !isCovered(name))) return true
    }
    for (const [prefix, acls] of section.prefixed) {
      if (concerned(acls, permission.allow) && !isCovered(prefix)) return true
    }
    return false
  }
}

function* aclsOn(section: Section, name: string): Generator<readonly Acl[]> {
  const own = section.literal.get(name)
  if (own !== undefined) yield own
  const all = name === WILDCARD ? undefined : section.literal.get(WILDCARD)
  if (all !== undefined) yield all
  for (const length of section.prefixLengths) {
    if (length > name.length) continue
    const prefixed = section.prefixed.get(name.slice(0, length))
    if (prefixed !== undefined) yield prefixed
  }
}

function concerns(acl: Acl, { principal, host }: Asker, operation: number): boolean {
  if (acl.principal !== principal && !(acl.principal === WILDCARD_PRINCIPAL && principal.startsWith('User:')))
    return false
  if (acl.host !== WILDCARD && acl.host !== host) return false
  if (acl.operation === aclOperation.all || acl.operation === operation) return true
  if (acl.permissionType !== permission.allow) return false
  if (operation === aclOperation.describe) return impliesDescribe.has(acl.operation)
  return operation === aclOperation.describeConfigs && impliesDescribeConfigs.has(acl.operation)
}
