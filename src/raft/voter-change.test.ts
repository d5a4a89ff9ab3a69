import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errors } from '../protocol/index.ts'
import type { AddVoterRequest, RemoveVoterRequest, UpdateVoterRequest } from './messages.ts'
import { kinds, OneNode, sent, voter } from './step-world.ts'
import type { Voter } from './types.ts'

const add = (of: Voter, o: Partial<AddVoterRequest> = {}): AddVoterRequest => ({
  api: 'addVoter',
  clusterId: 'cluster',
  voter: of.key,
  endpoints: of.endpoints,
  timeoutMs: 5000,
  ackWhenCommitted: true,
  ...o,
})
const remove = (of: Voter): RemoveVoterRequest => ({ api: 'removeVoter', clusterId: 'cluster', voter: of.key })
const update = (of: Voter, o: Partial<UpdateVoterRequest> = {}): UpdateVoterRequest => ({
  api: 'updateVoter',
  clusterId: 'cluster',
  epoch: 5,
  voter: of,
  ...o,
})

/** A fetch that acknowledges everything below `offset`. */
function fetched(n: OneNode, by: Voter, offset: number) {
  return n.ask({
    api: 'fetch',
    clusterId: 'cluster',
    epoch: n.s.epoch,
    replica: by.key,
    fetchOffset: offset,
    lastFetchedEpoch: n.s.epoch,
    maxWaitMs: 0,
    bytesMax: 1000,
    highWatermark: -1,
  }).effects
}

/** Leads three voters in epoch 5 with everything committed, its voters written at offset 12. */
function settled(o: Parameters<typeof OneNode.leader>[0] = {}): OneNode {
  const n = OneNode.leader(o)
  fetched(n, voter(2), n.log.endOffset)
  assert.equal(n.s.highWatermark, n.log.endOffset)
  return n
}

/** The batch that step() asked for is in the log and flushed. */
function appended(n: OneNode, effects: ReturnType<OneNode['do']>): ReturnType<OneNode['do']> {
  const found = effects.find((e) => e.kind === 'appendControl')
  assert.ok(found?.kind === 'appendControl')
  n.log.append(n.s.epoch, n.log.endOffset + found.records.length)
  return n.do({ kind: 'logFlushed', offset: n.log.endOffset })
}

const ids = (n: OneNode): number[] => n.s.history.voters.map((v) => v.key.id)
const roleOf = (n: OneNode): string => n.s.role.kind
const kraft = { kraftVersions: { min: 0, max: 1 } }

test('a voter is added: asked what it supports, found caught up, written, committed by the new majority', () => {
  const n = settled()
  fetched(n, voter(4), n.log.endOffset)
  const asked = n.ask(add(voter(4)))
  assert.equal(asked.answer, null)
  assert.deepEqual(kinds(asked.effects), ['apiVersions to 4'])
  const effects = n.answered(4, { api: 'apiVersions', epoch: -1, ...kraft })
  assert.deepEqual(ids(n), [1, 2, 3, 4])
  const { endOffset } = n.log
  appended(n, effects)
  // Two of four are no majority.
  assert.equal(fetched(n, voter(2), endOffset + 1).filter((e) => e.kind === 'committed').length, 0)
  const committed = fetched(n, voter(4), endOffset + 1)
  const answer = committed.find((e) => e.kind === 'answer' && e.message.api === 'addVoter')
  assert.deepEqual(answer?.kind === 'answer' && [answer.token, answer.message.errorCode], [asked.token, errors.NONE])
})

test('a voter that adds itself is answered when the record is written', () => {
  const n = settled()
  fetched(n, voter(4), n.log.endOffset)
  const { token } = n.ask(add(voter(4), { ackWhenCommitted: false }))
  const effects = n.answered(4, { api: 'apiVersions', epoch: -1, ...kraft })
  assert.ok(effects.some((e) => e.kind === 'answer' && e.token === token && e.message.errorCode === errors.NONE))
})

test('why a voter is not added', () => {
  const noEndpoint = { endpoints: [{ name: 'OTHER', host: 'x', port: 1 }] }
  const cases: [name: string, given: () => OneNode, m: AddVoterRequest, code: number, message: RegExp][] = [
    ['another cluster', settled, add(voter(4), { clusterId: 'x' }), errors.INCONSISTENT_CLUSTER_ID, /given id "x"/],
    ['not the leader', () => OneNode.follower(), add(voter(4)), errors.NOT_LEADER_OR_FOLLOWER, /^$/],
    ['no directory id', settled, add(voter(4, null)), errors.INVALID_REQUEST, /valid voter/],
    ['no endpoint', settled, add(voter(4), noEndpoint), errors.INVALID_REQUEST, /default listener CONTROLLER/],
    ['nothing committed yet', () => OneNode.leader(), add(voter(4)), errors.REQUEST_TIMED_OUT, /establish HWM/],
    ['a voter already', settled, add(voter(2)), errors.DUPLICATE_VOTER, /^The voter id for 2@/],
    ['its id on another disk', settled, add(voter(2, 1)), errors.DUPLICATE_VOTER, /already part/],
    [
      'kraft.version 0',
      () => settled({ voters: [1, 2, 3].map((id) => voter(id, null)), kraftVersion: 0 }),
      add(voter(4)),
      errors.UNSUPPORTED_VERSION,
      /kraft\.version feature is 0/,
    ],
  ]
  for (const [name, given, m, code, message] of cases) {
    const { answer } = given().ask(m)
    assert.equal(answer?.errorCode, code, name)
    assert.match(answer?.errorMessage ?? '', message, name)
  }
  const afterVersions: [name: string, isCaughtUp: boolean, more: object, code: number, message: RegExp][] = [
    ['lags behind', false, kraft, errors.REQUEST_TIMED_OUT, /lagging behind/],
    ['does not know kraft.version', true, { kraftVersions: null }, errors.INVALID_REQUEST, /finalized version 1/],
    [
      'answers with an error',
      true,
      { errorCode: errors.UNKNOWN_SERVER_ERROR },
      errors.REQUEST_TIMED_OUT,
      /did not answer/,
    ],
  ]
  for (const [name, isCaughtUp, more, code, message] of afterVersions) {
    const n = settled()
    if (isCaughtUp) fetched(n, voter(4), n.log.endOffset)
    const { token } = n.ask(add(voter(4)))
    const found = n.answered(4, { api: 'apiVersions', epoch: -1, ...more }).find((e) => e.kind === 'answer')
    assert.deepEqual(found?.kind === 'answer' && [found.token, found.message.errorCode], [token, code], name)
    assert.match(String(found?.kind === 'answer' && found.message.errorMessage), message, name)
    assert.equal(n.s.role.kind === 'leader' && n.s.role.change, null)
  }
  const n = settled()
  const { token } = n.ask(add(voter(4)))
  assert.equal(n.ask(remove(voter(3))).answer?.errorCode, errors.REQUEST_TIMED_OUT)
  const failed = n.failed(4, 'refused').find((e) => e.kind === 'answer')
  assert.deepEqual(failed?.kind === 'answer' && [failed.token, failed.message.errorCode], [
    token,
    errors.REQUEST_TIMED_OUT,
  ])
})

test('a change that takes too long is told so, and still keeps others out until it is committed', () => {
  const n = settled()
  fetched(n, voter(4), n.log.endOffset)
  const { token } = n.ask(add(voter(4), { timeoutMs: 1000 }))
  appended(n, n.answered(4, { api: 'apiVersions', epoch: -1, ...kraft }))
  const late = n.until(n.nowMs + 1000).find((e) => e.kind === 'answer' && e.token === token)
  assert.equal(late?.kind === 'answer' && late.message.errorCode, errors.REQUEST_TIMED_OUT)
  assert.equal(n.ask(remove(voter(3))).answer?.errorCode, errors.REQUEST_TIMED_OUT)
  for (const id of [2, 4]) fetched(n, voter(id), n.log.endOffset)
  assert.equal(n.ask(remove(voter(3))).answer, null)
})

test('a voter is removed, and what it holds does not count from then on', () => {
  const n = settled()
  const { effects, answer, token } = n.ask(remove(voter(3)))
  assert.equal(answer, null)
  assert.deepEqual(ids(n), [1, 2])
  appended(n, effects)
  assert.equal(
    fetched(n, voter(3), n.log.endOffset).some((e) => e.kind === 'committed'),
    false,
  )
  const committed = fetched(n, voter(2), n.log.endOffset)
  assert.ok(committed.some((e) => e.kind === 'answer' && e.token === token && e.message.errorCode === errors.NONE))
})

test('why a voter is not removed', () => {
  assert.equal(settled().ask(remove(voter(9))).answer?.errorCode, errors.VOTER_NOT_FOUND)
  assert.equal(settled().ask(remove(voter(3, 1))).answer?.errorCode, errors.VOTER_NOT_FOUND)
  assert.equal(settled().ask(remove(voter(3, null))).answer?.errorCode, errors.INVALID_REQUEST)
  const sole = OneNode.leader({ voters: [voter(1)] })
  const { answer } = sole.ask(remove(voter(1)))
  assert.deepEqual([answer?.errorCode, answer?.errorMessage?.includes('the only one')], [errors.INVALID_REQUEST, true])
})

test('a leader that is removed leads until that is committed by the others, then hands over', () => {
  const n = settled()
  const { effects, token } = n.ask(remove(voter(1)))
  appended(n, effects)
  assert.equal(n.s.role.kind, 'leader')
  // Its own disk does not count: both others are needed.
  assert.equal(
    fetched(n, voter(2), n.log.endOffset).some((e) => e.kind === 'committed'),
    false,
  )
  const committed = fetched(n, voter(3), n.log.endOffset)
  assert.ok(committed.some((e) => e.kind === 'answer' && e.token === token && e.message.errorCode === errors.NONE))
  assert.equal(n.s.role.kind, 'resigned')
  assert.deepEqual(
    kinds(committed).filter((k) => k.startsWith('end')),
    ['endQuorumEpoch to 2', 'endQuorumEpoch to 3'],
  )
  n.until(n.nowMs + 10_000)
  assert.equal(roleOf(n), 'unattached')
})

test('one of two that removes itself and dies before the other knows may still be elected, to finish it', () => {
  const n = settled({ voters: [voter(1), voter(2)] })
  appended(n, n.ask(remove(voter(1))).effects)
  n.until(n.nowMs + 3100)
  assert.equal(n.s.role.kind, 'resigned')
  n.until(n.nowMs + 3000)
  assert.equal(roleOf(n), 'prospective')
  n.answered(2, { api: 'vote', isVoteGranted: true })
  n.synced()
  n.answered(2, { api: 'vote', isVoteGranted: true })
  assert.deepEqual([roleOf(n), n.s.epoch], ['leader', 6])
})

test('a voter tells of its new endpoint, and is believed at once', () => {
  const moved = { ...voter(2), endpoints: [{ name: 'CONTROLLER', host: 'elsewhere', port: 1 }] }
  const n = settled()
  const { answer, effects } = n.ask(update(moved))
  assert.equal(answer?.errorCode, errors.NONE)
  appended(n, effects)
  assert.deepEqual(n.s.history.voters[1], moved)
  fetched(n, voter(2), n.log.endOffset)
  assert.equal(kinds(n.ask(update(moved)).effects).includes('appendControl'), false)
  const code = (m: UpdateVoterRequest) => n.ask(m).answer?.errorCode
  assert.equal(code(update(voter(9))), errors.VOTER_NOT_FOUND)
  assert.equal(code(update(moved, { epoch: 4 })), errors.FENCED_LEADER_EPOCH)
  assert.equal(code(update({ ...moved, endpoints: [] })), errors.INVALID_REQUEST)
  assert.equal(code(update({ ...moved, kraftVersions: { min: 0, max: 0 } })), errors.INVALID_REQUEST)
})

test('a follower whose row is another than what it is tells the leader, and fetches meanwhile', () => {
  const here = { ...voter(1), endpoints: [{ name: 'CONTROLLER', host: 'here', port: 1 }] }
  const n = OneNode.follower({ local: here })
  assert.equal(n.s.peers.get(2)?.api, 'updateVoter')
  assert.ok(sent(n.answered(2, { api: 'updateVoter', leaderId: 2 }), 'fetch'))
  assert.ok(sent(OneNode.follower().answered(2, { api: 'fetch', leaderId: 2 }), 'fetch'))
})

test('an observer that joins by itself first removes the row of its id with another disk', () => {
  const n = OneNode.follower({ local: voter(3, 1), joinsItself: true })
  const first = n.answered(2, { api: 'fetch', leaderId: 2 })
  assert.deepEqual(sent(first, 'removeVoter')?.voter, voter(3).key)
  n.answered(2, { api: 'removeVoter', epoch: -1 })
  const without = [{ offset: 10, record: { type: 'voters' as const, voters: [voter(1), voter(2)] } }]
  const records = {
    baseOffset: 10,
    endOffset: 11,
    lastEpoch: 5,
    control: without,
    bytes: { bytes: new Uint8Array(0), from: 0, to: 0 },
  }
  n.answered(2, { api: 'fetch', leaderId: 2, records, highWatermark: 11 })
  n.log.append(5, 11)
  n.do({ kind: 'logFlushed', offset: 11 })
  const join = sent(n.until(n.nowMs + 2100), 'addVoter')
  assert.equal(join, undefined)
  const added = sent(n.answered(2, { api: 'fetch', leaderId: 2 }), 'addVoter')
  assert.deepEqual([added?.voter, added?.ackWhenCommitted], [voter(3, 1).key, false])
})

test('kraft.version 0 becomes 1 when every voter has told what it is', () => {
  const n = settled({ voters: [1, 2, 3].map((id) => voter(id, null)), kraftVersion: 0 })
  const refusal = (level: number) => {
    const found = n.do({ kind: 'upgrade', level, validateOnly: true }).find((e) => e.kind === 'refused')
    return found?.kind === 'refused' ? [found.code, found.message] : null
  }
  assert.match(String(refusal(1)?.[1]), /the voters 2, 3 have not told/)
  assert.equal(n.ask(update(voter(2))).answer?.errorCode, errors.NONE)
  assert.equal(n.ask(update(voter(9))).answer?.errorCode, errors.VOTER_NOT_FOUND)
  assert.match(String(refusal(1)?.[1]), /the voters 3 have not told/)
  n.ask(update(voter(3)))
  assert.equal(refusal(1), null)
  assert.equal(refusal(2)?.[0], errors.INVALID_UPDATE_VERSION)
  assert.deepEqual(n.s.history.kraftVersion, 0)
  const effects = n.do({ kind: 'upgrade', level: 1, validateOnly: false })
  assert.deepEqual(effects[0], {
    kind: 'appendControl',
    epoch: 5,
    records: [
      { type: 'kraftVersion', level: 1 },
      { type: 'voters', voters: [1, 2, 3].map((id) => voter(id)) },
    ],
  })
  assert.equal(refusal(0)?.[0], errors.INVALID_UPDATE_VERSION)
  assert.equal(refusal(1), null)
})
