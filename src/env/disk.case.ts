import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Disk, Done, File } from './index.ts'

/** A disk to try and an empty directory on it. */
export interface Bench {
  readonly disk: Disk
  readonly root: string
  close(): Promise<void>
}

/** Asks and waits for the answer; a failure is thrown. */
export function ask<T>(start: (done: Done<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    let isInline = true
    start((failure, value) => {
      if (isInline) reject(new Error('answered inline'))
      else if (failure !== null) reject(failure)
      else resolve(value)
    })
    isInline = false
  })
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

const write = (file: File, at: number, ...parts: string[]) =>
  ask<void>((done) => file.write(parts.map(bytes), at, done))
const readText = async (disk: Disk, path: string) => text(await ask((done) => disk.readAll(path, 1 << 20, done)))

/** What every Disk does, the real one and the one in memory. */
export function diskCases(name: string, make: () => Promise<Bench>): void {
  const on = (behaviour: string, run: (disk: Disk, root: string) => Promise<void>): void => {
    test(`${name}: ${behaviour}`, async () => {
      const bench = await make()
      try {
        await run(bench.disk, bench.root)
      } finally {
        await bench.close()
      }
    })
  }
  const fails = (code: string, answer: Promise<unknown>) => assert.rejects(answer, { code })

  on('keeps the parts of a write in order at their place', async (disk, root) => {
    const file = await ask<File>((done) => disk.open(`${root}/a`, 'create', done))
    await write(file, 0, 'one ', 'two ', 'three')
    await write(file, 4, 'TWO')
    assert.equal(file.size(), 13)
    await ask<void>((done) => file.sync(done))
    file.close()
    assert.equal(await readText(disk, `${root}/a`), 'one TWO three')
  })

  on('answers writes of one turn in the order asked', async (disk, root) => {
    const file = await ask<File>((done) => disk.open(`${root}/a`, 'create', done))
    const answered: string[] = []
    await new Promise<void>((resolve) => {
      file.write([bytes('aa')], 0, () => answered.push('first'))
      file.write([bytes('bb'), bytes('cc')], 2, () => answered.push('adjoining'))
      file.write([bytes('X')], 1, () => answered.push('over it'))
      file.sync(() => answered.push('sync'))
      file.write([bytes('dd')], 6, () => {
        answered.push('after the sync')
        file.sync(() => resolve())
      })
      assert.deepEqual(answered, [])
    })
    assert.deepEqual(
      answered.filter((what) => what !== 'sync'),
      ['first', 'adjoining', 'over it', 'after the sync'],
    )
    assert.ok(answered.indexOf('sync') > answered.indexOf('over it'))
    file.close()
    assert.equal(await readText(disk, `${root}/a`), 'aXbbccdd')
  })

  on('serves several syncs at once and syncs asked during a sync', async (disk, root) => {
    const file = await ask<File>((done) => disk.open(`${root}/a`, 'create', done))
    const sync = () => ask<void>((done) => file.sync(done))
    await Promise.all([
      write(file, 0, 'a'),
      sync(),
      sync(),
      sync().then(() => Promise.all([write(file, 1, 'b'), sync()])),
    ])
    file.close()
    assert.equal(await readText(disk, `${root}/a`), 'ab')
  })

  on('writes more parts at once than the system takes in one call', async (disk, root) => {
    const file = await ask<File>((done) => disk.open(`${root}/a`, 'create', done))
    const parts = Array.from({ length: 3000 }, (_, i) => String(i % 10))
    await write(file, 0, ...parts)
    file.close()
    assert.equal(await readText(disk, `${root}/a`), parts.join(''))
  })

  on('writes large parts whole', async (disk, root) => {
    const file = await ask<File>((done) => disk.open(`${root}/a`, 'create', done))
    const large = new Uint8Array(5 << 20).map((_, i) => i * 7)
    await Promise.all([
      ask<void>((done) => file.write([large.subarray(0, 3 << 20), large.subarray(3 << 20)], 0, done)),
      ask<void>((done) => file.write([large], 5 << 20, done)),
    ])
    const again = new Uint8Array(10 << 20)
    assert.equal(await ask<number>((done) => file.read(again, 0, done)), 10 << 20)
    assert.deepEqual(again.subarray(0, 5 << 20), large)
    assert.deepEqual(again.subarray(5 << 20), large)
    file.close()
  })

  on('reads fewer bytes than asked only at the end', async (disk, root) => {
    const file = await ask<File>((done) => disk.open(`${root}/a`, 'create', done))
    await write(file, 0, 'abcdef')
    const into = new Uint8Array(4)
    assert.equal(await ask<number>((done) => file.read(into, 1, done)), 4)
    assert.equal(text(into), 'bcde')
    assert.equal(await ask<number>((done) => file.read(into, 4, done)), 2)
    assert.equal(await ask<number>((done) => file.read(into, 6, done)), 0)
    assert.equal(await ask<number>((done) => file.read(into, 60, done)), 0)
    assert.equal(await ask<number>((done) => file.read(new Uint8Array(0), 0, done)), 0)
    file.close()
  })

  on('fills a hole with zeros', async (disk, root) => {
    const file = await ask<File>((done) => disk.open(`${root}/a`, 'create', done))
    await write(file, 200_000, 'end')
    const into = new Uint8Array(200_003).fill(1)
    assert.equal(await ask<number>((done) => file.read(into, 0, done)), 200_003)
    assert.ok(into.subarray(0, 200_000).every((byte) => byte === 0))
    assert.equal(text(into.subarray(200_000)), 'end')
    file.close()
  })

  on('truncates to shorter and to longer, and never shows cut bytes again', async (disk, root) => {
    const file = await ask<File>((done) => disk.open(`${root}/a`, 'create', done))
    await write(file, 0, 'abcdef')
    await ask<void>((done) => file.truncate(3, done))
    assert.equal(file.size(), 3)
    await ask<void>((done) => file.truncate(8, done))
    assert.equal(file.size(), 8)
    file.close()
    assert.equal(await readText(disk, `${root}/a`), 'abc\0\0\0\0\0')
  })

  on('truncates after the writes asked before', async (disk, root) => {
    const file = await ask<File>((done) => disk.open(`${root}/a`, 'create', done))
    await Promise.all([write(file, 0, 'abcdef'), ask<void>((done) => file.truncate(2, done)), write(file, 2, 'XY')])
    assert.equal(file.size(), 4)
    file.close()
    assert.equal(await readText(disk, `${root}/a`), 'abXY')
  })

  on('opens what is there only in the mode asked', async (disk, root) => {
    await fails(
      'ENOENT',
      ask((done) => disk.open(`${root}/missing`, 'read', done)),
    )
    await fails(
      'ENOENT',
      ask((done) => disk.open(`${root}/missing`, 'write', done)),
    )
    await fails(
      'ENOENT',
      ask((done) => disk.open(`${root}/missing/a`, 'create', done)),
    )
    await fails(
      'EISDIR',
      ask((done) => disk.open(root, 'read', done)),
    )
    await ask<void>((done) => disk.replace(`${root}/a`, bytes('abc'), done))
    await fails(
      'ENOTDIR',
      ask((done) => disk.open(`${root}/a/b`, 'create', done)),
    )
    const file = await ask<File>((done) => disk.open(`${root}/a`, 'read', done))
    assert.equal(file.size(), 3)
    await fails('EBADF', write(file, 0, 'x'))
    file.close()
    const again = await ask<File>((done) => disk.open(`${root}/a`, 'create', done))
    assert.equal(again.size(), 3)
    again.close()
  })

  on('refuses a closed file', async (disk, root) => {
    const file = await ask<File>((done) => disk.open(`${root}/a`, 'create', done))
    const last = write(file, 0, 'last words')
    file.close()
    file.close()
    await last
    await fails('EBADF', write(file, 0, 'x'))
    await fails(
      'EBADF',
      ask<number>((done) => file.read(new Uint8Array(1), 0, done)),
    )
    await fails(
      'EBADF',
      ask<void>((done) => file.sync(done)),
    )
    await fails(
      'EBADF',
      ask<void>((done) => file.truncate(0, done)),
    )
    assert.equal(await readText(disk, `${root}/a`), 'last words')
  })

  on('replaces a file as a whole, the last of several replacements winning', async (disk, root) => {
    const replace = (content: string) => ask<void>((done) => disk.replace(`${root}/a`, bytes(content), done))
    await Promise.all([replace('one, the longest'), replace('two'), replace('three')])
    assert.equal(await readText(disk, `${root}/a`), 'three')
    const entries = await ask<readonly { name: string }[]>((done) => disk.list(root, done))
    assert.deepEqual(
      entries.map((entry) => entry.name),
      ['a'],
    )
    await fails(
      'ENOENT',
      ask<void>((done) => disk.replace(`${root}/missing/a`, bytes(''), done)),
    )
  })

  on('refuses to read a whole file that is larger than expected', async (disk, root) => {
    await ask<void>((done) => disk.replace(`${root}/a`, new Uint8Array(100), done))
    await fails(
      'EFBIG',
      ask((done) => disk.readAll(`${root}/a`, 99, done)),
    )
    assert.equal((await ask<Uint8Array>((done) => disk.readAll(`${root}/a`, 100, done))).byteLength, 100)
    await fails(
      'ENOENT',
      ask((done) => disk.readAll(`${root}/missing`, 99, done)),
    )
  })

  on('lists names with their kind and size', async (disk, root) => {
    await ask<void>((done) => disk.mkdir(`${root}/d/e`, done))
    await ask<void>((done) => disk.mkdir(`${root}/d`, done))
    await ask<void>((done) => disk.replace(`${root}/f`, bytes('12345'), done))
    const entries = await ask<readonly { name: string }[]>((done) => disk.list(root, done))
    assert.deepEqual(
      [...entries].sort((a, b) => a.name.localeCompare(b.name)),
      [
        { name: 'd', kind: 'directory', size: 0 },
        { name: 'f', kind: 'file', size: 5 },
      ],
    )
    await fails(
      'ENOENT',
      ask((done) => disk.list(`${root}/missing`, done)),
    )
    await fails(
      'ENOTDIR',
      ask((done) => disk.list(`${root}/f`, done)),
    )
    await fails(
      'EEXIST',
      ask((done) => disk.mkdir(`${root}/f`, done)),
    )
  })

  on('renames files over files and directories with all they hold', async (disk, root) => {
    await ask<void>((done) => disk.mkdir(`${root}/d/e`, done))
    await ask<void>((done) => disk.replace(`${root}/d/e/f`, bytes('inside'), done))
    await ask<void>((done) => disk.replace(`${root}/a`, bytes('old'), done))
    await ask<void>((done) => disk.replace(`${root}/b`, bytes('new'), done))
    await ask<void>((done) => disk.rename(`${root}/b`, `${root}/a`, done))
    await ask<void>((done) => disk.rename(`${root}/d`, `${root}/moved`, done))
    await ask<void>((done) => disk.syncDir(root, done))
    assert.equal(await readText(disk, `${root}/a`), 'new')
    assert.equal(await readText(disk, `${root}/moved/e/f`), 'inside')
    await fails(
      'ENOENT',
      ask<void>((done) => disk.rename(`${root}/d`, `${root}/x`, done)),
    )
    await fails(
      'ENOENT',
      ask<void>((done) => disk.rename(`${root}/a`, `${root}/x/a`, done)),
    )
  })

  on('removes files and trees, and what is missing is success', async (disk, root) => {
    await ask<void>((done) => disk.mkdir(`${root}/d/e`, done))
    await ask<void>((done) => disk.replace(`${root}/d/e/f`, bytes('inside'), done))
    const file = await ask<File>((done) => disk.open(`${root}/d/e/f`, 'write', done))
    await ask<void>((done) => disk.remove(`${root}/d`, done))
    await ask<void>((done) => disk.remove(`${root}/d`, done))
    await ask<void>((done) => disk.remove(`${root}/d/e/f`, done))
    assert.deepEqual(await ask((done) => disk.list(root, done)), [])
    // An open file outlives its name.
    await write(file, 6, ' out')
    const into = new Uint8Array(10)
    await ask<number>((done) => file.read(into, 0, done))
    assert.equal(text(into), 'inside out')
    file.close()
  })

  on('lets one hold a lock at a time', async (disk, root) => {
    const lock = () => ask<{ release(): void }>((done) => disk.lock(`${root}/.lock`, done))
    const held = await lock()
    await fails('ELOCKED', lock())
    await fails('ELOCKED', lock())
    held.release()
    held.release()
    const again = await lock()
    again.release()
    const entries = await ask<readonly unknown[]>((done) => disk.list(root, done))
    assert.deepEqual(entries, [{ name: '.lock', kind: 'file', size: 0 }])
  })

  on('knows its space', async (disk, root) => {
    const space = await ask<{ free: number; total: number }>((done) => disk.space(root, done))
    assert.ok(space.free > 0 && space.free <= space.total)
    await fails(
      'ENOENT',
      ask((done) => disk.space(`${root}/missing`, done)),
    )
  })
}
