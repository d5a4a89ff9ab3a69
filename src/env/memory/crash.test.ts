import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask } from '../disk.case.ts'
import type { Disk, File } from '../index.ts'
import { type MemoryDisk, memoryDisk } from './index.ts'

const clock = { atTurnEnd: (run: () => void) => void setImmediate(run) }
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const mkdir = (disk: Disk, path: string) => ask<void>((done) => disk.mkdir(path, done))
const create = (disk: Disk, path: string) => ask<File>((done) => disk.open(path, 'create', done))
const write = (file: File, at: number, text: string) => ask<void>((done) => file.write([bytes(text)], at, done))
const sync = (file: File) => ask<void>((done) => file.sync(done))
const syncDir = (disk: Disk, path: string) => ask<void>((done) => disk.syncDir(path, done))
const read = async (disk: Disk, path: string) =>
  new TextDecoder().decode(await ask((done) => disk.readAll(path, 1 << 20, done)))
const names = async (disk: Disk, path: string) =>
  (await ask<readonly { name: string }[]>((done) => disk.list(path, done))).map(({ name }) => name).sort()

/** A directory /d whose own name is synced, and a file /d/f holding "synced" synced with its name. */
async function withFile(): Promise<{ disk: MemoryDisk; file: File }> {
  const disk = memoryDisk(clock)
  await mkdir(disk, '/d')
  await syncDir(disk, '/')
  const file = await create(disk, '/d/f')
  await write(file, 0, 'synced')
  await sync(file)
  await syncDir(disk, '/d')
  return { disk, file }
}

test('a power cut keeps what was synced and drops the rest', async () => {
  const { disk, file } = await withFile()
  await write(file, 6, ' and not')
  await write(file, 0, 'SYN')
  const left = disk.crash()
  assert.equal(await read(left, '/d/f'), 'synced')
  assert.equal(left.usedBytes(), 6)
})

test('a power cut can leave a torn tail', async () => {
  const { disk, file } = await withFile()
  await write(file, 6, ' and torn')
  const asked: [string, number][] = []
  const left = disk.crash({
    tail: (path, unsynced) => {
      asked.push([path, unsynced])
      return 6
    },
  })
  assert.deepEqual(asked, [['/d/f', 9]])
  assert.equal(await read(left, '/d/f'), 'synced and t')
})

test('a truncation that was not synced comes undone', async () => {
  const { disk, file } = await withFile()
  await ask<void>((done) => file.truncate(2, done))
  assert.equal(await read(disk.crash(), '/d/f'), 'synced')
})

test('names made, renamed or removed since the last sync of their directory are as they were', async () => {
  const { disk } = await withFile()
  const made = await create(disk, '/d/made')
  await write(made, 0, 'bytes')
  await sync(made)
  await ask<void>((done) => disk.rename('/d/f', '/d/renamed', done))
  await mkdir(disk, '/d/e')
  assert.deepEqual(await names(disk, '/d'), ['e', 'made', 'renamed'])
  const left = disk.crash()
  assert.deepEqual(await names(left, '/d'), ['f'])
  assert.equal(await read(left, '/d/f'), 'synced')
})

test('with kept names only unsynced bytes are lost', async () => {
  const { disk, file } = await withFile()
  await write(file, 6, ' and not')
  await create(disk, '/d/made')
  assert.deepEqual(await names(disk.crash({ names: 'all' }), '/d'), ['f', 'made'])
})

test('a replacement survives as a whole', async () => {
  const { disk } = await withFile()
  await ask<void>((done) => disk.replace('/d/checkpoint', bytes('1'), done))
  await ask<void>((done) => disk.replace('/d/checkpoint', bytes('2'), done))
  const left = disk.crash()
  assert.equal(await read(left, '/d/checkpoint'), '2')
})

test('the dead disk answers no more, and its lock is free for the next start', async () => {
  const { disk, file } = await withFile()
  await ask((done) => disk.lock('/d/.lock', done))
  const fail = () => assert.fail('answered after the crash')
  file.write([bytes('late')], 0, fail)
  const left = disk.crash()
  file.sync(fail)
  disk.list('/d', fail)
  await ask((done) => left.lock('/d/.lock', done))
  assert.equal(await read(left, '/d/f'), 'synced')
})

test('the end of the process alone loses nothing that was written', async () => {
  const { disk, file } = await withFile()
  await write(file, 6, ' and written')
  await create(disk, '/d/made')
  const left = disk.kill()
  assert.equal(await read(left, '/d/f'), 'synced and written')
  assert.deepEqual(await names(left, '/d'), ['f', 'made'])
})

test('a crash does not change what an earlier crash left', async () => {
  const { disk, file } = await withFile()
  await write(file, 6, '!')
  await sync(file)
  const first = disk.crash()
  const again = await ask<File>((done) => first.open('/d/f', 'write', done))
  await write(again, 0, 'S')
  await sync(again)
  const second = first.crash()
  assert.equal(await read(second, '/d/f'), 'Synced!')
})

test('a full disk refuses the write as a whole, and has room again after a removal', async () => {
  const disk = memoryDisk(clock, { totalBytes: 10 })
  const file = await create(disk, '/f')
  await write(file, 0, '12345678')
  await assert.rejects(write(file, 8, 'abc'), { code: 'ENOSPC', retry: 'later' })
  assert.equal(file.size(), 8)
  await write(file, 6, 'over')
  assert.deepEqual(await ask((done) => disk.space('/', done)), { free: 0, total: 10 })
  file.close()
  await ask<void>((done) => disk.remove('/f', done))
  await ask<void>((done) => disk.replace('/g', bytes('1234567890'), done))
})

test('planted faults fail as the code says; a file whose sync failed stays failed', async () => {
  let broken: string | null = null
  const disk = memoryDisk(clock, { fault: (operation) => (operation === broken ? 'EIO' : null) })
  const file = await create(disk, '/f')
  broken = 'write'
  await assert.rejects(write(file, 0, 'a'), { code: 'EIO' })
  broken = 'sync'
  await assert.rejects(sync(file), { code: 'EIO' })
  broken = null
  await assert.rejects(sync(file), { code: 'EIO' })
  await assert.rejects(write(file, 0, 'a'), { code: 'EIO' })
})

test('a power cut can keep any of the sectors that were written since the last sync', async () => {
  const { disk, file } = await withFile()
  await write(file, 512, 'a'.repeat(512) + 'b'.repeat(512) + 'c')
  await write(file, 0, 'SYNCED')
  const asked: number[] = []
  const left = disk.crash({ survives: (path, sector) => path === '/d/f' && asked.push(sector) > 0 && sector === 2 })
  assert.deepEqual(asked, [0, 1, 2, 3])
  const got = await read(left, '/d/f')
  assert.equal(got.slice(0, 6), 'synced')
  assert.equal(got.slice(6), '\0'.repeat(1024 - 6) + 'b'.repeat(512))
})

test('a sync is safe when it is answered, and not before', async () => {
  const answers: (() => void)[] = []
  const disk = memoryDisk(clock, { later: (_, __, answer) => void answers.push(answer) })
  const answered = () => answers.splice(0).forEach((answer) => void answer())
  let file: File | null = null
  disk.mkdir('/d', () => {})
  disk.open('/d/f', 'create', (_, opened) => void (file = opened))
  disk.syncDir('/', () => {})
  disk.syncDir('/d', () => {})
  answered()
  file!.write([bytes('first')], 0, () => {})
  file!.sync(() => {})
  answered()
  file!.write([bytes('second')], 0, () => {})
  file!.sync(() => {})
  disk.replace('/d/g', bytes('new'), () => {})
  const left = disk.crash()
  const seen: string[] = []
  left.readAll('/d/f', 100, (_, got) => void seen.push(new TextDecoder().decode(got)))
  left.readAll('/d/g', 100, (failure) => void seen.push(failure!.code))
  answered()
  assert.deepEqual(seen, ['first', 'ENOENT'])
})

test('rot changes what is written and what is synced', async () => {
  const { disk } = await withFile()
  assert.deepEqual(disk.files(), ['/d/f'])
  disk.rot('/d/f', 0, 1)
  assert.equal(await read(disk, '/d/f'), 'rynced')
  assert.equal(await read(disk.crash(), '/d/f'), 'rynced')
})
