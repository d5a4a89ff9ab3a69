import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Done, Logger } from '../env/index.ts'
import { ManualClock } from '../env/memory/index.ts'
import type { Log, LogStore, OpenLog } from '../log/index.ts'
import { type MetadataDelta, type MetadataRecord, MetadataState, metadataRecord } from '../metadata/index.ts'
import { PartitionTable } from './partition-table.ts'

const many = '8-2SxgkRR12GKyQlsrKX_w'
const again = 'commlsOaXbXwFKoJiPnfIw'
const quiet: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => quiet }

/** A table over a store that counts what is asked of it in each turn, and opens a log a turn later. */
function setUp() {
  const clock = new ManualClock()
  const state = new MetadataState({ tracksDelta: true })
  const perTurn: number[] = [0]
  const asked: string[] = []
  const note = (what: string): void => {
    asked.push(what)
    perTurn[perTurn.length - 1]!++
  }
  const store = {
    dirs: [{ id: 'directory', path: '/', failure: null }],
    found: [],
    open({ topicId, partition }: OpenLog, done: Done<Log>) {
      note(`open ${topicId}-${partition}`)
      clock.atTurnEnd(() =>
        done(
          null,
          logOf((config) => note(`configure ${topicId}-${partition} ${config.of}`)),
        ),
      )
    },
    delete(topic: string, partition: number, done: Done) {
      note(`delete ${topic}-${partition}`)
      clock.atTurnEnd(() => done(null))
    },
  }
  const ports = { brokerId: 1, lagMaxMs: 1, monoMs: () => 0, eligibleEpoch: () => 1, alterIsr: () => undefined }
  const followers = { place: () => undefined, remove: () => undefined }
  let configCount = 0
  const logConfig = (of: string) => ({ minInsyncReplicas: 1, of: `${of} ${++configCount}` }) as never
  const table = new PartitionTable({
    ...{ clock, store: store as unknown as LogStore, logger: quiet, flushesToCommit: true },
    ...{ logConfig, misplaced: () => undefined, ports, followers },
  })
  let offset = 0
  const publish = (...records: MetadataRecord[]): MetadataDelta => {
    for (const record of records) state.apply(record, offset++, 1)
    const delta = state.takeDelta()
    table.apply(state, delta)
    return delta
  }
  const run = (): void => {
    while (clock.runTurn()) perTurn.push(0)
  }
  return { table, publish, run, asked, perTurn }
}

function logOf(configure: (config: { of: string }) => void): Log {
  const log = { startOffset: 0, endOffset: 0, writtenOffset: 0, flushedOffset: 0, durableOffset: 0, highWatermark: 0 }
  const calls = { setHighWatermark() {}, assignEpoch() {}, requestFlush() {}, configure }
  return {
    ...log,
    ...calls,
    directoryId: 'directory',
    failure: null,
    config: { minInsyncReplicas: 1 },
  } as unknown as Log
}

function topicOf(topicId: string, partitions: number): MetadataRecord[] {
  return [
    metadataRecord('TopicRecord', { name: 'many', topicId }),
    ...Array.from({ length: partitions }, (_, partitionId) =>
      metadataRecord('PartitionRecord', {
        ...{ topicId, partitionId, replicas: [1], isr: [1], leader: 1, directories: ['directory'] },
      }),
    ),
  ]
}

test('ten thousand partitions are opened, changed and deleted a few in a turn', () => {
  const { table, publish, run, perTurn } = setUp()
  publish(...topicOf(many, 10_000))
  let isOpened = false
  table.whenOpened(() => {
    isOpened = true
  })
  assert.equal(isOpened, false)
  run()
  assert.equal(isOpened, true)
  assert.notEqual(table.byId(many, 9_999), undefined)
  publish(metadataRecord('RemoveTopicRecord', { topicId: many }))
  assert.equal(table.byId(many, 0), undefined)
  run()
  assert.equal(
    perTurn.reduce((sum, count) => sum + count, 0),
    20_000,
  )
  assert.ok(Math.max(...perTurn) <= 64)
})

test('a topic of the same name is opened after the deletion of the one before', () => {
  const { table, publish, run, asked } = setUp()
  publish(...topicOf(many, 200))
  run()
  publish(metadataRecord('RemoveTopicRecord', { topicId: many }))
  publish(...topicOf(again, 200))
  run()
  assert.ok(asked.indexOf('delete many-199') < asked.indexOf(`open ${again}-0`))
  assert.notEqual(table.byId(again, 199), undefined)
})

test('a few partitions are asked for in the turn that has them in the image', () => {
  const { table, publish, asked } = setUp()
  publish(...topicOf(many, 6))
  assert.equal(asked.length, 6)
  assert.equal(table.byId(many, 0), undefined)
})

test('the logs of a topic get its new configuration a few in a turn, before the table is settled again', () => {
  const { table, publish, run, asked, perTurn } = setUp()
  publish(...topicOf(many, 5000), ...topicOf(again, 3))
  run()
  asked.length = 0
  perTurn.splice(0, perTurn.length, 0)
  table.configure(['many', 'unknown'])
  let asksWhenSettled = -1
  table.whenOpened(() => (asksWhenSettled = asked.length))
  run()
  const named = asked.filter((what) => what.startsWith(`configure ${again}-`))
  assert.deepEqual([asked.length, asksWhenSettled, named.length], [3, 3, 3], 'the newest topic of that name')
  table.configure(null)
  run()
  assert.equal(asked.length, 5006)
  assert.ok(Math.max(...perTurn) <= 64)
})

test('a log that was being opened while its configuration changed gets the new one', () => {
  const { table, publish, run, asked } = setUp()
  publish(...topicOf(many, 2))
  table.configure(['many'])
  run()
  assert.deepEqual(
    asked.map((what) => what.replace(`${many}-`, '')),
    ['open 0', 'open 1', 'configure 0 many 3', 'configure 1 many 4'],
  )
})
