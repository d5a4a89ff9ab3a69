import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errors } from '../protocol/index.ts'
import type { RaftResponse } from './messages.ts'
import { type Member, RaftCluster } from './raft-cluster.ts'

/** Keeps back what the disk is asked for, until `release`. */
function holdReplace(member: Member): () => void {
  const { disk } = member
  const replace = disk.replace.bind(disk)
  const held: (() => void)[] = []
  let isHeld = true
  disk.replace = (path, bytes, done) => {
    if (isHeld) held.push(() => replace(path, bytes, done))
    else replace(path, bytes, done)
  }
  return () => {
    isHeld = false
    for (const run of held) run()
  }
}

function holdSync(member: Member): () => void {
  const { disk } = member
  const open = disk.open.bind(disk)
  const held: (() => void)[] = []
  let isHeld = false
  disk.open = (path, mode, done) =>
    open(path, mode, (failure, file) => {
      if (failure !== null) return done(failure, file)
      const sync = file.sync.bind(file)
      file.sync = (synced) => {
        if (isHeld) held.push(() => sync(synced))
        else sync(synced)
      }
      done(null, file)
    })
  return () => {
    isHeld = !isHeld
    if (!isHeld) for (const run of held.splice(0)) run()
  }
}

test('a vote is answered when it is on disk, and what is asked in between waits for it too', () => {
  const c = new RaftCluster()
  const member = c.add(1, { initial: [1, 2, 3] })
  member.start()
  const release = holdReplace(member)
  const answers: RaftResponse[] = []
  const ask = (id: number, endOffset: number): void =>
    member.node!.receive(
      {
        api: 'vote',
        clusterId: 'cluster',
        epoch: 7,
        candidate: { id, directoryId: 'commlsOaXbXwFKoJiPnfIw' },
        intendedVoter: null,
        lastEpoch: 6,
        endOffset,
        isPreVote: false,
      },
      (message) => answers.push(message),
    )
  ask(2, 10)
  ask(3, 10)
  c.clock.runTurns()
  assert.equal(answers.length, 0)
  release()
  c.clock.runTurns()
  assert.deepEqual(
    answers.map((a) => [a.errorCode, a.epoch, a.isVoteGranted]),
    [
      [errors.NONE, 7, true],
      [errors.NONE, 7, false],
    ],
  )
  member.stop('power cut')
  member.start()
  ask(3, 10)
  c.clock.runTurns()
  assert.equal(answers.at(-1)?.isVoteGranted, false)
})

test('nobody is asked for a vote before the own one is on disk', () => {
  const c = new RaftCluster()
  for (const id of [1, 2, 3]) c.add(id, { initial: [1, 2, 3] })
  const [first, second] = [...c.members.values()]
  first!.start()
  second!.start()
  const releases = [holdReplace(first!), holdReplace(second!)]
  c.clock.advance(5000)
  assert.deepEqual(
    c.up.map((m) => m.node!.leadership.leaderId),
    [null, null],
  )
  for (const release of releases) release()
  c.settle(3000)
})

test('what a follower has not flushed does not count, what the leader has not flushed need not', () => {
  for (const who of ['leader', 'follower'] as const) {
    const c = new RaftCluster(4)
    for (const id of [1, 2, 3]) c.add(id, { initial: [1, 2, 3] })
    const toggles = new Map([...c.members.values()].map((m) => [m.id, holdSync(m)]))
    for (const member of c.members.values()) member.start()
    const leader = c.settle()
    const [follower, other] = c.up.filter((m) => m !== leader)
    if (who === 'follower') c.cut(leader.id, other!.id)
    const toggle = toggles.get(who === 'leader' ? leader.id : follower!.id)!
    toggle()
    const before = leader.node!.committedOffset
    leader.propose('a')
    c.clock.advance(200)
    assert.equal(follower!.node!.endOffset, before + 1)
    assert.equal(leader.node!.committedOffset, who === 'leader' ? before + 1 : before)
    toggle()
    c.clock.advance(200)
    assert.equal(leader.node!.committedOffset, before + 1)
  }
})

test('a power cut at any turn of the loading of a snapshot leaves what the next start goes on from', () => {
  const lengths = new Set<number>()
  for (let turns = 0; turns < 14; turns++) {
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
    const rename = first.disk.rename.bind(first.disk)
    let isNamed = false
    first.disk.rename = (from, to, done) => {
      isNamed ||= to.endsWith('.checkpoint')
      rename(from, to, done)
    }
    const runTurn = c.clock.runTurn.bind(c.clock)
    let left = turns
    c.clock.runTurn = () => {
      if (first.node !== null && isNamed && left-- === 0) {
        lengths.add(first.node.log.endOffset - first.node.log.startOffset)
        first.stop('power cut')
      }
      return runTurn()
    }
    c.cuts.clear()
    c.until(() => first.node === null, 10_000)
    c.clock.runTurn = runTurn
    first.start()
    c.settle(10_000)
    assert.deepEqual(first.image.configs, second.image.configs, `${turns} turns`)
    assert.deepEqual(first.halts, [])
  }
  assert.ok(lengths.size > 1, 'both with the old log and without it')
})

test('an endless question is not asked: nothing is sent while nothing changes and no time goes by', () => {
  const c = RaftCluster.ofThree()
  const leader = c.settle()
  const observer = c.add(4, { initial: null })
  observer.start()
  c.settle()
  leader.stop('kill')
  let turns = 0
  while (c.clock.runTurn()) assert.ok(++turns < 500)
  c.settle()
})
