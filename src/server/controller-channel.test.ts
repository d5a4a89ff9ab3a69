import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Failure, Logger } from '../env/index.ts'
import { ManualClock } from '../env/memory/index.ts'
import { errorName, errors } from '../protocol/index.ts'
import { ControllerChannel } from './controller-channel.ts'

const quiet: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => quiet }
const refused: Failure = { code: 'ECONNREFUSED', message: 'nobody listens', retry: 'later' }
const otherVersion: Failure = { code: 'EVERSION', message: 'no version in common', retry: 'later' }

type Said = Failure | { readonly errorCode: number; readonly responseData: Uint8Array | null }

/** A broker whose controller is elsewhere and says these things, one after the other; and what a client hears. */
function deleteTopics(...said: readonly Said[]) {
  const clock = new ManualClock()
  const left = [...said]
  const ask = (_api: unknown, _body: unknown, done: (failure: Failure | null, got: unknown) => void) => {
    const next = left.shift()!
    clock.atTurnEnd(() => ('code' in next ? done(next, undefined) : done(null, { version: 0, answer: next })))
  }
  const channel = new ControllerChannel({
    ...{ clock, logger: quiet, nodeId: 1, clientId: 'broker-1', timeoutMs: 1000 },
    local: { isActive: false } as never,
    leader: () => ({ id: 2, host: 'localhost', port: 9093 }),
    connect: (address) => ({ address, ask, close: () => undefined }) as never,
  })
  const heard: string[] = []
  const request = { topics: [], topicNames: ['t'], timeoutMs: 1000 }
  const asker = { principal: { type: 'User', name: 'anna' }, host: '127.0.0.1' }
  channel.ask('deleteTopics', request, { version: 5, asker }, ({ responses }) => {
    heard.push(errorName(responses?.[0]?.errorCode ?? errors.NONE))
  })
  for (let i = 0; i < 30; i++) {
    clock.runTurns()
    clock.advance(50)
  }
  return { heard, unsaid: left.length }
}

test('an answer that cannot be read is an error for the client, not the end of the broker', () => {
  const garbage = { errorCode: errors.NONE, responseData: Uint8Array.of(1, 2) }
  assert.deepEqual(deleteTopics(garbage), { heard: ['UNKNOWN_SERVER_ERROR'], unsaid: 0 })
})

test('who is no controller and who cannot be reached are asked again, until the time is over', () => {
  const notController = { errorCode: errors.NOT_CONTROLLER, responseData: null }
  const denied = { errorCode: errors.CLUSTER_AUTHORIZATION_FAILED, responseData: null }
  assert.deepEqual(deleteTopics(refused, notController, denied), { heard: ['CLUSTER_AUTHORIZATION_FAILED'], unsaid: 0 })
  assert.deepEqual(deleteTopics(...Array<Said>(100).fill(refused)).heard, ['REQUEST_TIMED_OUT'])
})

test('a controller that speaks no version in common is told at once', () => {
  assert.deepEqual(deleteTopics(otherVersion, refused), { heard: ['UNSUPPORTED_VERSION'], unsaid: 1 })
})
