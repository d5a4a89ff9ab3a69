import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc32c } from '../../bytes/index.ts'
import { ManualClock, type MemoryDisk, memoryDisk } from '../../env/memory/index.ts'
import { captureLogger } from '../../env/node/index.ts'
import type { Obj } from '../../kube-client/index.ts'
import { openStore, type StoreOptions } from './durable-store.ts'
import type { Change, Store } from './store.ts'

const object = (name: string, more: Record<string, unknown> = {}): Obj => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  ...more,
})
const key = (name: string): string => `//configmaps/default/${name}`
const prefix = '//configmaps/'

class Bench {
  readonly clock = new ManualClock()
  disk: MemoryDisk = memoryDisk(this.clock)
  readonly #options: StoreOptions

  constructor(options: StoreOptions = {}) {
    this.#options = options
  }

  open(): Promise<Store> {
    const logger = captureLogger()
    return this.settled(openStore({ clock: this.clock, disk: this.disk, logger, crc32c }, '/kube', this.#options))
  }

  /** Runs turns until it is. */
  async settled<T>(promise: Promise<T>): Promise<T> {
    let isDone = false
    promise.then(
      () => (isDone = true),
      () => (isDone = true),
    )
    for (let turns = 0; !isDone; turns++) {
      assert.ok(turns < 10_000, 'it never ends')
      this.clock.runTurns()
      await null
    }
    return promise
  }

  crash(): void {
    this.disk = this.disk.crash()
    this.clock.forget()
  }
}

const names = (store: Store): string[] => store.list(prefix).entries.map(({ value }) => value.metadata.name)

test('a change is seen when it is synced, by reads and watches alike', async () => {
  const bench = new Bench()
  const store = await bench.open()
  const heard: Change[] = []
  store.watch(prefix, store.rev, (changes) => heard.push(...changes))
  const { synced, rev } = store.commit({ expect: [[key('a'), 0]], put: [[key('a'), object('a')]] })
  assert.equal(store.get(key('a')), null)
  assert.equal(store.latest(key('a'))?.rev, rev)
  assert.equal(heard.length, 0)
  await bench.settled(synced)
  assert.equal(store.get(key('a'))?.value.metadata.resourceVersion, String(rev))
  assert.deepEqual(
    heard.map(({ type, rev }) => [type, rev]),
    [['put', rev]],
  )
})

test('a commit that expects another revision is refused, against what is not synced yet as well', async () => {
  const store = await new Bench().open()
  const { rev } = store.commit({ expect: [[key('a'), 0]], put: [[key('a'), object('a')]] })
  assert.throws(() => store.commit({ expect: [[key('a'), 0]], put: [[key('a'), object('a')]] }), {
    name: 'ConflictError',
  })
  store.commit({ expect: [[key('a'), rev]], del: [key('a')] })
  assert.equal(store.latest(key('a')), null)
})

test('commits of one turn share a sync and keep their order', async () => {
  let syncs = 0
  const bench = new Bench()
  bench.disk = memoryDisk(bench.clock, {
    fault: (operation, path) => {
      if (operation === 'sync' && path.endsWith('.log')) syncs++
      return null
    },
  })
  const store = await bench.open()
  const before = syncs
  const all = ['a', 'b', 'c'].map((name) => store.commit({ expect: [], put: [[key(name), object(name)]] }))
  await bench.settled(Promise.all(all.map(({ synced }) => synced)))
  assert.deepEqual(
    all.map(({ rev }) => rev - all[0]!.rev),
    [0, 1, 2],
  )
  assert.equal(syncs - before, 1)
})

test('after a power cut all is there that was acknowledged, and revisions go on', async () => {
  const bench = new Bench()
  let store = await bench.open()
  const { synced, rev } = store.commit({ expect: [], put: [[key('a'), object('a')]] })
  await bench.settled(synced)
  store.commit({ expect: [], put: [[key('lost'), object('lost')]] })
  bench.crash()
  store = await bench.open()
  assert.deepEqual(names(store), ['a'])
  assert.equal(store.rev, rev)
  await bench.settled(store.commit({ expect: [[key('a'), rev]], del: [key('a')] }).synced)
  bench.crash()
  store = await bench.open()
  assert.deepEqual(names(store), [])
  assert.equal(store.rev, rev + 1)
})

test('a torn tail is cut off, whatever its length', async () => {
  const bench = new Bench()
  let store = await bench.open()
  await bench.settled(store.commit({ expect: [], put: [[key('a'), object('a')]] }).synced)
  const path = bench.disk.files().find((file) => file.endsWith('.log'))!
  const whole = bench.disk.sizeOf(path)
  await bench.settled(store.commit({ expect: [], put: [[key('b'), object('b')]] }).synced)
  const full = bench.disk.sizeOf(path)
  await bench.settled(store.close())
  for (let size = full - 1; size >= whole; size--) {
    await bench.settled(
      new Promise<void>((resolve, reject) => {
        bench.disk.open(path, 'write', (failure, file) => {
          if (failure !== null) return reject(new Error(failure.message))
          file.truncate(size, () => {
            file.close()
            resolve()
          })
        })
      }),
    )
    store = await bench.open()
    assert.deepEqual(names(store), ['a'], `${size} of ${full} bytes`)
    assert.equal(bench.disk.sizeOf(path), whole)
    await bench.settled(store.close())
  }
})

test('a snapshot takes the place of the log, while commits go on', async () => {
  const bench = new Bench({ logBytesMax: 2000 })
  let store = await bench.open()
  for (let i = 0; i < 200; i++) {
    const name = `n${i % 40}`
    const { synced } = store.commit({ expect: [], put: [[key(name), object(name, { data: { i: String(i) } })]] })
    if (i % 3 === 0) await bench.settled(synced)
  }
  await bench.settled(store.close())
  const files = bench.disk.files().filter((file) => !file.endsWith('.lock'))
  assert.equal(files.filter((file) => file.endsWith('.snap')).length, 1, files.join())
  assert.ok(!files.some((file) => file.endsWith('.tmp')))
  const { rev } = store
  store = await bench.open()
  assert.equal(store.rev, rev)
  assert.equal(names(store).length, 40)
  assert.deepEqual(store.get(key('n39'))?.value['data'], { i: '199' })
})

test('a power cut at any moment loses nothing that was acknowledged', async () => {
  for (let cutAt = 1; cutAt < 90; cutAt++) {
    const bench = new Bench({ logBytesMax: 1500 })
    let operations = 0
    let isOver = false
    let cut: () => void = () => {}
    const isCut = new Promise<void>((resolve) => (cut = resolve))
    bench.disk = memoryDisk(bench.clock, {
      later: (_operation, _path, answer) => {
        if (++operations === cutAt) return cut()
        if (operations < cutAt || isOver) bench.clock.atTurnEnd(answer)
      },
    })
    const acknowledged = new Map<string, number>()
    const work = async (): Promise<void> => {
      const logger = captureLogger()
      const env = { clock: bench.clock, disk: bench.disk, logger, crc32c }
      const store = await openStore(env, '/kube', { logBytesMax: 1500 })
      for (let i = 0; ; i++) {
        const name = `n${i % 7}`
        await store.commit({ expect: [], put: [[key(name), object(name, { data: { i } })]] }).synced
        acknowledged.set(name, i)
      }
    }
    await bench.settled(Promise.race([work(), isCut]))
    isOver = true
    bench.crash()
    const store = await bench.open()
    for (const [name, i] of acknowledged) {
      const data = store.get(key(name))?.value['data'] as { i: number } | undefined
      assert.ok(data !== undefined && data.i >= i, `cut at ${cutAt}: ${name} is at ${data?.i}, ${i} was acknowledged`)
    }
    await bench.settled(store.close())
  }
})

test('a failed disk fails what waits and all that comes', async () => {
  const bench = new Bench()
  let isBroken = false
  bench.disk = memoryDisk(bench.clock, { fault: (operation) => (isBroken && operation === 'sync' ? 'EIO' : null) })
  const store = await bench.open()
  isBroken = true
  const { synced } = store.commit({ expect: [], put: [[key('a'), object('a')]] })
  await assert.rejects(bench.settled(synced), { name: 'StorageError' })
  assert.equal(store.get(key('a')), null)
  assert.throws(() => store.commit({ expect: [], put: [[key('b'), object('b')]] }), { name: 'StorageError' })
})

test('lists come in pages, each as things stood at the first', async () => {
  const bench = new Bench()
  const store = await bench.open()
  for (const name of ['d', 'a', 'c', 'b']) {
    await bench.settled(store.commit({ expect: [], put: [[key(name), object(name)]] }).synced)
  }
  const first = store.list(prefix, { limit: 2 })
  assert.deepEqual(
    first.entries.map(({ value }) => value.metadata.name),
    ['a', 'b'],
  )
  assert.deepEqual([first.more, first.remaining], [true, 2])
  await bench.settled(store.commit({ expect: [], del: [key('c')], put: [[key('e'), object('e')]] }).synced)
  const rest = store.list(prefix, { after: key('b'), at: first.rev })
  assert.deepEqual(
    rest.entries.map(({ value }) => value.metadata.name),
    ['c', 'd'],
  )
})

test('a watch from the past hears all since then, once; what is forgotten it is told', async () => {
  const bench = new Bench()
  const store = await bench.open()
  const from = store.rev
  await bench.settled(store.commit({ expect: [], put: [[key('a'), object('a')]] }).synced)
  const heard: string[] = []
  store.watch(prefix, from, (changes) => heard.push(...changes.map(({ type, key }) => `${type} ${key}`)))
  assert.equal(heard.length, 0, 'in a later turn')
  await bench.settled(store.commit({ expect: [], del: [key('a')] }).synced)
  assert.deepEqual(heard, ['put //configmaps/default/a', 'delete //configmaps/default/a'])
  store.compact(store.rev + 1)
  assert.throws(() => store.watch(prefix, from, () => {}), { name: 'CompactedError' })
})

test('two do not open one directory', async () => {
  const bench = new Bench()
  await bench.open()
  await assert.rejects(bench.open(), { name: 'StorageError' })
})
