import { Writer } from '../../../bytes/index.ts'
import {
  ConsumerProtocolSubscription,
  type Heartbeat,
  type JoinGroup,
  type LeaveGroup,
  type RequestOf,
  type ResponseIn,
  type SyncGroup,
  versionPrefixed,
} from '../../../protocol/index.ts'
import { type Asked, client, GroupWorld } from '../harness.ts'

export type JoinAnswer = ResponseIn<typeof JoinGroup>

export interface JoinOptions {
  readonly memberId?: string
  readonly instanceId?: string
  readonly clientId?: string
  readonly version?: number
  readonly protocolType?: string
  /** Name to metadata text. */
  readonly protocols?: Record<string, string> | readonly { name: string; metadata: Uint8Array }[]
  readonly sessionTimeoutMs?: number
  readonly rebalanceTimeoutMs?: number
  readonly groupId?: string
}

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
export const textOf = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes as Uint8Array)

/** The metadata of a Java consumer with these topics. */
export function subscription(...topics: string[]): Uint8Array {
  return versionPrefixed(ConsumerProtocolSubscription, { topics }, 1)
}

/** Members of the classic protocol, as a test speaks for them. */
export class ClassicWorld extends GroupWorld {
  join(o: JoinOptions = {}): Asked<'joinGroup'> {
    const protocols = o.protocols ?? { range: 'm' }
    const request: RequestOf<typeof JoinGroup> = {
      groupId: o.groupId ?? 'g',
      sessionTimeoutMs: o.sessionTimeoutMs ?? 10_000,
      rebalanceTimeoutMs: o.rebalanceTimeoutMs ?? 60_000,
      memberId: o.memberId ?? '',
      groupInstanceId: o.instanceId ?? null,
      protocolType: o.protocolType ?? 'consumer',
      protocols: Array.isArray(protocols)
        ? protocols
        : Object.entries(protocols).map(([name, text]) => ({ name, metadata: bytesOf(text) })),
      reason: null,
    }
    return this.ask('joinGroup', { client: client(o.clientId ?? 'c', o.version ?? 9), request })
  }

  /** A member id for somebody without one. */
  memberId(o: JoinOptions = {}): string {
    return this.join(o).answer!.memberId!
  }

  sync(
    memberId: string,
    generationId: number,
    assignments: Record<string, string> = {},
    o: Partial<RequestOf<typeof SyncGroup>> = {},
  ): Asked<'syncGroup'> {
    const request = {
      groupId: 'g',
      generationId,
      memberId,
      groupInstanceId: null,
      protocolType: null,
      protocolName: null,
      assignments: Object.entries(assignments).map(([id, text]) => ({ memberId: id, assignment: bytesOf(text) })),
      ...o,
    }
    const isNamed = request.protocolType !== null && request.protocolName !== null
    return this.ask('syncGroup', { client: client('c', isNamed ? 5 : 4), request })
  }

  heartbeat(memberId: string, generationId: number, o: Partial<RequestOf<typeof Heartbeat>> = {}): number {
    const request = { groupId: 'g', generationId, memberId, groupInstanceId: null, ...o }
    return this.tell('heartbeat', { client: client('c', 4), request }).errorCode!
  }

  leave(members: RequestOf<typeof LeaveGroup>['members'], groupId = 'g'): (number | undefined)[] {
    const request = { groupId, memberId: '', members }
    const answer = this.tell('leaveGroup', { client: client('c', 5), request })
    return answer.members!.map(({ errorCode }) => errorCode)
  }

  leaveOne(memberId: string): number | undefined {
    return this.leave([{ memberId, groupInstanceId: null, reason: null }])[0]
  }

  /** Dynamic members that went through a whole first rebalance; the first leads. */
  stable(count: number, o: JoinOptions = {}): { ids: string[]; generation: number } {
    const ids = Array.from({ length: count }, () => this.memberId(o))
    const joins = ids.map((memberId) => this.join({ ...o, memberId }))
    this.clock.advance(this.config.initialRebalanceDelayMs * 2)
    const generation = joins[0]!.answer!.generationId!
    const syncs = ids.slice(1).map((id) => this.sync(id, generation))
    this.sync(ids[0]!, generation, Object.fromEntries(ids.map((id, i) => [id, `part ${i}`])))
    for (const sync of syncs) if (sync.answer?.errorCode !== 0) throw new Error('the group did not become stable')
    return { ids, generation }
  }

  state(groupId = 'g'): string {
    return this.describe(groupId).groupState!
  }

  describe(groupId = 'g') {
    return this.tell('describeClassic', { groupIds: [groupId], apiVersion: 6 })[0]!
  }
}

/** The bytes of a message without its codec's help. */
export function int16(value: number): Uint8Array {
  const w = new Writer()
  w.int16(value)
  return w.toBytes()
}
