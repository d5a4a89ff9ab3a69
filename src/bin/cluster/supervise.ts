/**
 * Who of a cluster runs, pure. A node's life:
 *
 *   idle ─spawn▶ starting ─up▶ up ─ended▶ waiting ─wake▶ starting …        while the cluster runs
 *   up ─ask leave▶ leaving ─left▶ gone ─ask stop▶ stopping ─ended▶ over    when it is to stop
 *
 * To stop: all brokers leave while all controllers still decide, then brokers end, then controllers. A node that is not
 * there when its turn comes is passed over.
 */
export interface Member {
  readonly id: number
  readonly name: string
  readonly logFile: string
  readonly isBroker: boolean
  readonly isController: boolean
}

export type Phase = 'idle' | 'starting' | 'up' | 'waiting' | 'leaving' | 'left' | 'stopping' | 'over'

export interface MemberState {
  readonly phase: Phase
  /** Since when it is in this phase. */
  readonly sinceMs: number
  /** Ends in a row, each soon after its start. */
  readonly failures: number
  /** Of `waiting`: when it is started again. */
  readonly wakeMs: number
}

export interface ClusterState {
  readonly members: ReadonlyMap<number, MemberState>
  /** It was up as a whole once: who ends from now on is started again. */
  readonly hasBeenUp: boolean
  readonly stopping: Stopping | null
}

interface Stopping {
  readonly step: 'leave' | 'brokers' | 'controllers' | 'killed'
  /** When patience ends with those who are asked. */
  readonly deadlineMs: number
  readonly exitCode: number
}

export interface Ending {
  readonly code: number | null
  readonly signal: string | null
  /** What it said of its end. */
  readonly reason: string | null
}

export type ClusterEvent =
  | { readonly kind: 'begin' | 'tick' }
  | { readonly kind: 'stop'; readonly exitCode: number }
  | { readonly kind: 'up' | 'left'; readonly id: number }
  | { readonly kind: 'ended'; readonly id: number; readonly how: Ending }

export type ClusterAction =
  | { readonly kind: 'spawn' | 'leave' | 'stop' | 'kill'; readonly id: number }
  | { readonly kind: 'say'; readonly text: string }
  | { readonly kind: 'complain'; readonly text: string }
  | { readonly kind: 'isUp' }
  | { readonly kind: 'wakeAt'; readonly monoMs: number }
  | { readonly kind: 'over'; readonly exitCode: number }

/** An end this long after the start is not for the reason of the one before. */
const STEADY_MS = 30_000
const BACKOFF_FIRST_MS = 500
const BACKOFF_MOST_MS = 30_000
/** Longer than a broker waits for the controller when it leaves. */
const LEAVE_MS = 7_000
const STOP_MS = 15_000

export function newCluster(members: readonly Member[]): ClusterState {
  const idle: MemberState = { phase: 'idle', sinceMs: 0, failures: 0, wakeMs: 0 }
  return { members: new Map(members.map(({ id }) => [id, idle])), hasBeenUp: false, stopping: null }
}

export interface Step {
  readonly state: ClusterState
  readonly actions: readonly ClusterAction[]
}

export function step(team: readonly Member[], state: ClusterState, event: ClusterEvent, nowMs: number): Step {
  return new Turn(team, state, nowMs).take(event)
}

class Turn {
  readonly #team: readonly Member[]
  readonly #members: Map<number, MemberState>
  readonly #nowMs: number
  readonly #actions: ClusterAction[] = []
  #hasBeenUp: boolean
  #stopping: Stopping | null

  constructor(team: readonly Member[], state: ClusterState, nowMs: number) {
    this.#team = team
    this.#members = new Map(state.members)
    this.#nowMs = nowMs
    this.#hasBeenUp = state.hasBeenUp
    this.#stopping = state.stopping
  }

  take(event: ClusterEvent): Step {
    if (event.kind === 'begin') for (const { id } of this.#team) this.#spawn(id)
    else if (event.kind === 'up') this.#up(event.id)
    else if (event.kind === 'left') this.#left(event.id)
    else if (event.kind === 'ended') this.#ended(event.id, event.how)
    else if (event.kind === 'stop') this.#stop(event.exitCode)
    else this.#tick()
    if (this.#stopping !== null) this.#goOnStopping()
    return {
      state: { members: this.#members, hasBeenUp: this.#hasBeenUp, stopping: this.#stopping },
      actions: this.#actions,
    }
  }

  #of(id: number): MemberState {
    return this.#members.get(id)!
  }

  #enter(id: number, phase: Phase, more: Partial<MemberState> = {}): void {
    this.#members.set(id, { ...this.#of(id), phase, sinceMs: this.#nowMs, ...more })
  }

  #spawn(id: number): void {
    this.#enter(id, 'starting')
    this.#actions.push({ kind: 'spawn', id })
  }

  #up(id: number): void {
    if (this.#of(id).phase !== 'starting') return
    this.#enter(id, 'up')
    if (this.#hasBeenUp) {
      this.#actions.push({ kind: 'say', text: `${this.#member(id).name} is back` })
    } else if (this.#team.every((m) => this.#of(m.id).phase === 'up')) {
      this.#hasBeenUp = true
      this.#actions.push({ kind: 'isUp' })
    }
  }

  #left(id: number): void {
    if (this.#of(id).phase === 'leaving') this.#enter(id, 'left')
  }

  #ended(id: number, how: Ending): void {
    const { name, logFile } = this.#member(id)
    const before = this.#of(id)
    if (this.#stopping !== null) {
      if (how.code !== 0 && this.#stopping.step !== 'killed') {
        this.#actions.push({ kind: 'complain', text: `${name} ${endText(how)}; its log: ${logFile}` })
        this.#stopping = { ...this.#stopping, exitCode: this.#stopping.exitCode || 1 }
      }
      return this.#enter(id, 'over')
    }
    if (!this.#hasBeenUp) {
      this.#actions.push({ kind: 'complain', text: `${name} did not start: ${endText(how)}. Its log: ${logFile}` })
      this.#enter(id, 'over')
      return this.#stop(1)
    }
    const wasSteady = before.phase === 'up' && this.#nowMs - before.sinceMs >= STEADY_MS
    const failures = wasSteady ? 1 : before.failures + 1
    const delayMs = failures === 1 ? 0 : Math.min(BACKOFF_MOST_MS, BACKOFF_FIRST_MS * 2 ** (failures - 2))
    const when = delayMs === 0 ? '' : ` in ${delayMs / 1000} s`
    this.#actions.push({ kind: 'say', text: `${name} ${endText(how)}; starting it again${when}. Its log: ${logFile}` })
    if (delayMs === 0) {
      this.#enter(id, 'starting', { failures })
      this.#actions.push({ kind: 'spawn', id })
    } else {
      const wakeMs = this.#nowMs + delayMs
      this.#enter(id, 'waiting', { failures, wakeMs })
      this.#actions.push({ kind: 'wakeAt', monoMs: wakeMs })
    }
  }

  #tick(): void {
    if (this.#stopping !== null) return
    for (const { id } of this.#team) {
      const { phase, wakeMs } = this.#of(id)
      if (phase === 'waiting' && wakeMs <= this.#nowMs) this.#spawn(id)
    }
  }

  /** The second time is for those without patience: the next start recovers as from any crash. */
  #stop(exitCode: number): void {
    if (this.#stopping !== null) return this.#killAll(exitCode)
    this.#stopping = { step: 'leave', deadlineMs: this.#nowMs + LEAVE_MS, exitCode }
    for (const { id, isBroker } of this.#team) {
      const { phase } = this.#of(id)
      if (phase === 'waiting' || phase === 'idle') this.#enter(id, 'over')
      else if (phase === 'up' && isBroker) {
        this.#enter(id, 'leaving')
        this.#actions.push({ kind: 'leave', id })
      }
    }
    this.#actions.push({ kind: 'wakeAt', monoMs: this.#stopping.deadlineMs })
  }

  #killAll(exitCode: number): void {
    this.#stopping = { step: 'killed', deadlineMs: Number.POSITIVE_INFINITY, exitCode }
    for (const { id } of this.#team) if (this.#runs(id)) this.#actions.push({ kind: 'kill', id })
  }

  #runs(id: number): boolean {
    const { phase } = this.#of(id)
    return phase !== 'idle' && phase !== 'waiting' && phase !== 'over'
  }

  #goOnStopping(): void {
    const isLate = () => this.#nowMs >= this.#stopping!.deadlineMs
    if (this.#stopping!.step === 'leave') {
      if (this.#team.some(({ id }) => this.#of(id).phase === 'leaving') && !isLate()) return
      this.#askToStop('brokers', ({ isBroker }) => isBroker)
    }
    if (this.#stopping!.step === 'brokers') {
      if (this.#team.some(({ id, isBroker }) => isBroker && this.#runs(id)) && !isLate()) return
      this.#askToStop('controllers', () => true)
    }
    if (!this.#team.some(({ id }) => this.#runs(id))) {
      this.#actions.push({ kind: 'over', exitCode: this.#stopping!.exitCode })
    } else if (this.#stopping!.step === 'controllers' && isLate()) {
      for (const { id, name } of this.#team) {
        if (this.#runs(id)) this.#actions.push({ kind: 'complain', text: `${name} does not stop; it is killed` })
      }
      this.#killAll(this.#stopping!.exitCode || 1)
    }
  }

  #askToStop(of: 'brokers' | 'controllers', which: (member: Member) => boolean): void {
    const deadlineMs = this.#nowMs + STOP_MS
    this.#stopping = { ...this.#stopping!, step: of, deadlineMs }
    for (const member of this.#team) {
      if (!which(member) || !this.#runs(member.id) || this.#of(member.id).phase === 'stopping') continue
      this.#enter(member.id, 'stopping')
      this.#actions.push({ kind: 'stop', id: member.id })
    }
    if (this.#team.some(({ id }) => this.#runs(id))) this.#actions.push({ kind: 'wakeAt', monoMs: deadlineMs })
  }

  #member(id: number): Member {
    return this.#team.find((m) => m.id === id)!
  }
}

function endText({ code, signal, reason }: Ending): string {
  if (reason !== null) return reason
  if (signal !== null) return `was ended by ${signal}`
  return `ended with exit code ${code}`
}
