/**
 * The behaviours that every client library is held to. A library takes part through a small program of its own
 * (`python/`, `npm/`, `go/`), called as `PROGRAM COMMAND JSON`, which prints JSON lines:
 *
 *   create       {topic, partitions}
 *   produce      {topic, acks, codec, idempotent, records: [{key, value, headers}]}  → {acked}
 *   consume      {topic, count}                     → {partition, offset, key, value, headers} per record
 *   member       {topic, group, protocol}           → {assigned: [partition]} on every change, {partition, offset, value}
 *                per record, committed one by one; leaves and exits 0 on SIGTERM
 *   committed    {topic, group}                     → {committed: [offset per partition]}
 *   admin        {topic}                            → one object, see `adminAnswer`
 *   transaction  {topic, id}                        → {committed, aborted, seen}: counts of records
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ListOffsets } from '../../src/protocol/index.ts'
import { offers, Wire } from './wire.ts'
import { Background, must, needs, type PeerName, runProgram, unique, until, world } from './world.ts'

export interface Rec {
  key: string | null
  value: string
  headers: Record<string, string>
}
export interface Library {
  name: string
  peer: PeerName
  command(): string[]
  codecs: readonly string[]
  protocols: readonly ('classic' | 'consumer')[]
  idempotence: boolean
  transactions: boolean
}
interface Read {
  partition: number
  offset: number
  key: string | null
  value: string
  headers: Record<string, string>
}

export function ask(library: Library, command: string, what: object): string[] {
  return [...library.command(), command, JSON.stringify({ bootstrap: world.bootstrap, ...what })]
}

export function sample(count: number, tag: string): Rec[] {
  return Array.from({ length: count }, (_, i) => ({
    key: `key-${i}`,
    value: `${tag}-${i}-${'wide '.repeat(i % 40)}é😀`,
    headers: i % 3 === 0 ? { trace: `t-${i}`, kind: 'sample' } : {},
  }))
}

export async function produce(library: Library, topic: string, records: readonly Rec[], o: object = {}): Promise<void> {
  const ran = await must(
    ask(library, 'produce', { topic, acks: 'all', codec: 'none', idempotent: false, records, ...o }),
  )
  assert.equal(jsonLines<{ acked: number }>(ran.stdout)[0]?.acked, records.length, ran.stderr)
}

export async function consume(library: Library, topic: string, count: number): Promise<Read[]> {
  return jsonLines<Read>((await must(ask(library, 'consume', { topic, count }))).stdout)
}

export function jsonLines<T>(text: string): T[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line))
}

export function sameRecords(read: readonly Read[], sent: readonly Rec[], reader = ''): void {
  const shown = (r: Rec) => JSON.stringify([r.key, r.value, Object.entries(r.headers).sort()])
  const got = read.map(shown)
  const want = sent.map(shown)
  const wrong = {
    missing: want.filter((r) => !got.includes(r)).length,
    foreign: got.filter((r) => !want.includes(r)).slice(0, 3),
    ...repeated(read),
  }
  const right = { missing: 0, foreign: [], sentAgain: [], givenTwice: [], gaps: [] }
  assert.deepEqual({ reader, ...wrong, count: got.length }, { reader, ...right, count: want.length })
}

/**
 * By its offsets, whose doing it was that records came more often than once or not at all: a producer that sent one
 * again gave it two offsets; one offset that came twice, or an offset that nobody was given, is the broker's.
 */
function repeated(read: readonly Read[]): { sentAgain: string[]; givenTwice: string[]; gaps: string[] } {
  const place = (r: Read) => `${r.partition}/${r.offset}`
  const places = Map.groupBy(read, place)
  const givenTwice = [...places].filter(([, records]) => records.length > 1).map(([at]) => at)
  const byContent = Map.groupBy(read, (r) => JSON.stringify([r.key, r.value]))
  const sentAgain = [...byContent]
    .map(([what, records]) => ({ what, at: [...new Set(records.map(place))] }))
    .filter(({ at }) => at.length > 1)
    .map(({ what, at }) => `${what} at ${at.join(' and ')}`)
  const gaps: string[] = []
  for (const [partition, records] of Map.groupBy(read, (r) => r.partition)) {
    const offsets = [...new Set(records.map((r) => r.offset))].sort((a, b) => a - b)
    offsets.forEach((offset, i) => {
      if (offset !== i && offset !== offsets[i - 1]! + 1)
        gaps.push(`${partition}: ${offsets[i - 1] ?? 'start'} to ${offset}`)
    })
  }
  return { sentAgain: sentAgain.slice(0, 3), givenTwice: givenTwice.slice(0, 3), gaps: gaps.slice(0, 3) }
}

export function librarySuite(library: Library): void {
  const skip = needs(library.peer)
  describe(library.name, { skip }, () => {
    for (const codec of library.codecs) {
      test(`produces with ${codec}, keys and headers, and reads the same back`, async () => {
        const topic = unique(`${library.name}-${codec}`)
        await must(ask(library, 'create', { topic, partitions: 3 }))
        const sent = sample(60, codec)
        await produce(library, topic, sent, { codec })
        sameRecords(await consume(library, topic, sent.length), sent)
      })
    }
    for (const acks of ['0', '1', 'all']) {
      test(`produces with acks=${acks}`, async () => {
        const topic = unique(`${library.name}-acks${acks}`)
        await must(ask(library, 'create', { topic, partitions: 1 }))
        const sent = sample(20, `acks${acks}`)
        await produce(library, topic, sent, { acks })
        sameRecords(await consume(library, topic, sent.length), sent)
      })
    }
    if (library.idempotence) {
      test('produces idempotently', async () => {
        const topic = unique(`${library.name}-idempotent`)
        await must(ask(library, 'create', { topic, partitions: 2 }))
        const sent = sample(300, 'idem')
        await produce(library, topic, sent, { idempotent: true })
        sameRecords(await consume(library, topic, sent.length), sent)
      })
    }
    for (const protocol of library.protocols) {
      test(`shares a topic among members that join, leave and die (${protocol} protocol)`, () =>
        groupLife(library, protocol))
    }
    test('administers topics, settings, offsets and groups', () => administer(library))
    if (library.transactions) {
      test('commits and aborts transactions, or is told clearly that there are none', () => transact(library))
    }
  })
}

/** Three members come, one leaves, one is killed; nothing is lost and what was read is committed. */
async function groupLife(library: Library, protocol: string): Promise<void> {
  const topic = unique(`${library.name}-group-${protocol}`)
  const group = unique('group')
  await must(ask(library, 'create', { topic, partitions: 6 }))
  const members: Background[] = []
  const join = () => members[members.push(new Background(ask(library, 'member', { topic, group, protocol }))) - 1]!
  const assigned = (m: Background) =>
    m.over ? [] : (m.json<{ assigned?: number[] }>().findLast((line) => line.assigned !== undefined)?.assigned ?? [])
  const stopped = new Set<Background>()
  const shares = (count: number) => () => {
    const broken = members.find((m) => m.over && !stopped.has(m))
    if (broken) throw new Error(`a member ended by itself: ${broken.stderr}`)
    const parts = members.map(assigned).filter((share) => share.length > 0)
    return parts.length === count && parts.flat().sort().join() === '0,1,2,3,4,5'
  }
  const tell = () =>
    members.map((m) => `${JSON.stringify(assigned(m))} ${m.over ? 'over' : 'alive'} ${m.stderr}`).join('\n')
  const seen = () => {
    const lines = members.flatMap((m) => m.json<{ partition?: number; offset?: number }>())
    return new Set(
      lines.filter((line) => line.partition !== undefined).map((line) => `${line.partition}/${line.offset}`),
    ).size
  }
  const first = join()
  await until('one member has all partitions', shares(1), tell)
  const second = join()
  await until('two members share', shares(2), tell)
  const third = join()
  await until('three members share', shares(3), tell)
  await produce(library, topic, sample(60, 'first'))
  await until('the first 60 records are read', () => seen() === 60, tell)
  stopped.add(third).add(second)
  assert.equal(await third.stop('SIGTERM'), 0, third.stderr)
  await until('two members share after one left', shares(2), tell)
  await second.stop('SIGKILL')
  await until('one member has all after another died', shares(1), tell)
  await produce(library, topic, sample(60, 'second'))
  await until('120 records are read', () => seen() === 120, tell)
  const last = await first.stop('SIGTERM')
  assert.equal(last, 0, first.stderr)
  const [answer] = jsonLines<{ committed: number[] }>((await must(ask(library, 'committed', { topic, group }))).stdout)
  assert.equal(
    answer?.committed.reduce((sum, offset) => sum + Math.max(0, offset), 0),
    120,
    JSON.stringify(answer),
  )
}

interface AdminAnswer {
  created: boolean
  existsError: string
  partitions: number
  partitionsAfter: number
  retentionMs: string
  endOffset: number
  listsTopic: boolean
  listsGroup: boolean
  deleted: boolean
  unknownError: string
}

async function administer(library: Library): Promise<void> {
  const topic = unique(`${library.name}-admin`)
  const group = unique('group')
  const ran = await must(ask(library, 'admin', { topic, group }))
  const answer = jsonLines<AdminAnswer>(ran.stdout)[0]
  assert.ok(answer, ran.stdout + ran.stderr)
  assert.match(answer.existsError, /exists/i)
  assert.match(answer.unknownError, /unknown|does not (exist|host)/i)
  const { existsError: _, unknownError: __, ...rest } = answer
  assert.deepEqual(rest, {
    created: true,
    partitions: 2,
    partitionsAfter: 4,
    retentionMs: '123456',
    endOffset: 5,
    listsTopic: true,
    listsGroup: true,
    deleted: true,
  })
}

const addPartitionsToTxn = 24

async function transact(library: Library): Promise<void> {
  const topic = unique(`${library.name}-txn`)
  await must(ask(library, 'create', { topic, partitions: 1 }))
  const ran = await runProgram(ask(library, 'transaction', { topic, id: unique('txn') }), { limitMs: 90_000 })
  if (await offers(world.bootstrap, addPartitionsToTxn)) {
    assert.equal(ran.code, 0, ran.stdout + ran.stderr)
    assert.deepEqual(jsonLines(ran.stdout)[0], { committed: 5, aborted: 3, seen: 5 })
  } else {
    // the wording is the client's; librdkafka asks for the coordinator until its own time is up
    assert.notEqual(ran.code, 0, 'a broker without transactions must not pretend')
    const wire = await Wire.open(world.bootstrap)
    const ask = { topics: [{ name: topic, partitions: [{ partitionIndex: 0, timestamp: -1 }] }] }
    const end = (await wire.ask(ListOffsets, 7, ask)).topics[0]?.partitions[0]?.offset
    wire.close()
    assert.equal(end, 0, 'nothing of a refused transaction is written')
  }
}
