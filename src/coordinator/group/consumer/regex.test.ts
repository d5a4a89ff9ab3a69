import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errors } from '../../../protocol/index.ts'
import { ConsumerWorld } from './consumer-world.ts'

test('a member that subscribes by a pattern gets its topics with the heartbeat after they are known', () => {
  const w = new ConsumerWorld()
  const m = w.member('m', { subscribedTopicRegex: '(a|x).*' })
  assert.equal(m.owned, '')
  m.beat()
  assert.equal(m.owned, 'a0 a1 a2 a3 a4 a5')
  const record = w.records().find(({ type }) => type === 'ConsumerGroupRegularExpression')!
  assert.deepEqual(record.key, { groupId: 'g', regularExpression: '(a|x).*' })
  assert.deepEqual(record.value, { topics: ['a'], version: w.image().offset, timestamp: w.clock.wallMs() })
})

test('the whole name must match', () => {
  const w = new ConsumerWorld()
  w.topic('ba', 'cccccccccccccccccccccA', 1)
  const m = w.member('m', { subscribedTopicRegex: 'a' })
  m.beat()
  assert.equal(m.owned, 'a0 a1 a2 a3 a4 a5')
})

test('what is no pattern is refused with RE2’s words, and nothing is written', () => {
  const w = new ConsumerWorld()
  const answer = w.enter('m', { subscribedTopicRegex: '[a' })
  assert.equal(answer.errorCode, errors.INVALID_REGULAR_EXPRESSION)
  assert.equal(answer.errorMessage, 'SubscribedTopicRegex `[a` is not a valid regular expression: missing closing ].')
  assert.equal(w.records().length, 0)
  assert.equal(w.groupState().errorCode, errors.GROUP_ID_NOT_FOUND)
})

test('a pattern that would make a backtracking engine think for years is answered', () => {
  const w = new ConsumerWorld()
  w.topic('a'.repeat(200), 'cccccccccccccccccccccA', 1)
  const m = w.member('m', { subscribedTopicRegex: '(a+)+b' })
  m.beat()
  assert.equal(m.owned, '')
})

test('a new topic that matches is taken up, at most ten seconds after the last look', () => {
  const w = new ConsumerWorld()
  const m = w.member('m', { subscribedTopicRegex: '[a-c]' })
  m.beat()
  assert.equal(m.owned, 'a0 a1 a2 a3 a4 a5 b0 b1 b2 b3')
  w.topic('c', 'cccccccccccccccccccccA', 2)
  m.beat()
  assert.equal(m.owned.includes('c0'), false)
  w.clock.advance(10_001)
  for (let i = 0; i < 3; i++) m.beat()
  assert.equal(m.owned.includes('c0 c1'), true)
})

test('names and a pattern add up', () => {
  const w = new ConsumerWorld()
  const m = w.member('m', { subscribedTopicRegex: 'a', subscribedTopicNames: ['b'] })
  for (let i = 0; i < 3; i++) m.beat()
  assert.equal(m.owned, 'a0 a1 a2 a3 a4 a5 b0 b1 b2 b3')
})

test('a pattern that nobody has any longer is forgotten', () => {
  const w = new ConsumerWorld()
  const m = w.member('m', { subscribedTopicRegex: 'a' })
  const n = w.member('n', { subscribedTopicRegex: 'a' })
  for (let i = 0; i < 3; i++) for (const member of [m, n]) member.beat()
  m.beat({ subscribedTopicRegex: '', subscribedTopicNames: ['b'] })
  assert.equal(w.records().filter((r) => r.type === 'ConsumerGroupRegularExpression' && r.value === null).length, 0)
  w.beat('n', -1)
  assert.equal(w.records().filter((r) => r.type === 'ConsumerGroupRegularExpression' && r.value === null).length, 1)
  const group = w.runtime.state!.groups.get('g')!
  assert.equal(group.isSubscribedTo('a'), false)
  assert.equal(group.isSubscribedTo('b'), true)
})

test('patterns and what they resolved to come through a failover', () => {
  const w = new ConsumerWorld()
  const m = w.member('m', { subscribedTopicRegex: 'a' })
  m.beat()
  w.fail()
  m.beat()
  assert.equal(m.owned, 'a0 a1 a2 a3 a4 a5')
  assert.equal(w.runtime.state!.groups.get('g')!.isSubscribedTo('a'), true)
})

test('many topics are looked at over several turns', () => {
  const w = new ConsumerWorld()
  for (let i = 0; i < 1200; i++) w.topic(`t${i}`, `${'0'.repeat(17)}${String(i).padStart(4, '0')}A`, 1)
  const m = w.member('m', { subscribedTopicRegex: 't.*' })
  m.beat()
  const described = w.groupState().members![0]!.targetAssignment!.topicPartitions!
  assert.equal(described.length, 1200)
})

test('a pattern matches only what the client that has it evaluated may describe', () => {
  const w = new ConsumerWorld()
  const mayDescribe = (topic: string) => topic !== 'b'
  const m = w.member('m', { subscribedTopicRegex: '.*', mayDescribe })
  for (let i = 0; i < 3; i++) m.beat({ mayDescribe })
  assert.equal(m.owned, 'a0 a1 a2 a3 a4 a5')
  const record = w.records().find(({ type }) => type === 'ConsumerGroupRegularExpression')!
  assert.deepEqual(record.value, { topics: ['a'], version: w.image().offset, timestamp: w.clock.wallMs() })
})

test('the principal of the request that begins a new look decides for the group', () => {
  const w = new ConsumerWorld()
  const m = w.member('m', { subscribedTopicRegex: '.*' })
  for (let i = 0; i < 3; i++) m.beat()
  assert.equal(m.owned, 'a0 a1 a2 a3 a4 a5 b0 b1 b2 b3')
  w.clock.advance(10_001)
  w.topic('c', 'cccccccccccccccccccccA', 2)
  const mayDescribe = (topic: string) => topic === 'c'
  for (let i = 0; i < 4; i++) m.beat({ mayDescribe })
  assert.equal(m.owned, 'c0 c1')
})

test('odd topic names make nobody’s subscription another’s', () => {
  const w = new ConsumerWorld()
  const m = w.member('m', { subscribedTopicNames: ['a', 'b'] })
  const n = w.member('n', { subscribedTopicNames: ['a\nb'] })
  for (let i = 0; i < 3; i++) for (const member of [m, n]) member.beat()
  assert.equal(m.owned, 'a0 a1 a2 a3 a4 a5 b0 b1 b2 b3')
  assert.equal(n.owned, '')
})
