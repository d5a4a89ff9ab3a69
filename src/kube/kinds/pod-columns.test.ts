import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Obj } from '../../kube-client/index.ts'
import { summarizePod } from './pod-columns.ts'

const pod = (
  status: Record<string, unknown>,
  metadata: Partial<Obj['metadata']> = {},
  spec: Record<string, unknown> = {},
): Obj => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', ...metadata },
  spec: { containers: [{ name: 'a' }, { name: 'b' }], ...spec },
  status,
})
const running = (name: string, ready = true) => ({ name, ready, restartCount: 0, state: { running: {} } })

test('says what a pod is at in one word', () => {
  const word = (status: Record<string, unknown>, metadata = {}, spec = {}) =>
    summarizePod(pod(status, metadata, spec), 0).reason
  assert.equal(word({ phase: 'Pending' }), 'Pending')
  assert.equal(word({ phase: 'Running', containerStatuses: [running('a'), running('b')] }), 'Running')
  const waiting = { name: 'a', ready: false, restartCount: 2, state: { waiting: { reason: 'CrashLoopBackOff' } } }
  assert.equal(word({ phase: 'Running', containerStatuses: [waiting, running('b')] }), 'CrashLoopBackOff')
  const done = (exitCode: number) => ({
    name: 'a',
    restartCount: 0,
    state: { terminated: { exitCode, reason: exitCode === 0 ? 'Completed' : 'Error' } },
  })
  assert.equal(word({ phase: 'Succeeded', containerStatuses: [done(0)] }), 'Completed')
  assert.equal(word({ phase: 'Failed', containerStatuses: [done(1)] }), 'Error')
  assert.equal(
    word({ phase: 'Running', containerStatuses: [running('a')] }, { deletionTimestamp: '2026-01-01T00:00:00Z' }),
    'Terminating',
  )
  const init = { initContainers: [{ name: 'i' }, { name: 'j' }] }
  assert.equal(
    word(
      { phase: 'Pending', initContainerStatuses: [{ name: 'i', restartCount: 0, state: { running: {} } }] },
      {},
      init,
    ),
    'Init:0/2',
  )
})

test('counts what is ready, and says how long ago something began anew', () => {
  const restarted = {
    ...running('a'),
    restartCount: 3,
    lastState: { terminated: { finishedAt: '2026-01-01T00:00:00Z' } },
  }
  const found = summarizePod(
    pod({ phase: 'Running', containerStatuses: [restarted, running('b', false)] }),
    Date.parse('2026-01-01T00:00:30Z'),
  )
  assert.equal(found.ready, '1/2')
  assert.equal(found.restarts, '3 (30s ago)')
})
