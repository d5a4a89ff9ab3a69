import type { Token } from '../../../runtime/index.ts'

/** A way of assigning that a member supports, and what it says in it; in the member's order of preference. */
export interface ClassicProtocol {
  readonly name: string
  readonly metadata: Uint8Array
}

export const NO_ASSIGNMENT = new Uint8Array(0)

/** A member of a classic group. Everything but its place in the last written GroupMetadata record is soft. */
export class ClassicMember {
  readonly id: string
  readonly instanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly protocolType: string
  rebalanceTimeoutMs: number
  sessionTimeoutMs: number
  protocols: readonly ClassicProtocol[]
  assignment: Uint8Array
  /** Who waits for this member's JoinGroup; change it through the group, which counts. */
  joinToken: Token | null = null
  /** Version of the JoinGroup that waits: its answer's shape depends on it. */
  joinVersion = 0
  syncToken: Token | null = null
  /** Has not been part of a generation: it is given a fixed time to be there, whatever its session timeout. */
  isNew = false

  constructor(
    m: Pick<
      ClassicMember,
      | 'id'
      | 'instanceId'
      | 'clientId'
      | 'clientHost'
      | 'protocolType'
      | 'rebalanceTimeoutMs'
      | 'sessionTimeoutMs'
      | 'protocols'
      | 'assignment'
    >,
  ) {
    this.id = m.id
    this.instanceId = m.instanceId
    this.clientId = m.clientId
    this.clientHost = m.clientHost
    this.protocolType = m.protocolType
    this.rebalanceTimeoutMs = m.rebalanceTimeoutMs
    this.sessionTimeoutMs = m.sessionTimeoutMs
    this.protocols = m.protocols
    this.assignment = m.assignment
  }

  /** A member that waits for an answer is alive without heartbeats. */
  get isWaiting(): boolean {
    return !this.isNew && (this.joinToken !== null || this.syncToken !== null)
  }

  metadataFor(protocol: string): Uint8Array | null {
    return this.protocols.find((one) => one.name === protocol)?.metadata ?? null
  }

  /** Whether joining with these protocols would change nothing. */
  matches(protocols: readonly ClassicProtocol[]): boolean {
    return (
      protocols.length === this.protocols.length &&
      protocols.every(
        (one, i) => one.name === this.protocols[i]!.name && equalBytes(one.metadata, this.protocols[i]!.metadata),
      )
    )
  }

  /** The first of its protocols that everybody supports. */
  vote(candidates: ReadonlySet<string>): string {
    const choice = this.protocols.find((one) => candidates.has(one.name))
    if (choice === undefined) throw new Error(`member ${this.id} supports none of the group's protocols`)
    return choice.name
  }
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}

/** Names are unique; of two with one name the first counts. */
export function uniqueProtocols(protocols: readonly ClassicProtocol[]): readonly ClassicProtocol[] {
  const seen = new Set<string>()
  return protocols.filter(({ name }) => !seen.has(name) && seen.add(name))
}
