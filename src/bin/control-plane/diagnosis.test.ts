import assert from 'node:assert/strict'
import { test } from 'node:test'
import { diagnosis } from './diagnosis.ts'

const object = (kind: string, name: string, rest: object, apiVersion = 'v1') => ({
  ...{ apiVersion, kind, metadata: { name } },
  ...rest,
})

test('a healthy cluster has nothing that stands out', () => {
  const ready = { status: { conditions: [{ type: 'Ready', status: 'True' }] } }
  const running = { status: { phase: 'Running', containerStatuses: [{ name: 'kafka', ready: true, restartCount: 0 }] } }
  const objects = [object('Kafka', 'c', ready, 'kafka.strimzi.io/v1'), object('Pod', 'c-0', running)]
  assert.equal(diagnosis(objects, []), 'Nothing stands out.\n')
})

test('what is not ready, waits, restarts or was warned of is said with its reason', () => {
  const waiting = { reason: 'CrashLoopBackOff', message: 'back-off 10s' }
  const pod = {
    status: { phase: 'Running', containerStatuses: [{ name: 'kafka', restartCount: 3, state: { waiting } }] },
  }
  const kafka = { status: { conditions: [{ type: 'NotReady', status: 'True', reason: 'Creating', message: 'wait' }] } }
  const event = { type: 'Warning', reason: 'BackOff', message: 'again', involvedObject: { kind: 'Pod', name: 'c-0' } }
  const text = diagnosis(
    [object('Pod', 'c-0', pod), object('Kafka', 'c', kafka, 'kafka.strimzi.io/v1')],
    [object('Event', 'e', event)],
  )
  assert.deepEqual(text.trim().split('\n'), [
    'Pod c-0, container kafka waits: CrashLoopBackOff back-off 10s',
    'Pod c-0, container kafka was restarted 3 times',
    'Kafka c is NotReady=True: Creating wait',
    'Event about Pod c-0: BackOff again',
  ])
})
