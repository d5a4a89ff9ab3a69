import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock, Logger } from '../env/index.ts'
import { QuorumWatch } from './quorum-watch.ts'
import type { RaftState } from './state.ts'

function watching() {
  const lines: string[] = []
  let fire: (() => void) | null = null
  const clock = {
    monoMs: () => 0,
    at: (_: number, run: () => void) => {
      fire = run
      return { cancel: () => (fire = null) }
    },
  } as unknown as Clock
  const logger = { warn: (message: string) => void lines.push(message) } as unknown as Logger
  const voters = [1, 2, 3].map((id) => ({
    key: { id, directoryId: null },
    endpoints: [{ name: 'CONTROLLER', host: 'h', port: 9090 + id }],
  }))
  const state = { listener: 'CONTROLLER', local: voters[0], history: { voters }, role: { kind: 'prospective' } }
  const watch = new QuorumWatch(clock, logger, state as unknown as RaftState)
  return { watch, lines, state, later: () => fire?.() }
}

const refused = { code: 'ECONNREFUSED', message: 'connect', retry: 'later' } as const
const late = { code: 'ETIMEDOUT', message: 'timeout', retry: 'later' } as const

test('a lost quorum is told once, again when others are away, and when it is back', () => {
  const { watch, lines, state, later } = watching()
  const node = (id: number) => ({ id, host: 'h', port: 9090 + id })
  watch.failed(node(2), refused)
  watch.failed(node(3), late)
  later()
  assert.deepEqual(lines, [])
  later()
  later()
  assert.deepEqual(lines, [
    'The metadata quorum has no leader: 1 of 3 voters reachable (2 at h:9092 refused, 3 at h:9093 gave no answer in time)',
  ])
  watch.answered(node(3))
  later()
  later()
  assert.match(lines[1]!, /2 of 3 voters reachable \(2 at h:9092 refused\)/)
  state.role = { kind: 'leader' }
  later()
  later()
  assert.deepEqual(lines.slice(2), ['The metadata quorum has a leader again'])
})

test('an election is not worth a line', () => {
  const { watch, lines, state, later } = watching()
  watch.look()
  later()
  state.role = { kind: 'leader' }
  later()
  later()
  assert.deepEqual(lines, [])
})
