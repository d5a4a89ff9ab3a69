import assert from 'node:assert/strict'
import type { QuorumNode } from './quorum-node.ts'
import { QuorumWorld } from './quorum-world.ts'
import { type Destination, isVoter } from './state.ts'
import type { step } from './step.ts'
import type { Voter } from './types.ts'

export interface RunReport {
  readonly seed: number
  readonly elections: number
  readonly committed: number
  readonly voterChanges: number
  readonly crashes: number
  /** Virtual time from the last fault until a record of every up node's log was committed everywhere. */
  readonly healedMs: number
}

export interface RunOptions {
  readonly step?: typeof step
  readonly trace?: (line: string) => void
}

/** Virtual time within which a quorum whose faults have ended must elect, catch up and commit. */
const healingMsMax = 12_000

/**
 * One life of a quorum: work and faults for a while, both chosen by the seed, then peace. Throws when something happened
 * that cannot be, or when peace does not bring progress.
 */
export function runSeed(seed: number, o: RunOptions = {}): RunReport {
  const w = new QuorumWorld(seed)
  w.isTraced = o.trace !== undefined
  try {
    return new Run(w, seed, o).run()
  } catch (thrown) {
    for (const line of w.trace.slice(-400)) o.trace?.(line)
    throw new Error(`seed ${seed}: ${(thrown as Error).message}`, { cause: thrown })
  }
}

const directories = ['lJNiOm5TR2GFjkqbYVJP0A', 'commlsOaXbXwFKoJiPnfIw', '8-2SxgkRR12GKyQlsrKX_w']

class Run {
  readonly #w: QuorumWorld
  readonly #seed: number
  readonly #options: RunOptions
  readonly #voterCount: number
  readonly #kraftVersion: number
  readonly #bootstrap: Destination[]
  readonly #voters: Voter[]
  readonly #hasVoterChanges: boolean
  readonly #hasCrashes: boolean
  readonly #hasCuts: boolean
  #values = 0
  #changes = 0
  #crashes = 0
  #hasWiped = false

  constructor(w: QuorumWorld, seed: number, options: RunOptions) {
    this.#w = w
    this.#seed = seed
    this.#options = options
    const voterCount = [3, 3, 3, 5, 1, 2][w.below(6)]!
    const observers = w.below(3)
    this.#voterCount = voterCount
    this.#kraftVersion = w.random() < 0.75 ? 1 : 0
    this.#hasVoterChanges = this.#kraftVersion === 1 && w.random() < 0.6
    this.#hasCrashes = w.random() < 0.8
    this.#hasCuts = w.random() < 0.7
    this.#bootstrap = [-2, -3].map((id, i) => ({ id, host: 'localhost', port: 9001 + i }))
    this.#voters = Array.from({ length: voterCount }, (_, i) => ({
      key: { id: i + 1, directoryId: this.#kraftVersion === 1 ? `${directories[0]}` : null },
      endpoints: [{ name: 'CONTROLLER', host: 'localhost', port: 9001 + i }],
      kraftVersions: { min: 0, max: 1 },
    }))
    for (let id = 1; id <= voterCount + observers; id++) {
      this.#add(id, directories[0]!, id <= voterCount ? this.#voters : this.#kraftVersion === 1 ? [] : this.#voters)
    }
  }

  #add(id: number, directoryId: string, voters: readonly Voter[]): QuorumNode {
    return this.#w.add({
      id,
      directoryId,
      voters,
      kraftVersion: voters.length > 0 ? this.#kraftVersion : 0,
      bootstrap: this.#bootstrap,
      joinsItself: this.#hasVoterChanges,
      ...(this.#options.step === undefined ? {} : { step: this.#options.step }),
    })
  }

  run(): RunReport {
    const w = this.#w
    for (const node of w.nodes) w.at(w.nowMs + w.random() * 300, () => node.start())
    if (this.#hasCrashes) w.onPromise = (node) => this.#maybeCutPower(node)
    w.faults = {
      loss: w.random() < 0.5 ? w.random() * 0.15 : 0,
      duplication: w.random() < 0.3 ? 0.1 : 0,
      delayMsMax: [1, 5, 50, 300][w.below(4)]!,
      diskMsMax: [1, 10, 100][w.below(3)]!,
    }
    const untilMs = w.nowMs + 4_000 + w.random() * 12_000
    while (w.nowMs < untilMs) {
      this.#act()
      w.run(w.random() * 120)
    }
    const healedMs = this.#heal()
    return {
      seed: this.#seed,
      elections: w.checks.elections,
      committed: w.checks.committedEnd,
      voterChanges: this.#changes,
      crashes: this.#crashes,
      healedMs,
    }
  }

  #act(): void {
    const w = this.#w
    const draw = w.random()
    const up = w.nodes.filter((n) => n.isUp)
    const any = up[w.below(Math.max(up.length, 1))]
    if (draw < (this.#hasVoterChanges ? 0.4 : 0.6)) return this.#propose()
    if (any === undefined) return
    if (any.state.logWork === null) w.checks.votersAgree(any)
    if (draw < 0.55 && this.#hasVoterChanges) return this.#changeVoters()
    if (draw < 0.7) return any.takeSnapshot(w.random() < 0.5)
    if (draw < 0.78 && this.#hasCrashes) return this.#crash(any)
    if (draw < 0.88 && this.#hasCuts) return this.#cut()
    if (draw < 0.9) {
      const { leader } = w
      if (w.random() < 0.3) leader?.event({ kind: 'resign' })
      return
    }
    if (draw < 0.98 && this.#hasVoterChanges) return this.#changeVoters()
    if (this.#hasVoterChanges && this.#hasCrashes && !this.#hasWiped) this.#wipe()
  }

  #propose(): void {
    for (const node of this.#w.nodes) {
      if (node.isUp && node.state.role.kind === 'leader') node.propose(`v${this.#values++}`)
    }
  }

  #crash(node: QuorumNode): void {
    const w = this.#w
    this.#crashes++
    node.stop(w.random() < 0.6)
    w.say(() => `crash of ${node.name}`)
    w.at(w.nowMs + 20 + w.random() * w.random() * 4000, () => {
      if (!node.isUp && w.nodes.includes(node)) node.start()
    })
  }

  /** Right when it promises something, and back before the others have forgotten what it said. */
  #maybeCutPower(node: QuorumNode): void {
    const w = this.#w
    if (w.random() > 0.06) return
    const { life } = node
    w.at(w.nowMs + w.random() * w.random() * 20, () => {
      if (node.life !== life || !node.isUp) return
      this.#crashes++
      node.stop(true)
      w.say(() => `power cut of ${node.name}`)
      w.at(w.nowMs + w.random() * 30, () => {
        if (!node.isUp && w.nodes.includes(node)) node.start()
      })
    })
  }

  /** One link, one way of it, or a node from all others; for a while. */
  #cut(): void {
    const w = this.#w
    const ids = [...new Set(w.nodes.map((n) => n.id))]
    const a = ids[w.below(ids.length)]!
    const b = ids[w.below(ids.length)]!
    const kind = w.below(3)
    const pairs = kind === 0 ? [`${a}>${b}`, `${b}>${a}`] : kind === 1 ? [`${a}>${b}`] : []
    if (kind === 2) for (const other of ids) if (other !== a) pairs.push(`${a}>${other}`, `${other}>${a}`)
    w.say(() => `cut ${pairs.join(' ')}`)
    for (const pair of pairs) w.cuts.add(pair)
    w.at(w.nowMs + 100 + w.random() * 5000, () => {
      for (const pair of pairs) w.cuts.delete(pair)
    })
  }

  #changeVoters(): void {
    const w = this.#w
    const { leader } = w
    if (leader === null || this.#hasWiped) return
    const { voters } = leader.state.history
    const outside = w.nodes.filter((n) => n.isUp && voters.every((v) => v.key.id !== n.id))
    const done = (m: { errorCode: number }): void => {
      if (m.errorCode === 0) this.#changes++
    }
    if (w.random() < 0.5 && outside.length > 0) {
      const { key, endpoints } = outside[w.below(outside.length)]!.local
      w.ask(
        leader,
        { api: 'addVoter', clusterId: 'cluster', voter: key, endpoints, timeoutMs: 2000, ackWhenCommitted: true },
        done,
      )
    } else if (voters.length > 1) {
      const { key } = voters[w.below(voters.length)]!
      w.ask(leader, { api: 'removeVoter', clusterId: 'cluster', voter: key }, done)
    }
  }

  /** A voter comes back with an empty disk: another replica under its id, which removes the old and adds itself. */
  #wipe(): void {
    const w = this.#w
    const { leader } = w
    if (leader === null || this.#voterCount < 3) return
    const { history, highWatermark, role } = leader.state
    const isQuiet = history.votersOffset < highWatermark && role.kind === 'leader' && role.change === null
    if (!isQuiet || history.voters.length < 3) return
    const old = w.nodes.find(
      (n) => n.isUp && n !== leader && isVoter(n.state) && history.voters.some((v) => v.key.id === n.id),
    )
    if (old === undefined) return
    this.#hasWiped = true
    old.stop(true)
    w.nodes.splice(w.nodes.indexOf(old), 1)
    w.lost.push(old)
    w.say(() => `${old.name} loses its disk`)
    this.#add(old.id, directories[1]!, []).start()
  }

  /** Everything works again: a leader within bounded time, and one log everywhere. */
  #heal(): number {
    const w = this.#w
    const fromMs = w.nowMs
    w.onPromise = () => undefined
    w.cuts.clear()
    w.faults = { loss: 0, duplication: 0, delayMsMax: 2, diskMsMax: 2 }
    for (const node of w.nodes) if (!node.isUp) node.start()
    const target = w.checks.committedEnd
    let last = ''
    const isWhole = (): boolean =>
      w.checks.committed.some((b) => b.value === last) &&
      w.nodes.every((n) => n.state.highWatermark >= w.checks.committedEnd && n.endOffset === w.checks.committedEnd)
    let nextMs = w.nowMs
    const isDone = (): boolean => {
      const { leader } = w
      if (leader === null) return false
      if (last === '' || !leader.batchesFrom(0).some((b) => b.value === last)) {
        if (w.nowMs < nextMs) return false
        nextMs = w.nowMs + 200
        const value = `end${this.#values++}`
        if (leader.propose(value)) last = value
        return false
      }
      return isWhole()
    }
    // A quorum at rest has no events of its own.
    const pulse = (): void => w.at(w.nowMs + 50, pulse)
    pulse()
    const isHealed = w.run(healingMsMax, isDone)
    const now = w.nodes.map(
      (n) => `${n.name} ${n.state.role.kind} ${n.state.epoch} hw ${n.state.highWatermark} of ${n.endOffset}`,
    )
    assert.ok(isHealed, `no progress after the faults ended (committed ${target}): ${now.join('; ')}`)
    w.checks.sameEverywhere()
    return w.nowMs - fromMs
  }
}
