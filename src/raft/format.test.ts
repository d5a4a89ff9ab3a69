import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc32c } from '../bytes/index.ts'
import { memoryDisk } from '../env/memory/index.ts'
import { type FeatureAsk, type InitialVoter, planFeatures } from '../metadata/index.ts'
import { BatchCursor, isCrcRight } from '../records/index.ts'
import { ManualClock } from '../runtime/index.ts'
import { decodeBootstrapCheckpoint, encodeBootstrapCheckpoint, encodeVotersCheckpoint } from './bootstrap.ts'
import { type FormatStorageAsk, type FormattedStorage, formatStorage } from './format.ts'
import apache from './testdata/apache-standalone.json' with { type: 'json' }

const fromHex = (hex: string): Uint8Array =>
  Uint8Array.from({ length: hex.length / 2 }, (_, i) => Number.parseInt(hex.slice(i * 2, i * 2 + 2), 16))

/** Batches with their times and the checksums over them set to zero: the rest must be equal to the byte. */
function timeless(bytes: Uint8Array, hidden: readonly [from: number, to: number][] = []): Uint8Array {
  const copy = bytes.slice()
  const cursor = new BatchCursor({ bytes, from: 0, to: bytes.length })
  while (cursor.next()) {
    assert.ok(isCrcRight(bytes, cursor.from, cursor.to, crc32c))
    copy.fill(0, cursor.from + 17, cursor.from + 21)
    copy.fill(0, cursor.from + 27, cursor.from + 43)
  }
  for (const [from, to] of hidden) copy.fill(0, from, to)
  return copy
}

const defaults: FeatureAsk = {
  releaseVersion: null,
  levels: new Map(),
  isUnstableEnabled: false,
  hasDynamicQuorum: true,
}
const voter: InitialVoter = { id: 1, directoryId: 'lJNiOm5TR2GFjkqbYVJP0A', host: 'localhost', port: 19093 }

test('bootstrap.checkpoint is what Apache writes', () => {
  const { records, metadataVersion } = planFeatures(defaults)
  const ours = encodeBootstrapCheckpoint(records, metadataVersion.level, 1_795_576_769_205)
  assert.deepEqual(timeless(ours), timeless(fromHex(apache.bootstrapCheckpoint)))
  assert.deepEqual(decodeBootstrapCheckpoint(fromHex(apache.bootstrapCheckpoint)), decodeBootstrapCheckpoint(ours))
})

test('the first voters are written as Apache writes them', () => {
  const ours = encodeVotersCheckpoint([voter], 1, 'CONTROLLER', 1_795_576_769_205)
  const time: [number, number][] = [[74, 82]]
  assert.deepEqual(timeless(ours, time), timeless(fromHex(apache.votersCheckpoint), time))
})

test('a damaged or torn bootstrap.checkpoint is named as such', () => {
  const bytes = fromHex(apache.bootstrapCheckpoint)
  const damaged = bytes.slice()
  damaged[200]! ^= 1
  assert.throws(() => decodeBootstrapCheckpoint(damaged), /the batch at byte 83 is damaged/)
  assert.throws(() => decodeBootstrapCheckpoint(bytes.subarray(0, 300)), /ends within a batch/)
})

function world() {
  const clock = new ManualClock(1_795_576_769_205)
  const disk = memoryDisk(clock)
  let seed = 1
  const random = {
    next: () => 0,
    below: () => 0,
    bytes: (into: Uint8Array) => into.map((_, i) => (seed = (seed * 75 + i + 74) % 65_537)),
  }
  const run = (ask: Partial<FormatStorageAsk>): { failure: string | null; formatted: FormattedStorage } => {
    let result: { failure: string | null; formatted: FormattedStorage } | null = null
    formatStorage(
      { clock, disk, random },
      {
        clusterId: '4L6g3nShT-eMCtK--X86sw',
        nodeId: 1,
        directories: ['/data/d1', '/data/d2'],
        metadataDirectory: '/data/d1',
        controllerListener: 'CONTROLLER',
        plan: planFeatures(defaults),
        initialVoters: [voter],
        ignoresFormatted: false,
        ...ask,
      },
      (failure, formatted) => {
        result = { failure: failure?.message ?? null, formatted }
      },
    )
    clock.run()
    return result!
  }
  const text = (path: string): string => {
    let found = ''
    disk.readAll(path, 1 << 20, (failure, bytes) => {
      assert.equal(failure, null)
      found = new TextDecoder().decode(bytes)
    })
    clock.run()
    return found
  }
  const names = (path: string): string[] => {
    let found: string[] = []
    disk.list(path, (_failure, entries) => {
      found = entries.map((e) => e.name).sort()
    })
    clock.run()
    return found
  }
  disk.mkdir('/data', () => undefined)
  clock.run()
  return { run, text, names, disk, clock }
}

test('formatting makes every directory ready and says so in Kafka words', () => {
  const w = world()
  const { failure, formatted } = w.run({})
  assert.equal(failure, null)
  assert.match(formatted.lines[0]!, /^Bootstrap metadata: BootstrapMetadata\(records=\[ApiMessageAndVersion\(Feature/)
  assert.deepEqual(formatted.lines.slice(1), [
    'Formatting dynamic metadata voter directory /data/d1 with metadata.version 4.3-IV0.',
    'Formatting data directory /data/d2 with metadata.version 4.3-IV0.',
  ])
  assert.deepEqual(w.names('/data/d1'), ['__cluster_metadata-0', 'bootstrap.checkpoint', 'meta.properties'])
  assert.deepEqual(w.names('/data/d1/__cluster_metadata-0'), ['00000000000000000000-0000000000.checkpoint'])
  assert.deepEqual(w.names('/data/d2'), ['bootstrap.checkpoint', 'meta.properties'])
  const [comment, date, ...rest] = w.text('/data/d1/meta.properties').split('\n')
  assert.equal(comment, '#')
  assert.equal(date, '#Wed Nov 25 03:19:29 UTC 2026')
  assert.deepEqual(rest, apache.metaProperties.split('\n').slice(2))
})

test('a formatted directory is refused, ignored when told, and never mixed with another cluster or node', () => {
  const w = world()
  w.run({})
  assert.match(w.run({}).failure!, /^Log directory \/data\/d1 is already formatted\. Use --ignore-formatted/)
  assert.deepEqual(w.run({ ignoresFormatted: true }).formatted.lines, [
    'All of the log directories are already formatted.',
  ])
  assert.equal(
    w.run({ clusterId: 'x' }).failure,
    'Invalid cluster.id in: /data/d1/meta.properties. Expected x, but read 4L6g3nShT-eMCtK--X86sw',
  )
  assert.match(w.run({ nodeId: 2 }).failure!, /^Stored node id 1 doesn't match previous node id 2/)
})

test('formatting cut short by a power cut counts as not formatted', () => {
  const w = world()
  const { replace } = w.disk
  w.disk.replace = (path, bytes, done) => {
    if (!path.endsWith('meta.properties')) replace.call(w.disk, path, bytes, done)
  }
  assert.equal(w.run({}), null)
  assert.deepEqual(w.names('/data/d1'), ['__cluster_metadata-0', 'bootstrap.checkpoint'])
  w.disk.replace = replace
  assert.equal(w.run({}).failure, null)
})
