import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AddRaftVoter, errors, RemoveRaftVoter } from '../protocol/index.ts'
import { type Member, RaftCluster } from './raft-cluster.ts'

test('three voters elect one, and what it commits is in the image of all', () => {
  const c = RaftCluster.ofThree()
  const leader = c.settle(400)
  assert.ok(leader.propose('a') !== null)
  c.settle(50)
  for (const member of c.up) {
    assert.equal(member.value, 'a')
    assert.equal(member.node!.leaderEndpoint?.port, 9000 + leader.id)
  }
  const report = leader.node!.describeQuorum()
  assert.deepEqual([report.leaderId, report.voters.map((v) => v.replica.id)], [leader.id, [1, 2, 3]])
  c.until(() => leader.node!.describeQuorum().voters.every((v) => v.logEndOffset === leader.node!.endOffset), 1000)
})

test('a leader whose process dies is followed by another within the fraction of a second, and comes back', () => {
  const c = RaftCluster.ofThree()
  const first = c.settle()
  first.propose('a')
  c.settle()
  first.stop('kill')
  c.until(() => c.leaders.length > 0, 300)
  const second = c.settle()
  assert.notEqual(second.id, first.id)
  second.propose('b')
  c.settle()
  first.start()
  c.settle()
  assert.equal(first.value, 'b')
  assert.equal(c.leader.id, second.id)
})

function ask(
  c: RaftCluster,
  member: Member,
  key: number,
  request: unknown,
): { errorCode: number; errorMessage: string | null } {
  const answers: unknown[] = []
  member.node!.handle(key, request, (answer) => answers.push(answer))
  c.until(() => answers.length > 0, 5000)
  return answers[0] as { errorCode: number; errorMessage: string | null }
}

const addRequest = (m: Member) => ({
  clusterId: 'cluster',
  timeoutMs: 3000,
  voterId: m.id,
  voterDirectoryId: m.directoryId,
  listeners: [{ name: 'CONTROLLER', host: 'localhost', port: 9000 + m.id }],
  ackWhenCommitted: true,
})
const removeRequest = (m: Member) => ({ clusterId: 'cluster', voterId: m.id, voterDirectoryId: m.directoryId })
const voterIds = (m: Member): number[] => m.node!.voters.map((v) => v.key.id).sort()

test('an observer joins, becomes a voter, and takes over from a leader that removes itself', () => {
  const c = RaftCluster.ofThree()
  const leader = c.settle()
  leader.propose('a')
  const fourth = c.add(4, { initial: null })
  fourth.start()
  c.settle()
  assert.equal(fourth.value, 'a')
  assert.deepEqual(
    leader.node!.describeQuorum().observers.map((o) => o.replica.id),
    [4],
  )
  assert.equal(ask(c, leader, AddRaftVoter.key, addRequest(fourth)).errorCode, errors.NONE)
  assert.deepEqual(voterIds(leader), [1, 2, 3, 4])
  assert.equal(ask(c, leader, AddRaftVoter.key, addRequest(fourth)).errorCode, errors.DUPLICATE_VOTER)
  c.settle()
  assert.deepEqual(voterIds(fourth), [1, 2, 3, 4])
  assert.equal(ask(c, leader, RemoveRaftVoter.key, removeRequest(leader)).errorCode, errors.NONE)
  c.until(() => c.leaders.some((m) => m.id !== leader.id), 500)
  const second = c.settle()
  assert.notEqual(second.id, leader.id)
  assert.deepEqual(
    voterIds(second),
    [1, 2, 3, 4].filter((id) => id !== leader.id),
  )
  second.propose('b')
  c.settle()
  assert.equal(leader.value, 'b')
})

test('a controller that lost its disk takes its place again by itself', () => {
  const c = new RaftCluster(3)
  for (const id of [1, 2, 3]) c.add(id, { initial: [1, 2, 3], joinsItself: true })
  for (const member of c.members.values()) member.start()
  const leader = c.settle()
  leader.propose('a')
  c.settle()
  const lost = c.up.find((m) => m.id !== leader.id)!
  const oldKey = leader.node!.voters.find((v) => v.key.id === lost.id)!.key
  lost.stop('power cut')
  const again = c.add(lost.id, { initial: null, joinsItself: true })
  again.start()
  c.until(
    () => leader.node!.voters.some((v) => v.key.id === lost.id && v.key.directoryId === again.directoryId),
    10_000,
  )
  assert.notEqual(again.directoryId, oldKey.directoryId)
  c.settle()
  assert.deepEqual(voterIds(again), [1, 2, 3])
  assert.equal(again.value, 'a')
})

test('a broker finds the leader among static voters, whatever their listener is called', () => {
  const c = new RaftCluster()
  const common = { initial: null, staticVoters: [1, 2, 3], listener: 'CONTROLPLANE-9090' }
  for (const id of [1, 2, 3]) c.add(id, common)
  const broker = c.add(4, { ...common, isObserver: true })
  for (const member of c.members.values()) member.start()
  const leader = c.settle()
  c.until(() => broker.node?.leadership.leaderId === leader.id, 5000)
  assert.equal(broker.node?.leadership.leaderId, leader.id)
})

test('static voters elect, and become dynamic ones with kraft.version 1', () => {
  const c = new RaftCluster()
  for (const id of [1, 2, 3]) c.add(id, { initial: null, staticVoters: [1, 2, 3] })
  for (const member of c.members.values()) member.start()
  const leader = c.settle()
  assert.equal(leader.node!.kraftVersion, 0)
  c.until(() => leader.node!.upgradeKraftVersion(1, true) === null, 1000)
  assert.equal(leader.node!.upgradeKraftVersion(2, false)?.code, errors.INVALID_UPDATE_VERSION)
  assert.equal(leader.node!.upgradeKraftVersion(1, false), null)
  const codes: number[] = []
  leader.node!.whenCommitted(leader.node!.endOffset, (code) => codes.push(code))
  assert.deepEqual(codes, [])
  c.settle()
  assert.deepEqual(codes, [errors.NONE])
  for (const member of c.up) {
    assert.equal(member.node!.kraftVersion, 1)
    assert.deepEqual(
      member.node!.voters.map((v) => v.key.directoryId),
      [1, 2, 3].map((id) => c.members.get(id)!.directoryId),
    )
  }
  leader.propose('a')
  c.settle()
  for (const member of [...c.up]) {
    member.stop('power cut')
    member.start()
  }
  assert.equal(c.settle().node!.kraftVersion, 1)
  for (const member of c.up) assert.equal(member.value, 'a')
})

test('who is far behind loads a snapshot in pieces, and the log behind it', () => {
  const options = {
    segmentBytes: 4096,
    snapshots: { bytesBetween: 4000, retentionBytes: 9000 },
    timeouts: { snapshotBytesMax: 700, fetchBytesMax: 1500 },
  }
  const c = RaftCluster.ofThree(5, options)
  const leader = c.settle()
  const late = c.up.find((m) => m.id !== leader.id)!
  late.stop('kill')
  for (let i = 0; i < 60; i++) {
    leader.propose(String(i).padEnd(400, '.'))
    c.clock.advance(3)
  }
  assert.ok(leader.node!.log.startOffset > 10, String(leader.node!.log.startOffset))
  late.start()
  const observer = c.add(7, { initial: null, options })
  observer.start()
  c.settle(10_000)
  for (const member of [late, observer]) {
    assert.equal(member.value, '59'.padEnd(400, '.'))
    assert.ok(member.lines.includes('Loaded a metadata snapshot'))
    assert.ok(member.node!.log.startOffset > 10)
    assert.deepEqual(voterIds(member), [1, 2, 3])
    member.stop('power cut')
    member.start()
  }
  c.settle()
  assert.equal(late.value, '59'.padEnd(400, '.'))
})

test('a leader cut off from the others resigns; what it alone had is cut from its log', () => {
  const c = RaftCluster.ofThree()
  const first = c.settle()
  first.propose('kept')
  c.settle()
  for (const other of c.up) if (other !== first) c.cut(first.id, other.id)
  first.propose('lost')
  const codes: number[] = []
  first.node!.whenCommitted(first.node!.endOffset, (code) => codes.push(code))
  c.until(() => c.leaders.some((m) => m !== first), 6000)
  const second = c.leaders.find((m) => m !== first)!
  second.propose('new')
  c.until(() => first.node!.leadership.leaderId !== first.id, 6000)
  c.cuts.clear()
  c.settle(8000)
  for (const member of c.up) assert.equal(member.value, 'new')
  assert.ok(first.lines.includes('Truncates the metadata log'))
  assert.deepEqual(codes, [errors.NOT_CONTROLLER])
})

test('a tail of an epoch that the new leader has no records of any more is replaced by a snapshot', () => {
  const c = RaftCluster.ofThree(9, { segmentBytes: 2048, snapshots: { bytesBetween: 1500, retentionBytes: 4000 } })
  const first = c.settle()
  first.propose('kept')
  c.settle()
  for (const other of c.up) if (other !== first) c.cut(first.id, other.id)
  for (let i = 0; i < 25; i++) first.propose('lost', `lost${i}`)
  c.until(() => c.leaders.some((m) => m !== first), 6000)
  const second = c.leaders.find((m) => m !== first)!
  for (let i = 0; second.node!.log.startOffset < 12; i++) {
    second.propose(''.padEnd(150, 'v'), `new${i}`)
    c.clock.advance(5)
  }
  assert.ok(second.node!.endOffset < first.node!.endOffset, 'the tail reaches beyond where the new log begins')
  c.cuts.clear()
  c.settle(10_000)
  assert.ok(first.lines.includes('Loaded a metadata snapshot'))
  assert.deepEqual(first.image.configs, second.image.configs)
})

test('a voter with another address tells the leader, and is found there', () => {
  const c = RaftCluster.ofThree()
  const leader = c.settle()
  const moved = c.up.find((m) => m.id !== leader.id)!
  moved.stop('kill')
  moved.start({ endpoints: [{ name: 'CONTROLLER', host: '127.0.0.1', port: 9000 + moved.id }] })
  c.until(() => leader.node!.voters.some((v) => v.endpoints[0]?.host === '127.0.0.1'), 3000)
  c.settle()
  for (const { node } of c.up) assert.deepEqual(node!.voters.length, 3)
})

test('a leader that closes hands over at once', () => {
  const c = RaftCluster.ofThree()
  const first = c.settle()
  first.close()
  c.until(() => c.leaders.length > 0, 50)
  c.settle()
})

test('a sole voter serves observers, and nobody follows what it has not made durable', () => {
  const c = new RaftCluster()
  const sole = c.add(1, { initial: [1] })
  const observer = c.add(2, { initial: null })
  sole.start()
  observer.start()
  c.settle()
  sole.propose('a')
  c.settle()
  assert.equal(observer.value, 'a')
  sole.propose('b')
  sole.stop('power cut')
  sole.start()
  c.settle()
  assert.equal(observer.value, sole.value)
})

test('a log that was cut starts again, also when its checkpoints knew of more', () => {
  for (const how of ['kill', 'power cut'] as const) {
    const c = RaftCluster.ofThree()
    const first = c.settle()
    first.propose('kept')
    c.settle()
    for (const other of c.up) if (other !== first) c.cut(first.id, other.id)
    for (let i = 0; i < 9; i++) first.propose('lost')
    // The recovery point is noted once a minute.
    c.clock.advance(70_000)
    c.cuts.clear()
    c.settle(20_000)
    assert.ok(first.lines.includes('Truncates the metadata log'))
    first.stop(how)
    first.start()
    c.settle()
    assert.equal(first.value, 'kept')
  }
})
