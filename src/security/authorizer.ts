import {
  type Acl,
  type AclOperation,
  type AclResource,
  AclTable,
  type Asker,
  aclOperation,
  aclResource,
} from './acl.ts'

/** Decisions that are kept; beyond it all are forgotten. */
const DECISIONS_MAX = 10_000

export interface AuthorizerOptions {
  /** `User:CN=admin,O=io.strimzi`: may do everything. */
  readonly superUsers: ReadonlySet<string>
  /** allow.everyone.if.no.acl.found */
  readonly allowsWithoutAcl: boolean
}

/**
 * Who may do what, as Apache Kafka's StandardAuthorizer decides it: super users everything; a denial beats an allowance;
 * without a fitting ACL nothing, unless the resource has none at all and `allowsWithoutAcl`. Until ACLs were given to
 * {@link Authorizer.use} only super users may anything.
 */
export class Authorizer {
  readonly #options: AuthorizerOptions
  #table: AclTable | null = null
  readonly #decisions = new Map<string, boolean>()

  constructor(options: AuthorizerOptions) {
    this.#options = options
  }

  /** All ACLs there are from now on. */
  use(acls: Iterable<Acl>): void {
    this.#table = new AclTable(acls)
    this.#decisions.clear()
  }

  may(asker: Asker, operation: AclOperation, type: AclResource, name: string): boolean {
    if (this.#options.superUsers.has(asker.principal)) return true
    if (this.#table === null) return false
    const { host, principal } = asker
    // The lengths keep apart what hostile names would run together.
    const key = `${operation} ${type} ${host.length} ${principal.length} ${host}${principal}${name}`
    const known = this.#decisions.get(key)
    if (known !== undefined) return known
    const found = this.#table.find(asker, aclOperation[operation], aclResource[type], name)
    const decision = found === 'allowed' || (found === 'none' && this.#options.allowsWithoutAcl)
    if (this.#decisions.size >= DECISIONS_MAX) this.#decisions.clear()
    this.#decisions.set(key, decision)
    return decision
  }

  /** Whether there is any resource of the type that may be used so. */
  mayAny(asker: Asker, operation: AclOperation, type: AclResource): boolean {
    // Apache Kafka asks for a name that nobody has first, for the sake of super users and of clusters without ACLs.
    return (
      this.may(asker, operation, type, 'hardcode') ||
      this.#table?.findAny(asker, aclOperation[operation], aclResource[type]) === true
    )
  }
}

/** `super.users`: principals separated by semicolons, since names hold commas. Or what is wrong with it. */
export function superUsersOf(text: string): ReadonlySet<string> | { readonly error: string } {
  const users = text
    .split(';')
    .map((user) => user.trim())
    .filter((user) => user !== '')
  const bad = users.find((user) => user.indexOf(':') < 1)
  if (bad !== undefined) return { error: `expected a string in format principalType:principalName but got ${bad}` }
  return new Set(users)
}

/** An address as Java's `getHostAddress` writes it, which ACLs are compared with: IPv6 in eight groups. */
export function aclHost(host: string): string {
  if (!host.includes(':')) return host
  const [head = '', tail] = host.split('%')[0]!.split('::')
  const groups = (text: string) => (text === '' ? [] : text.split(':'))
  const [front, back] = [groups(head), groups(tail ?? '')]
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - front.length - back.length }, () => '0')
  return [...front, ...zeros, ...back].map((group) => Number.parseInt(group, 16).toString(16)).join(':')
}
