import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errors } from '../protocol/index.ts'
import type { RaftEffect, RaftLogView, RaftRequest, RaftResponse, RaftState } from './state.ts'
import { quorumState, step } from './step.ts'
import type { Voter } from './types.ts'

const directoryId = 'lJNiOm5TR2GFjkqbYVJP0A'
const otherId = 'commlsOaXbXwFKoJiPnfIw'
const voter = (id: number, dir: string | null = null): Voter => ({
  key: { id, directoryId: dir },
  endpoints: [{ name: 'CONTROLLER', host: 'localhost', port: 9093 }],
  kraftVersions: { min: 0, max: 1 },
})

function stateOf(o: Partial<RaftState> = {}): RaftState {
  return {
    clusterId: 'cluster',
    local: voter(1, directoryId),
    timeouts: { electionMs: 1000, fetchMs: 2000, backoffMaxMs: 1000, requestMs: 2000 },
    epoch: 4,
    role: { kind: 'unattached', votedKey: null, leaderId: null },
    voters: [voter(1)],
    kraftVersion: 0,
    votersOffset: -1,
    highWatermark: -1,
    syncedEpoch: 4,
    ...o,
  }
}

class LogOf implements RaftLogView {
  startOffset = 0
  endOffset = 10
  flushedOffset = 10
  lastEpoch = 4
  latestSnapshot: RaftLogView['latestSnapshot'] = null
  /** Start offsets by epoch. */
  epochs: [epoch: number, start: number][] = [[4, 0]]

  epochEnd(epoch: number): { epoch: number; endOffset: number } {
    const i = this.epochs.findLastIndex(([e]) => e <= epoch)
    if (i < 0) return { epoch: -1, endOffset: -1 }
    return { epoch: this.epochs[i]![0], endOffset: this.epochs[i + 1]?.[1] ?? this.endOffset }
  }
}

function leader(o: Partial<RaftState> = {}): { s: RaftState; log: LogOf } {
  const s = stateOf(o)
  const log = new LogOf()
  step(s, { kind: 'started' }, log, 0)
  log.epochs.push([s.epoch, 10])
  log.endOffset = 11
  log.lastEpoch = s.epoch
  return { s, log }
}

function ask(s: RaftState, log: RaftLogView, message: RaftRequest): { answer: RaftResponse; effects: RaftEffect[] } {
  const effects = step(s, { kind: 'received', message, token: 7 }, log, 100)
  const answer = effects.find((e) => e.kind === 'answer')
  assert.ok(answer !== undefined)
  assert.equal(answer.token, 7)
  return { answer: answer.message, effects }
}

const vote = (o: Partial<RaftRequest & { api: 'vote' }> = {}): RaftRequest => ({
  api: 'vote',
  clusterId: 'cluster',
  epoch: 6,
  candidate: { id: 2, directoryId: otherId },
  intendedVoter: { id: 1, directoryId },
  lastEpoch: 9,
  endOffset: 99,
  isPreVote: false,
  ...o,
})
const fetch = (o: Partial<RaftRequest & { api: 'fetch' }> = {}): RaftRequest => ({
  api: 'fetch',
  clusterId: 'cluster',
  epoch: 5,
  replica: { id: 3, directoryId: otherId },
  fetchOffset: 5,
  lastFetchedEpoch: 4,
  ...o,
})

test('a sole voter is elected in one step: vote kept, epoch opened, leadership told', () => {
  const s = stateOf()
  const effects = step(s, { kind: 'started' }, new LogOf(), 0)
  assert.deepEqual(
    effects.map((e) => e.kind),
    ['persistQuorumState', 'appendControl', 'leadership'],
  )
  assert.deepEqual(quorumState(s), { leaderId: 1, leaderEpoch: 5, votedKey: null })
  assert.equal(s.role.kind, 'leader')
})

test('an epoch in the log that is higher than the persisted one counts', () => {
  const s = stateOf()
  const log = new LogOf()
  log.lastEpoch = 8
  step(s, { kind: 'started' }, log, 0)
  assert.equal(s.epoch, 9)
})

test('voters go into the log when it has none, or when our own row is another than theirs', () => {
  const types = (o: Partial<RaftState>): string[] => {
    const effect = step(stateOf({ kraftVersion: 1, ...o }), { kind: 'started' }, new LogOf(), 0)[1]!
    assert.equal(effect.kind, 'appendControl')
    return effect.kind === 'appendControl' ? effect.records.map((r) => r.type) : []
  }
  const own = voter(1, directoryId)
  assert.deepEqual(types({ voters: [own] }), ['leaderChange', 'kraftVersion', 'voters'])
  assert.deepEqual(types({ voters: [own], votersOffset: 2 }), ['leaderChange'])
  const moved = { ...own, endpoints: [{ name: 'CONTROLLER', host: 'elsewhere', port: 9093 }] }
  assert.deepEqual(types({ voters: [moved], votersOffset: 2 }), ['leaderChange', 'kraftVersion', 'voters'])
  assert.deepEqual(types({ voters: [own], kraftVersion: 0 }), ['leaderChange'])
})

test('several voters elect nobody by themselves', () => {
  const s = stateOf({ voters: [voter(1), voter(2)] })
  assert.deepEqual(step(s, { kind: 'started' }, new LogOf(), 0), [])
  const other = stateOf({ voters: [voter(1, otherId)] })
  assert.deepEqual(step(other, { kind: 'started' }, new LogOf(), 0), [])
})

test('the high watermark needs the quorum-state, a record of this epoch, and a majority', () => {
  const { s, log } = leader()
  assert.deepEqual(step(s, { kind: 'logFlushed', offset: 11 }, log, 0), [])
  log.flushedOffset = 10
  assert.deepEqual(step(s, { kind: 'quorumStateSynced', epoch: 5 }, log, 0), [])
  log.flushedOffset = 11
  assert.deepEqual(step(s, { kind: 'logFlushed', offset: 11 }, log, 0), [{ kind: 'committed', offset: 11 }])
  assert.deepEqual(step(s, { kind: 'logFlushed', offset: 11 }, log, 0), [])
  s.voters = [voter(1), voter(2), voter(3)]
  log.flushedOffset = log.endOffset = 20
  assert.deepEqual(step(s, { kind: 'logFlushed', offset: 20 }, log, 0), [])
  const { effects } = ask(s, log, fetch({ fetchOffset: 15, lastFetchedEpoch: 5 }))
  assert.deepEqual(effects[0], { kind: 'committed', offset: 15 })
})

test('only the leader of the epoch meant takes proposals', () => {
  const { s, log } = leader()
  assert.deepEqual(step(s, { kind: 'propose', ifEpoch: 5 }, log, 0), [{ kind: 'appendProposed', epoch: 5 }])
  const refused = [{ kind: 'refuseProposed', code: errors.NOT_LEADER_OR_FOLLOWER }]
  assert.deepEqual(step(s, { kind: 'propose', ifEpoch: 4 }, log, 0), refused)
  assert.deepEqual(step(s, { kind: 'resign' }, log, 0), [{ kind: 'leadership', epoch: 5, leaderId: null }])
  assert.deepEqual(step(s, { kind: 'propose', ifEpoch: 5 }, log, 0), refused)
})

test('a sole voter gives no vote away; a higher epoch makes it lead anew', () => {
  const { s, log } = leader()
  assert.deepEqual(ask(s, log, vote({ isPreVote: true, epoch: 5 })).answer, {
    api: 'vote',
    errorCode: 0,
    epoch: 5,
    leaderId: 1,
    isVoteGranted: false,
  })
  assert.equal(ask(s, log, vote({ epoch: 4 })).answer.errorCode, errors.FENCED_LEADER_EPOCH)
  assert.equal(ask(s, log, vote({ clusterId: 'x' })).answer.errorCode, errors.INCONSISTENT_CLUSTER_ID)
  const stranger = { id: 1, directoryId: otherId }
  assert.equal(ask(s, log, vote({ intendedVoter: stranger })).answer.errorCode, errors.INVALID_VOTER_KEY)
  const { answer, effects } = ask(s, log, vote({ epoch: 8 }))
  assert.deepEqual([answer.isVoteGranted, answer.epoch, answer.leaderId], [false, 9, 1])
  assert.deepEqual(
    effects.map((e) => e.kind),
    ['leadership', 'persistQuorumState', 'appendControl', 'leadership', 'answer'],
  )
})

test('nobody else can begin or end an epoch here', () => {
  const { s, log } = leader()
  for (const api of ['beginQuorumEpoch', 'endQuorumEpoch'] as const) {
    const code = (leaderId: number, epoch: number) =>
      ask(s, log, { api, clusterId: null, epoch, leaderId }).answer.errorCode
    assert.equal(code(2, 9), errors.INCONSISTENT_VOTER_SET)
    assert.equal(code(1, 5), errors.INVALID_REQUEST)
    assert.equal(code(2, 4), errors.FENCED_LEADER_EPOCH)
  }
})

test('a follower gets flushed records, is told where it went astray, or is sent to the snapshot', () => {
  const { s, log } = leader()
  log.endOffset = 20
  log.flushedOffset = 15
  assert.deepEqual(ask(s, log, fetch()).answer.records, { from: 5, upTo: 15, highWatermark: -1 })
  assert.deepEqual(ask(s, log, fetch({ fetchOffset: 12 })).answer.diverging, { epoch: 4, endOffset: 10 })
  assert.deepEqual(ask(s, log, fetch({ lastFetchedEpoch: 2 })).answer.diverging, { epoch: 0, endOffset: 0 })
  assert.equal(ask(s, log, fetch({ epoch: 6 })).answer.errorCode, errors.UNKNOWN_LEADER_EPOCH)
  assert.equal(ask(s, log, fetch({ epoch: 4 })).answer.errorCode, errors.FENCED_LEADER_EPOCH)
  assert.deepEqual(ask(s, log, fetch({ fetchOffset: 0 })).answer.records?.from, 0)
  log.latestSnapshot = { offset: 8, epoch: 4 }
  assert.deepEqual(ask(s, log, fetch({ fetchOffset: 0 })).answer.snapshot, { offset: 8, epoch: 4 })
  log.startOffset = 8
  assert.deepEqual(ask(s, log, fetch()).answer.snapshot, { offset: 8, epoch: 4 })
  step(s, { kind: 'resign' }, log, 0)
  assert.equal(ask(s, log, fetch()).answer.errorCode, errors.NOT_LEADER_OR_FOLLOWER)
})
