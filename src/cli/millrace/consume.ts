import { utf8Encode, Writer } from '../../bytes/index.ts'
import {
  type Admin,
  Consumer,
  type ConsumerRecord,
  offsetSpecs,
  PartitionMap,
  type TopicPartition,
  unwrap,
} from '../../client/index.ts'
import { consumerOptions } from '../clients.ts'
import type { JavaConfig } from '../java-config.ts'
import { isoTime, parseSpan, parseTime } from '../time.ts'
import { type Call, type Command, Mistake } from './command.ts'
import { jsonOfRecord } from './record-json.ts'

const OUT_BYTES = 64 * 1024

/** `millrace consume` */
export const consume: Command = {
  name: 'consume',
  summary: 'print records as they come, until Ctrl-C',
  args: 'TOPIC...',
  least: 1,
  most: Number.POSITIVE_INFINITY,
  completes: ['topic'],
  flags: [
    {
      name: 'from',
      short: 'f',
      arg: 'PLACE',
      help: 'beginning, end (the default), an offset, -N (the last N of each partition), a time, or a time ago (15m)',
    },
    { name: 'from-beginning', help: 'the same as --from beginning' },
    { name: 'to-end', short: 'e', help: 'stop when all that is there now is printed' },
    { name: 'count', short: 'n', arg: 'N', help: 'stop after so many' },
    {
      name: 'group',
      short: 'g',
      arg: 'GROUP',
      help: 'share the partitions with the group, and go on where it was',
      completes: 'group',
    },
    { name: 'partition', arg: 'N', help: 'only this one', isRepeated: true },
    { name: 'keys', short: 'k', help: 'KEY, a tab, VALUE' },
    { name: 'long', short: 'l', help: 'topic, partition, offset, time, key and value' },
    { name: 'json', help: 'an object per line, with headers' },
    { name: 'committed', help: 'leave out records of transactions that were aborted' },
  ],
  examples: [
    { line: 'millrace consume orders', what: 'what comes from now on' },
    { line: 'millrace consume orders --from beginning --to-end', what: 'all that is there' },
    { line: 'millrace consume orders -f -10 -e -l', what: 'the last ten of each partition, in detail' },
    { line: 'millrace consume orders -g billing', what: 'as a member of a group' },
    { line: 'millrace consume orders -f 15m --json | jq .value', what: 'of the last quarter of an hour' },
  ],
  async run(call) {
    const config = await call.config()
    const place = placeOf(call, call.world.env.clock.wallMs())
    if (!config.has('client.id')) config.set('client.id', 'millrace-consume')
    if (call.has('committed')) config.set('isolation.level', 'read_committed')
    const group = call.value('group')
    if (group === null) config.delete('group.id')
    else config.set('group.id', group)
    if (group !== null && call.has('partition')) throw new Mistake('--partition is for reading without a group')
    if (place === 'beginning' || place === 'end') {
      config.set('auto.offset.reset', place === 'beginning' ? 'earliest' : 'latest')
    } else if (group !== null)
      throw new Mistake('with --group, --from is beginning or end: millrace groups reset moves groups')
    const consumer = new Consumer(call.world.env, consumerOptions(config))
    try {
      const ends = call.has('to-end') || group === null ? await prepare(call, config, consumer, place) : null
      if (group !== null) consumer.subscribe(call.args)
      return await print(call, consumer, call.has('to-end') ? ends : null)
    } finally {
      await consumer.close()
    }
  },
}

type Place = 'beginning' | 'end' | { readonly offset: number } | { readonly last: number } | { readonly wallMs: number }

function placeOf(call: Call, nowMs: number): Place {
  const fromBeginning = call.has('from-beginning') || call.has('to-end')
  const text = call.value('from') ?? (fromBeginning ? 'beginning' : 'end')
  if (text === 'beginning' || text === 'end') return text
  if (/^\d+$/.test(text)) return { offset: Number(text) }
  if (/^-\d+$/.test(text)) return { last: -Number(text) }
  const span = parseSpan(text)
  const wallMs = span === null ? parseTime(text) : nowMs - span
  if (wallMs === null) throw new Mistake(`--from is beginning, end, an offset, -N, a time or a time ago, not ${text}`)
  return { wallMs }
}

/** Assigns the partitions and places the consumer in them, unless a group will. Answers where they end now. */
async function prepare(
  call: Call,
  config: JavaConfig,
  consumer: Consumer,
  place: Place,
): Promise<PartitionMap<number>> {
  return call.withAdmin(async (admin) => {
    const partitions = await partitionsOf(call, admin)
    const isolationLevel = call.has('committed') ? 'read_committed' : 'read_uncommitted'
    const find = async (timestamp: number) => {
      const offsets = new PartitionMap<number>()
      const asks = partitions.map((p) => ({ ...p, timestamp }))
      for (const [p, { error, value }] of await admin.listOffsets(asks, { isolationLevel })) {
        if (error !== null) throw error
        offsets.set(p.topic, p.partition, value.offset)
      }
      return offsets
    }
    const ends = await find(offsetSpecs.latest)
    if (config.has('group.id')) return ends
    consumer.assign(partitions)
    const starts = place === 'end' ? ends : await find(offsetSpecs.earliest)
    const atTime = typeof place === 'object' && 'wallMs' in place ? await find(place.wallMs) : null
    for (const p of partitions) {
      const [start, end] = [starts.get(p.topic, p.partition)!, ends.get(p.topic, p.partition)!]
      let offset = start
      if (atTime !== null) {
        const found = atTime.get(p.topic, p.partition)!
        offset = found < 0 ? end : found
      } else if (typeof place === 'object') {
        const wanted = 'last' in place ? end - place.last : 'offset' in place ? place.offset : start
        offset = Math.min(Math.max(wanted, start), end)
      }
      consumer.seek(p, offset)
    }
    return ends
  })
}

async function partitionsOf(call: Call, admin: Admin): Promise<TopicPartition[]> {
  const topics = [...unwrap(await admin.describeTopics(call.args)).values()]
  const only = call.values('partition').map(Number)
  const all = topics.flatMap((t) => t.partitions.map((p) => ({ topic: t.name, partition: p.partition })))
  for (const partition of only) {
    if (!all.some((p) => p.partition === partition)) throw new Mistake(`there is no partition ${partition}`)
  }
  return only.length === 0 ? all : all.filter((p) => only.includes(p.partition))
}

/** Until the signal, `--count`, or, with `ends`, until every assigned partition is read up to there. */
async function print(call: Call, consumer: Consumer, ends: PartitionMap<number> | null): Promise<number> {
  const { world } = call
  const most = call.number('count') ?? Number.POSITIVE_INFINITY
  const write = writerOf(call)
  let printed = 0
  let out = new Writer(OUT_BYTES)
  const flush = () => {
    if (out.length === 0) return
    world.out(out.toBytes())
    out = new Writer(OUT_BYTES)
  }
  while (printed < most && !(ends !== null && (await isRead(consumer, ends)))) {
    let records: ConsumerRecord[]
    try {
      records = await consumer.poll({
        signal: world.stop,
        maxRecords: Math.min(500, most - printed),
        ...(ends === null ? {} : { timeoutMs: 200 }),
      })
    } catch (thrown) {
      if (world.stop.aborted) return 0
      throw thrown
    }
    for (const record of records) {
      if (ends !== null && record.offset >= (ends.get(record.topic, record.partition) ?? 0)) continue
      write(record, out)
      printed++
      if (out.length >= OUT_BYTES) flush()
    }
    flush()
    await world.drained()
  }
  return 0
}

async function isRead(consumer: Consumer, ends: PartitionMap<number>): Promise<boolean> {
  const assigned = consumer.assignment()
  for (const p of assigned) {
    if ((await consumer.position(p)) < (ends.get(p.topic, p.partition) ?? 0)) return false
  }
  return assigned.length > 0
}

const TAB = 9
const LINE_END = 10

function writerOf(call: Call): (record: ConsumerRecord, into: Writer) => void {
  const bytes = (data: Uint8Array | null, into: Writer) => into.copy(data ?? utf8Encode('null'))
  if (call.isJson) return (record, into) => into.copy(utf8Encode(`${jsonOfRecord(record)}\n`))
  return (record, into) => {
    if (call.has('long')) {
      const { topic, partition, offset, timestamp } = record
      into.copy(utf8Encode(`${topic}\t${partition}\t${offset}\t${isoTime(timestamp)}\t`))
    }
    if (call.has('long') || call.has('keys')) {
      bytes(record.key, into)
      into.int8(TAB)
    }
    bytes(record.value, into)
    into.int8(LINE_END)
  }
}
