import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ClusterAction, type ClusterEvent, type Ending, type Member, newCluster, step } from './supervise.ts'

const member = (id: number, isBroker: boolean, isController: boolean): Member => {
  return { id, name: `${isBroker ? 'broker' : 'controller'} ${id}`, logFile: `/${id}.log`, isBroker, isController }
}
const combined = [1, 2, 3].map((id) => member(id, true, true))
const isolated = [member(1, true, false), member(2, true, false), member(101, false, true)]

const killed: Ending = { code: null, signal: 'SIGKILL', reason: null }
const inOrder: Ending = { code: 0, signal: null, reason: null }

/** A cluster whose actions are read as words: `spawn 1`, `leave 2`, `over 0`. */
function world(team: readonly Member[]) {
  let state = newCluster(team)
  let nowMs = 0
  const words = (action: ClusterAction): string => {
    if ('id' in action) return `${action.kind} ${action.id}`
    if ('text' in action) return action.text
    if (action.kind === 'over') return `over ${action.exitCode}`
    return action.kind === 'isUp' ? 'isUp' : `wakeAt ${action.monoMs}`
  }
  const tell = (event: ClusterEvent): string[] => {
    const next = step(team, state, event, nowMs)
    state = next.state
    return next.actions.map(words)
  }
  const up = () => {
    tell({ kind: 'begin' })
    for (const { id } of team) tell({ kind: 'up', id })
  }
  return { tell, up, pass: (ms: number) => (nowMs += ms) }
}

test('all begin at once, and the cluster is up when the last one is', () => {
  const { tell } = world(combined)
  assert.deepEqual(tell({ kind: 'begin' }), ['spawn 1', 'spawn 2', 'spawn 3'])
  assert.deepEqual(tell({ kind: 'up', id: 2 }), [])
  assert.deepEqual(tell({ kind: 'up', id: 1 }), [])
  assert.deepEqual(tell({ kind: 'up', id: 3 }), ['isUp'])
})

test('a node that does not start at first ends the others, with its reason', () => {
  const { tell } = world(combined)
  tell({ kind: 'begin' })
  tell({ kind: 'up', id: 1 })
  const how = { code: 1, signal: null, reason: 'the disk is full' }
  const actions = tell({ kind: 'ended', id: 2, how })
  assert.deepEqual(actions.slice(0, 2), ['broker 2 did not start: the disk is full. Its log: /2.log', 'leave 1'])
  assert.deepEqual(tell({ kind: 'left', id: 1 }).slice(0, 2), ['stop 1', 'stop 3'])
  tell({ kind: 'ended', id: 1, how: inOrder })
  assert.deepEqual(tell({ kind: 'ended', id: 3, how: inOrder }), ['over 1'])
})

test('a node that dies is started again at once, then ever later, and is steady after half a minute', () => {
  const { tell, up, pass } = world(combined)
  up()
  assert.deepEqual(tell({ kind: 'ended', id: 2, how: killed }), [
    'broker 2 was ended by SIGKILL; starting it again. Its log: /2.log',
    'spawn 2',
  ])
  assert.deepEqual(tell({ kind: 'up', id: 2 }), ['broker 2 is back'])
  const delays: string[] = []
  for (let i = 0; i < 9; i++) {
    const [line = '', wake = ''] = tell({ kind: 'ended', id: 2, how: killed })
    delays.push(/again(.*)\. Its/.exec(line)![1]!)
    assert.match(wake, /^wakeAt/)
    pass(30_000)
    assert.deepEqual(tell({ kind: 'tick' }), ['spawn 2'])
  }
  assert.deepEqual(delays, [
    ...[' in 0.5 s', ' in 1 s', ' in 2 s', ' in 4 s', ' in 8 s', ' in 16 s', ' in 30 s', ' in 30 s', ' in 30 s'],
  ])
  tell({ kind: 'up', id: 2 })
  pass(30_000)
  assert.equal(tell({ kind: 'ended', id: 2, how: killed })[1], 'spawn 2')
})

test('to stop, brokers leave while all decide; then brokers end, then controllers', () => {
  const { tell, up } = world(isolated)
  up()
  assert.deepEqual(tell({ kind: 'stop', exitCode: 0 }).slice(0, 2), ['leave 1', 'leave 2'])
  assert.deepEqual(tell({ kind: 'left', id: 1 }), [])
  assert.deepEqual(tell({ kind: 'left', id: 2 }).slice(0, 2), ['stop 1', 'stop 2'])
  assert.deepEqual(tell({ kind: 'ended', id: 2, how: inOrder }), [])
  assert.deepEqual(tell({ kind: 'ended', id: 1, how: inOrder })[0], 'stop 101')
  assert.deepEqual(tell({ kind: 'ended', id: 101, how: inOrder }), ['over 0'])
})

test('who does not answer is not waited for for ever', () => {
  const { tell, up, pass } = world(isolated)
  up()
  tell({ kind: 'stop', exitCode: 0 })
  pass(10_000)
  assert.deepEqual(tell({ kind: 'tick' }).slice(0, 2), ['stop 1', 'stop 2'])
  pass(20_000)
  assert.equal(tell({ kind: 'tick' })[0], 'stop 101')
  pass(20_000)
  assert.deepEqual(tell({ kind: 'tick' }), [
    ...['broker 1 does not stop; it is killed', 'broker 2 does not stop; it is killed'],
    ...['controller 101 does not stop; it is killed', 'kill 1', 'kill 2', 'kill 101'],
  ])
  for (const id of [1, 2]) assert.deepEqual(tell({ kind: 'ended', id, how: killed }), [])
  assert.deepEqual(tell({ kind: 'ended', id: 101, how: killed }), ['over 1'])
})

test('a second signal kills', () => {
  const { tell, up } = world(isolated)
  up()
  tell({ kind: 'stop', exitCode: 0 })
  assert.deepEqual(tell({ kind: 'stop', exitCode: 130 }), ['kill 1', 'kill 2', 'kill 101'])
  for (const id of [1, 2]) tell({ kind: 'ended', id, how: killed })
  assert.deepEqual(tell({ kind: 'ended', id: 101, how: killed }), ['over 130'])
})

test('a node that waits for its next start does not hold up the end', () => {
  const { tell, up } = world(isolated)
  up()
  tell({ kind: 'ended', id: 1, how: killed })
  tell({ kind: 'ended', id: 1, how: killed })
  assert.equal(tell({ kind: 'stop', exitCode: 0 })[0], 'leave 2')
  assert.equal(tell({ kind: 'left', id: 2 })[0], 'stop 2')
})
