import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errors } from '../protocol/index.ts'
import type { FetchedRecords, FetchRequest, VoteRequest } from './messages.ts'
import type { QuorumStateData, RaftState } from './state.ts'
import { kinds, OneNode, sent, voter } from './step-world.ts'

const vote = (o: Partial<VoteRequest> = {}): VoteRequest => ({
  api: 'vote',
  clusterId: 'cluster',
  epoch: 5,
  candidate: voter(2).key,
  intendedVoter: voter(1).key,
  lastEpoch: 4,
  endOffset: 10,
  isPreVote: false,
  ...o,
})
const fetch = (o: Partial<FetchRequest> = {}): FetchRequest => ({
  api: 'fetch',
  clusterId: 'cluster',
  epoch: 5,
  replica: voter(2).key,
  fetchOffset: 11,
  lastFetchedEpoch: 5,
  maxWaitMs: 500,
  bytesMax: 1 << 20,
  highWatermark: -1,
  ...o,
})
const records = (baseOffset: number, endOffset: number, control: FetchedRecords['control'] = []): FetchedRecords => ({
  baseOffset,
  endOffset,
  lastEpoch: 5,
  control,
  bytes: { bytes: new Uint8Array(0), from: 0, to: 0 },
})

test('where a process goes on: by quorum-state and log', () => {
  const cases: [name: string, persisted: QuorumStateData, role: RaftState['role']['kind'], epoch: number][] = [
    ['nothing known', { leaderId: -1, leaderEpoch: 4, votedKey: null }, 'unattached', 4],
    ['had voted', { leaderId: -1, leaderEpoch: 6, votedKey: voter(3).key }, 'unattached', 6],
    ['followed', { leaderId: 2, leaderEpoch: 6, votedKey: null }, 'follower', 6],
    ['led', { leaderId: 1, leaderEpoch: 6, votedKey: null }, 'resigned', 6],
    ['a log ahead of its quorum-state', { leaderId: 2, leaderEpoch: 3, votedKey: null }, 'unattached', 4],
  ]
  for (const [name, persisted, role, epoch] of cases) {
    const n = new OneNode({ persisted })
    n.do({ kind: 'started' })
    assert.deepEqual([n.s.role.kind, n.s.epoch], [role, epoch], name)
    assert.deepEqual(n.s.votedKey, epoch === 4 ? null : persisted.votedKey, name)
  }
})

test('a sole voter leads at once, in the next epoch', () => {
  const n = new OneNode({ voters: [voter(1, null)], kraftVersion: 0 })
  const effects = n.do({ kind: 'started' })
  assert.deepEqual(
    effects.find((e) => e.kind === 'appendControl'),
    {
      kind: 'appendControl',
      epoch: 5,
      records: [{ type: 'leaderChange', leaderId: 1, voters: [1], grantingVoters: [1] }],
    },
  )
  assert.deepEqual([n.s.role.kind, n.s.epoch, n.s.wakeAtMs], ['leader', 5, Number.POSITIVE_INFINITY])
})

test('voters go into the log when it has none, or when the row of the leader is another than what it is', () => {
  const moved = { ...voter(1), endpoints: [{ name: 'CONTROLLER', host: 'elsewhere', port: 9093 }] }
  const types = (own: ReturnType<typeof voter>, votersAt: number | null, kraftVersion = 1): string[] => {
    const n = new OneNode({ voters: [own], kraftVersion })
    if (votersAt !== null) n.s.history.append({ offset: votersAt, record: { type: 'voters', voters: [own] } })
    const found = n.do({ kind: 'started' }).find((e) => e.kind === 'appendControl')
    return found?.kind === 'appendControl' ? found.records.map((r) => r.type) : []
  }
  assert.deepEqual(types(voter(1), null), ['leaderChange', 'kraftVersion', 'voters'])
  assert.deepEqual(types(voter(1), 2), ['leaderChange'])
  assert.deepEqual(types(moved, 2), ['leaderChange', 'kraftVersion', 'voters'])
  assert.deepEqual(types(voter(1, null), null, 0), ['leaderChange'])
})

test('votes: who gets one, in which state', () => {
  const unattached = (): OneNode => {
    const n = new OneNode()
    n.do({ kind: 'started' })
    return n
  }
  const prospective = (): OneNode => {
    const n = unattached()
    n.until(200)
    assert.equal(n.s.role.kind, 'prospective')
    return n
  }
  const candidate = (): OneNode => {
    const n = prospective()
    n.answered(2, { api: 'vote', isVoteGranted: true })
    assert.deepEqual([n.s.role.kind, n.s.epoch], ['candidate', 5])
    return n
  }
  const fetched = (): OneNode => {
    const n = OneNode.follower()
    n.answered(2, { api: 'fetch', leaderId: 2 })
    return n
  }
  const pre = { isPreVote: true, epoch: 5, candidate: voter(3).key }
  const cases: [name: string, given: () => OneNode, m: Partial<VoteRequest>, isGranted: boolean, code?: number][] = [
    ['a log as long', unattached, {}, true],
    ['a longer log', unattached, { endOffset: 99 }, true],
    ['a shorter log', unattached, { endOffset: 9 }, false],
    ['a shorter log of a later epoch', unattached, { epoch: 6, lastEpoch: 5, endOffset: 1 }, true],
    ['a longer log of an older epoch', unattached, { lastEpoch: 3, endOffset: 99 }, false],
    ['an older epoch', unattached, { epoch: 3, lastEpoch: 2 }, false, errors.FENCED_LEADER_EPOCH],
    ['a log of its own epoch', unattached, { lastEpoch: 5 }, false, errors.INVALID_REQUEST],
    ['another disk is meant', unattached, { intendedVoter: voter(1, 1).key }, false, errors.INVALID_VOTER_KEY],
    ['another cluster', unattached, { clusterId: 'x' }, false, errors.INCONSISTENT_CLUSTER_ID],
    ['a pre-vote', unattached, { ...pre, epoch: 4 }, true],
    ['a pre-vote of its own epoch with such a log', unattached, { ...pre, lastEpoch: 5 }, true],
    ['a pre-vote with a shorter log', unattached, { ...pre, endOffset: 9 }, false],
    ['prospective, a pre-vote', prospective, { ...pre, epoch: 4 }, true],
    ['prospective, a vote', prospective, {}, true],
    ['candidate, a vote of its epoch', candidate, {}, false],
    ['candidate, a vote of the next', candidate, { epoch: 6 }, true],
    ['candidate, a pre-vote', candidate, pre, true],
    ['follower that has not fetched, a pre-vote', () => OneNode.follower(), pre, true],
    ['follower that has fetched, a pre-vote', fetched, pre, false],
    ['follower, a vote of its epoch', fetched, { candidate: voter(3).key }, false],
    ['follower, a vote of the next', fetched, { epoch: 6, candidate: voter(3).key }, true],
    ['leader, a pre-vote', () => OneNode.leader(), { ...pre, lastEpoch: 5, endOffset: 99 }, false],
    ['leader, a vote of the next', () => OneNode.leader(), { epoch: 6, lastEpoch: 5, endOffset: 99 }, true],
    [
      'led the epoch before its start, and its first record is lost',
      () => {
        const n = new OneNode({ persisted: { leaderId: 1, leaderEpoch: 5, votedKey: null } })
        n.do({ kind: 'started' })
        return n
      },
      { candidate: voter(3).key },
      false,
    ],
    ['a sole voter', () => OneNode.leader({ voters: [voter(1)] }), { epoch: 9, endOffset: 99, lastEpoch: 8 }, false],
  ]
  for (const [name, given, m, isGranted, code] of cases) {
    const { answer } = given().ask(vote(m))
    assert.deepEqual([answer?.isVoteGranted ?? false, answer?.errorCode], [isGranted, code ?? errors.NONE], name)
  }
})

test('a vote is given once in an epoch, again to the same, and is on disk before it is answered', () => {
  const n = new OneNode()
  n.do({ kind: 'started' })
  const { answer, after, effects } = n.ask(vote())
  assert.equal(answer?.isVoteGranted, true)
  assert.equal(after, n.s.persistVersion)
  assert.deepEqual(effects.findLast((e) => e.kind === 'persistQuorumState')?.state, {
    leaderId: -1,
    leaderEpoch: 5,
    votedKey: voter(2).key,
  })
  assert.equal(n.ask(vote({ candidate: voter(3).key })).answer?.isVoteGranted, false)
  assert.equal(n.ask(vote({ candidate: voter(2, 1).key })).answer?.isVoteGranted, false)
  assert.equal(n.ask(vote()).answer?.isVoteGranted, true)
  n.synced()
  assert.equal(n.ask(vote()).after, 0)
})

test('an election: pre-votes, votes, leader; the vote for itself is on disk before it asks', () => {
  const n = new OneNode()
  n.do({ kind: 'started' })
  // 0–150 ms after the start, spread by the jitter.
  const pre = n.until(76)
  assert.equal(n.s.role.kind, 'prospective')
  assert.deepEqual(
    kinds(pre).filter((k) => k.startsWith('vote')),
    ['vote to 2', 'vote to 3'],
  )
  assert.deepEqual([sent(pre, 'vote')?.isPreVote, sent(pre, 'vote')?.epoch], [true, 4])
  const asked = n.answered(3, { api: 'vote', isVoteGranted: true })
  assert.deepEqual([n.s.role.kind, n.s.epoch], ['candidate', 5])
  const [first] = asked.filter((e) => e.kind === 'send')
  assert.equal(first?.kind === 'send' && first.after, n.s.persistVersion)
  assert.deepEqual([sent(asked, 'vote')?.isPreVote, sent(asked, 'vote')?.epoch], [false, 5])
  n.synced()
  const elected = n.answered(2, { api: 'vote', isVoteGranted: true })
  assert.equal(n.s.role.kind, 'leader')
  const opening = elected.find((e) => e.kind === 'appendControl')
  assert.deepEqual(opening?.kind === 'appendControl' && opening.records[0], {
    type: 'leaderChange',
    leaderId: 1,
    voters: [1, 2, 3],
    grantingVoters: [1, 2],
  })
  assert.deepEqual(kinds(elected).slice(-2), ['beginQuorumEpoch to 2', 'beginQuorumEpoch to 3'])
})

test('a refused election: back to who led, or another try later', () => {
  const n = OneNode.follower()
  n.failed(2, 'refused')
  assert.equal(n.s.role.kind, 'prospective')
  n.answered(3, { api: 'vote', isVoteGranted: false, leaderId: 2 })
  assert.equal(n.s.role.kind, 'prospective')
  n.answered(2, { api: 'vote', isVoteGranted: false, leaderId: 2 })
  assert.deepEqual([n.s.role.kind, n.s.leaderId], ['follower', 2])
  const other = new OneNode()
  other.do({ kind: 'started' })
  other.until(76)
  other.answered(2, { api: 'vote', isVoteGranted: true })
  other.synced()
  for (const id of [2, 3]) other.answered(id, { api: 'vote', isVoteGranted: false })
  assert.deepEqual([other.s.role.kind, other.s.epoch], ['candidate', 5])
  other.until(300)
  assert.deepEqual([other.s.role.kind, other.s.epoch], ['prospective', 5])
})

test('a voter that does not know pre-votes is asked in earnest', () => {
  const n = new OneNode()
  n.do({ kind: 'started' })
  n.until(76)
  n.answered(2, { api: 'vote', errorCode: errors.UNSUPPORTED_VERSION, epoch: -1 })
  assert.deepEqual([n.s.role.kind, n.s.epoch], ['candidate', 5])
})

test('of two that lose their leader at once the one with the lower id goes first', () => {
  const n = new OneNode({ local: voter(3) })
  n.do({ kind: 'started' })
  n.until(76)
  n.ask(vote({ epoch: 4, candidate: voter(2).key, intendedVoter: voter(3).key, isPreVote: true }))
  n.answered(2, { api: 'vote', isVoteGranted: true })
  assert.equal(n.s.role.kind, 'prospective')
  n.until(200)
  assert.equal(n.s.role.kind, 'candidate')
})

test('a leader whose port refuses is doubted at once, one whose connection breaks after another try', () => {
  const refused = OneNode.follower()
  assert.ok(sent(refused.failed(2, 'refused'), 'vote')?.isPreVote)
  const lost = OneNode.follower()
  assert.ok(sent(lost.failed(2, 'lost'), 'fetch'))
  assert.equal(lost.s.role.kind, 'follower')
  assert.equal(sent(lost.failed(2, 'lost'), 'fetch'), undefined)
  assert.ok(sent(lost.until(100), 'fetch'))
})

test('a follower fetches from the end of its log, once that is on disk', () => {
  const n = OneNode.follower()
  const peer = n.s.peers.get(2)
  assert.equal(peer?.api, 'fetch')
  n.answered(2, { api: 'fetch', leaderId: 2, records: records(10, 14), highWatermark: 12 })
  assert.equal(n.s.highWatermark, 12)
  n.log.append(5, 14, false)
  assert.equal(sent(n.do({ kind: 'logFlushed', offset: 10 }), 'fetch'), undefined)
  n.log.flushedOffset = 14
  const next = sent(n.do({ kind: 'logFlushed', offset: 14 }), 'fetch')
  assert.deepEqual([next?.fetchOffset, next?.lastFetchedEpoch, next?.highWatermark], [14, 5, 12])
})

test('a high watermark beyond what the follower holds is taken as far as it holds it, and never goes back', () => {
  const n = OneNode.follower()
  n.answered(2, { api: 'fetch', leaderId: 2, records: null, highWatermark: 99 })
  assert.equal(n.s.highWatermark, 10)
  n.answered(2, { api: 'fetch', leaderId: 2, records: null, highWatermark: 3 })
  assert.equal(n.s.highWatermark, 10)
})

test('a log that went astray is cut to where both agree, and never below what is committed', () => {
  const cases: [diverging: { epoch: number; endOffset: number }, to: number][] = [
    [{ epoch: 4, endOffset: 7 }, 7],
    [{ epoch: 4, endOffset: 99 }, 8],
    [{ epoch: 3, endOffset: 5 }, 4],
    [{ epoch: 2, endOffset: 3 }, 0],
  ]
  for (const [diverging, to] of cases) {
    const n = OneNode.follower()
    n.log.epochs = [
      [1, 0],
      [3, 0],
      [4, 4],
      [5, 8],
    ]
    const effects = n.answered(2, { api: 'fetch', leaderId: 2, diverging })
    assert.deepEqual(effects.at(-1), { kind: 'truncate', to }, JSON.stringify(diverging))
    assert.equal(sent(n.until(1000), 'fetch'), undefined)
    n.log.endOffset = n.log.flushedOffset = to
    n.log.epochs = n.log.epochs.filter(([, start]) => start < to)
    assert.equal(sent(n.do({ kind: 'truncated' }), 'fetch')?.fetchOffset, to)
  }
  const n = OneNode.follower()
  n.answered(2, { api: 'fetch', leaderId: 2, records: null, highWatermark: 8 })
  const effects = n.answered(2, { api: 'fetch', leaderId: 2, diverging: { epoch: 4, endOffset: 7 } })
  assert.match(
    String(effects[0]?.kind === 'halt' && effects[0].reason),
    /truncate the metadata log to 7.* 8 is committed/,
  )
})

test('a truncation brings back the voters before it', () => {
  const n = OneNode.follower()
  const added = [{ offset: 12, record: { type: 'voters' as const, voters: [1, 2, 3, 4].map((id) => voter(id)) } }]
  n.answered(2, { api: 'fetch', leaderId: 2, records: records(10, 14, added) })
  n.log.append(5, 14)
  assert.equal(n.s.history.voters.length, 4)
  n.do({ kind: 'logFlushed', offset: 14 })
  n.ask(vote({ epoch: 6, candidate: voter(3).key, lastEpoch: 5, endOffset: 99 }))
  n.ask({ api: 'beginQuorumEpoch', clusterId: null, epoch: 6, leaderId: 3, intendedVoter: null, endpoints: [] })
  n.answered(3, { api: 'fetch', leaderId: 3, diverging: { epoch: 5, endOffset: 12 } })
  assert.equal(n.s.history.voters.length, 3)
})

test('a snapshot comes in pieces, then takes the place of the log', () => {
  const n = OneNode.follower()
  const id = { offset: 50, epoch: 4 }
  const first = sent(n.answered(2, { api: 'fetch', leaderId: 2, snapshot: id }), 'fetchSnapshot')
  assert.deepEqual([first?.id, first?.position], [id, 0])
  const piece = (position: number) => ({
    id,
    size: 5,
    position,
    bytes: { bytes: new Uint8Array(3), from: 0, to: 3 },
  })
  assert.deepEqual(n.answered(2, { api: 'fetchSnapshot', leaderId: 2, piece: piece(0) }).at(-1)?.kind, 'storePiece')
  const second = n.do({ kind: 'pieceStored', id, end: 3, size: 5 })
  assert.equal(sent(second, 'fetchSnapshot')?.position, 3)
  assert.equal(
    kinds(n.answered(2, { api: 'fetchSnapshot', leaderId: 2, piece: piece(0) })).includes('storePiece'),
    false,
  )
  n.until(100)
  n.answered(2, { api: 'fetchSnapshot', leaderId: 2, piece: piece(3) })
  assert.deepEqual(n.do({ kind: 'pieceStored', id, end: 5, size: 5 }).at(-1), { kind: 'loadSnapshot', id })
  // While it is loaded nothing is fetched and nobody stands for election.
  assert.equal(kinds(n.until(5000)).filter((k) => k.startsWith('vote') || k.startsWith('fetch')).length, 0)
  n.log.startOffset = n.log.endOffset = n.log.flushedOffset = 50
  n.log.epochs = []
  n.log.latestSnapshot = id
  const loaded = n.do({ kind: 'snapshotLoaded', id, voters: [voter(1), voter(2)], kraftVersion: 1 })
  assert.deepEqual(loaded[0], { kind: 'committed', offset: 50 })
  assert.equal(n.s.history.voters.length, 2)
})

test('the high watermark needs the quorum-state on disk, a record of this epoch, and a majority', () => {
  const n = new OneNode()
  n.do({ kind: 'started' })
  n.until(76)
  n.answered(2, { api: 'vote', isVoteGranted: true })
  n.answered(2, { api: 'vote', isVoteGranted: true })
  n.log.append(5, 13)
  n.do({ kind: 'logFlushed', offset: 13 })
  n.ask(fetch({ fetchOffset: 13 }))
  assert.equal(n.s.highWatermark, -1)
  n.synced()
  assert.equal(n.s.highWatermark, 13)
  // 2 holds all of the older epochs and nothing of ours: that commits nothing.
  const other = OneNode.leader()
  other.ask(fetch({ fetchOffset: 10, lastFetchedEpoch: 4 }))
  other.ask(fetch({ fetchOffset: 10, lastFetchedEpoch: 4, replica: voter(3).key }))
  assert.equal(other.s.highWatermark, -1)
  other.ask(fetch({ fetchOffset: 11, replica: voter(3).key }))
  assert.equal(other.s.highWatermark, 11)
  // What the leader has not flushed does not count for it.
  other.log.append(5, 20, false)
  other.ask(fetch({ fetchOffset: 18, replica: voter(3).key }))
  assert.equal(other.s.highWatermark, 13)
  other.ask(fetch({ fetchOffset: 17 }))
  assert.equal(other.s.highWatermark, 17)
  // Nor what an observer holds, or a voter's id on another disk.
  other.ask(fetch({ fetchOffset: 20, replica: voter(4).key }))
  other.ask(fetch({ fetchOffset: 20, replica: voter(2, 1).key }))
  assert.equal(other.s.highWatermark, 17)
})

test('a follower gets records also before they are on the disk of the leader, or is told where it went astray', () => {
  const n = OneNode.leader()
  n.log.append(5, 20, false)
  const given = n.ask(fetch({ fetchOffset: 11 })).effects.find((e) => e.kind === 'answerFetch')
  assert.deepEqual(given?.kind === 'answerFetch' && [given.from, given.upTo], [11, 20])
  const answer = (o: Partial<FetchRequest>) => n.ask(fetch(o)).answer
  assert.deepEqual(answer({ fetchOffset: 12, lastFetchedEpoch: 4 })?.diverging, { epoch: 4, endOffset: 10 })
  assert.deepEqual(answer({ fetchOffset: 5, lastFetchedEpoch: 2 })?.diverging, { epoch: 0, endOffset: 0 })
  assert.equal(answer({ epoch: 6 })?.errorCode, errors.UNKNOWN_LEADER_EPOCH)
  assert.equal(answer({ epoch: 4, lastFetchedEpoch: 4 })?.errorCode, errors.FENCED_LEADER_EPOCH)
  assert.equal(answer({ lastFetchedEpoch: 6 })?.errorCode, errors.INVALID_REQUEST)
  assert.equal(answer({ maxWaitMs: -1 })?.errorCode, errors.INVALID_REQUEST)
  assert.equal(answer({ fetchOffset: 0, lastFetchedEpoch: 0 }), null)
  n.log.latestSnapshot = { offset: 8, epoch: 4 }
  assert.deepEqual(answer({ fetchOffset: 0, lastFetchedEpoch: 0 })?.snapshot, { offset: 8, epoch: 4 })
  n.log.startOffset = 8
  assert.deepEqual(answer({ fetchOffset: 7, lastFetchedEpoch: 4 })?.snapshot, { offset: 8, epoch: 4 })
  n.do({ kind: 'resign' })
  assert.equal(answer({})?.errorCode, errors.NOT_LEADER_OR_FOLLOWER)
})

test('a fetch waits for records, for a high watermark that the follower does not know, or for its time', () => {
  const n = OneNode.leader()
  const first = n.ask(fetch({ fetchOffset: 13 }))
  assert.equal(n.s.highWatermark, 13)
  assert.ok(first.effects.some((e) => e.kind === 'answer' && e.message.highWatermark === 13))
  const { token, answer } = n.ask(fetch({ fetchOffset: 13, highWatermark: 13 }))
  assert.equal(answer, null)
  n.log.append(5, 15, false)
  const woken = n.do({ kind: 'logFlushed', offset: 13 })
  assert.ok(woken.some((e) => e.kind === 'answerFetch' && e.token === token && e.upTo === 15))
  n.log.flushedOffset = 15
  n.ask(fetch({ fetchOffset: 15, highWatermark: 13 }))
  assert.equal(n.s.highWatermark, 15)
  const idle = n.ask(fetch({ fetchOffset: 15, highWatermark: 15 }))
  const atEnd = n.until(n.nowMs + 501)
  assert.ok(atEnd.some((e) => e.kind === 'answer' && e.token === idle.token && e.message.records === null))
})

test('only the leader of the epoch meant takes proposals', () => {
  const n = OneNode.leader()
  assert.deepEqual(n.do({ kind: 'propose', ifEpoch: 5 })[0], { kind: 'appendProposed', epoch: 5 })
  const refused = [{ kind: 'refused', code: errors.NOT_LEADER_OR_FOLLOWER, message: null }]
  assert.deepEqual(n.do({ kind: 'propose', ifEpoch: 4 }), refused)
  n.do({ kind: 'resign' })
  assert.deepEqual(n.do({ kind: 'propose', ifEpoch: 5 }), refused)
})

test('a leader that no majority fetches from resigns, and tells the voters', () => {
  const n = OneNode.leader()
  const startMs = n.nowMs
  n.until(startMs + 2900)
  assert.equal(n.s.role.kind, 'leader')
  n.ask(fetch({ fetchOffset: 11 }))
  n.until(startMs + 5800)
  assert.equal(n.s.role.kind, 'leader')
  // An observer is no majority.
  n.ask(fetch({ replica: voter(4).key }))
  const effects = n.until(startMs + 6000)
  assert.equal(n.s.role.kind, 'resigned')
  const end = sent(effects, 'endQuorumEpoch')
  assert.deepEqual(
    end?.preferred.map((key) => key.id),
    [2, 3],
  )
  assert.equal(n.ask(vote({ epoch: 5, lastEpoch: 4, endOffset: 99 })).answer?.isVoteGranted, false)
  assert.ok(effects.some((e) => e.kind === 'leadership' && e.leaderId === null))
})

test('who is told that the leader goes stands at once, or in its place', () => {
  const end = (preferred: number[]) => {
    const n = OneNode.follower()
    n.answered(2, { api: 'fetch', leaderId: 2 })
    const { answer } = n.ask({
      api: 'endQuorumEpoch',
      clusterId: 'cluster',
      epoch: 5,
      leaderId: 2,
      preferred: preferred.map((id) => voter(id).key),
      endpoints: [],
    })
    assert.equal(answer?.errorCode, errors.NONE)
    return n
  }
  assert.equal(end([1, 3]).s.role.kind, 'prospective')
  const second = end([3, 1])
  assert.equal(second.s.role.kind, 'follower')
  second.until(second.nowMs + 150)
  assert.equal(second.s.role.kind, 'prospective')
})

test('voters that do not fetch are told of the epoch again', () => {
  const n = OneNode.leader()
  n.answered(2, { api: 'beginQuorumEpoch', leaderId: 1 })
  n.answered(3, { api: 'beginQuorumEpoch', leaderId: 1 })
  const startMs = n.nowMs
  n.until(startMs + 600)
  n.ask(fetch({ fetchOffset: 11, maxWaitMs: 0 }))
  assert.deepEqual(kinds(n.until(startMs + 1100)), ['beginQuorumEpoch to 3'])
})

test('an observer asks around for the leader and follows it, and never stands', () => {
  const n = new OneNode({ local: voter(9), persisted: { leaderId: -1, leaderEpoch: 0, votedKey: null } })
  n.log.endOffset = n.log.flushedOffset = 0
  n.log.epochs = []
  assert.equal(sent(n.do({ kind: 'started' }), 'fetch')?.maxWaitMs, 0)
  const asked = [...n.s.peers].find(([, peer]) => peer.requestId !== 0)![0]
  n.answered(asked, { api: 'fetch', errorCode: errors.FENCED_LEADER_EPOCH, epoch: 5, leaderId: 2 })
  assert.deepEqual([n.s.role.kind, n.s.epoch, n.s.leaderId], ['follower', 5, 2])
  n.until(10_000)
  assert.equal(n.s.role.kind, 'unattached')
})

test('an answer of an older epoch changes nothing, one of a newer ends what was', () => {
  const n = OneNode.leader()
  n.answered(2, { api: 'beginQuorumEpoch', errorCode: errors.FENCED_LEADER_EPOCH, epoch: 4, leaderId: 3 })
  assert.equal(n.s.role.kind, 'leader')
  n.answered(3, { api: 'beginQuorumEpoch', errorCode: errors.FENCED_LEADER_EPOCH, epoch: 7, leaderId: 2 })
  assert.deepEqual([n.s.role.kind, n.s.epoch, n.s.leaderId], ['follower', 7, 2])
})

test('begin and end of an epoch by nobody, by itself, or of the past are refused', () => {
  const n = OneNode.leader()
  for (const api of ['beginQuorumEpoch', 'endQuorumEpoch'] as const) {
    const code = (leaderId: number, epoch: number) =>
      n.ask({ api, clusterId: null, epoch, leaderId, preferred: [], endpoints: [], intendedVoter: null }).answer
        ?.errorCode
    assert.equal(code(-1, 5), errors.INVALID_REQUEST)
    assert.equal(code(2, 4), errors.FENCED_LEADER_EPOCH)
    assert.equal(n.s.role.kind, 'leader')
  }
})
