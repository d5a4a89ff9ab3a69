import assert from 'node:assert/strict'
import type { QuorumNode, StoredBatch } from './quorum-node.ts'
import { isSameReplica, isVoter } from './state.ts'
import type { ReplicaKey, Voter } from './types.ts'

/**
 * What must hold at every instant of a quorum (reliability: K1–K8, K10). It sees all nodes and disks at once, and throws
 * at the first thing that cannot be.
 */
export class QuorumChecks {
  /** All batches that any node has called committed, in order. */
  readonly committed: StoredBatch[] = []
  readonly #leaders = new Map<number, string>()
  readonly #votes = new Map<string, string>()
  readonly #nodes: () => readonly QuorumNode[]
  #committedEnd = 0
  elections = 0

  constructor(nodes: () => readonly QuorumNode[]) {
    this.#nodes = nodes
  }

  get committedEnd(): number {
    return this.#committedEnd
  }

  /** K2, K3: one leader in an epoch, and it holds everything that is committed. */
  elected(node: QuorumNode, epoch: number): void {
    const before = this.#leaders.get(epoch)
    assert.ok(before === undefined, `two leaders in epoch ${epoch}: ${before} and ${node.name}`)
    this.#leaders.set(epoch, node.name)
    this.elections++
    assert.ok(
      node.endOffset >= this.#committedEnd,
      `${node.name} leads epoch ${epoch} with ${node.endOffset} of ${this.#committedEnd} committed offsets`,
    )
    this.#isPrefix(node, this.#committedEnd)
  }

  /** K1, K4, K5: committed batches never change, and a majority has them on disk. */
  sawCommitted(node: QuorumNode, offset: number, isLeader: boolean): void {
    assert.ok(offset <= node.endOffset, `${node.name} commits ${offset} with a log that ends at ${node.endOffset}`)
    for (const batch of node.batchesFrom(this.#committedEnd)) {
      if (batch.end > offset) break
      assert.equal(batch.base, this.#committedEnd, `${node.name}: a hole before ${batch.base}`)
      this.committed.push(batch)
      this.#committedEnd = batch.end
    }
    this.#isPrefix(node, offset)
    const { role } = node.state
    if (!isLeader || role.kind !== 'leader') return
    assert.ok(offset > role.epochStartOffset, `${node.name} commits ${offset} without a record of its own epoch`)
    const { voters } = node.state.history
    const holders = voters.filter((v) => this.#holds(v, offset))
    assert.ok(
      holders.length * 2 > voters.length,
      `${node.name} commits ${offset} in epoch ${node.state.epoch}, on the disks of ${holders.length} of ${voters.length}`,
    )
  }

  #holds(voter: Voter, offset: number): boolean {
    const node = this.#nodes().find((n) => isSameReplica(n.key, voter.key))
    if (node === undefined || node.flushedOffset < offset) return false
    const last = this.committed.findLast((b) => b.end <= offset)
    if (last === undefined || node.startOffset >= last.end) return true
    const own = node.batchesFrom(last.base)[0]
    return own !== undefined && own.base === last.base && own.epoch === last.epoch && own.value === last.value
  }

  /** The node's log below `offset` is what was committed. Compares from the newest on: logs match, so that is enough. */
  #isPrefix(node: QuorumNode, offset: number): void {
    for (let i = this.committed.length - 1, compared = 0; i >= 0 && compared < 20; i--) {
      const batch = this.committed[i]!
      if (batch.end > offset || batch.base < node.startOffset) continue
      const own = node.batchesFrom(batch.base)[0]
      const isSame = own !== undefined && own.base === batch.base && own.end === batch.end
      assert.ok(
        isSame && own.epoch === batch.epoch && own.value === batch.value,
        `${node.name} differs at ${batch.base}: ${JSON.stringify(own)} for ${JSON.stringify(batch)}`,
      )
      compared++
    }
  }

  /** K10: a replica votes for one candidate in an epoch, across its restarts. */
  voted(node: QuorumNode, epoch: number, candidate: ReplicaKey): void {
    const name = `${node.name} in ${epoch}`
    const before = this.#votes.get(name)
    const now = `${candidate.id}@${candidate.directoryId}`
    assert.ok(before === undefined || before === now, `${name} voted for ${before} and ${now}`)
    this.#votes.set(name, now)
  }

  /** K8: one voter comes or goes at a time, when the change before is committed and the leader knows what is. */
  votersChanged(node: QuorumNode, before: readonly Voter[], after: readonly Voter[], beforeAt: number): void {
    const [old, now] = [namesOf(before), namesOf(after)]
    const changed = [...[...old].filter((n) => !now.has(n)), ...[...now].filter((n) => !old.has(n))]
    if (changed.length === 0) return
    assert.ok(changed.length === 1, `${node.name} changes ${changed.join(', ')} at once`)
    assert.ok(beforeAt < this.#committedEnd, `${node.name} changes voters again: ${beforeAt} is not committed`)
    const { role, highWatermark } = node.state
    const isSure = role.kind === 'leader' && highWatermark > role.epochStartOffset
    assert.ok(isSure, `${node.name} changes voters before it knows what is committed`)
  }

  /** K9: the voters in force are what snapshot and log say. */
  votersAgree(node: QuorumNode): void {
    const inForce = [...namesOf(node.state.history.voters)].sort().join()
    const stored = [...namesOf(node.storedVoters())].sort().join()
    assert.equal(inForce, stored, `${node.name} counts other voters than its log has`)
  }

  /** K6, K9 at rest: every log is the same up to the commit. */
  sameEverywhere(): void {
    for (const node of this.#nodes()) {
      if (!node.isUp) continue
      this.votersAgree(node)
      if (node.state.role.kind === 'leader') assert.ok(isVoter(node.state), `${node.name} leads and is no voter`)
      assert.ok(node.endOffset >= this.#committedEnd, `${node.name} ends at ${node.endOffset} of ${this.#committedEnd}`)
      for (const batch of this.committed) {
        if (batch.base < node.startOffset) continue
        const own = node.batchesFrom(batch.base)[0]
        assert.ok(own?.epoch === batch.epoch && own.value === batch.value, `${node.name} differs at ${batch.base}`)
      }
    }
  }
}

function namesOf(voters: readonly Voter[]): Set<string> {
  return new Set(voters.map((v) => `${v.key.id}@${v.key.directoryId}`))
}
