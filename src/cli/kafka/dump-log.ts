import { crc32c, int16At, int32At, int64At, type Slice } from '../../bytes/index.ts'
import {
  addSequence,
  batchBaseOffset,
  batchBaseSequence,
  batchBaseTimestamp,
  batchCodec,
  batchCrc,
  batchLastOffset,
  batchLastSequence,
  batchLeaderEpoch,
  batchMagic,
  batchMaxTimestamp,
  batchProducerEpoch,
  batchProducerId,
  batchRecordCount,
  codecNames,
  hasDeleteHorizon,
  isControlBatch,
  isCrcRight,
  isLogAppendTime,
  isTransactionalBatch,
  type RecordCursor,
} from '../../records/index.ts'
import { checkRequired, type OptionSpec, type Options } from '../jopt.ts'
import { joptTool } from '../tool.ts'
import { type CliWorld, readFile, ToolFailure } from '../world.ts'
import { controlText } from './dump-log-control.ts'
import { baseOffsetIn, LogFile, recordsOf } from './dump-log-file.ts'
import { dumpOffsetIndex, dumpTimeIndex, type IndexOptions, IndexProblems } from './dump-log-index.ts'
import { decoderParser, type Parser, recordParsers } from './dump-log-parsers.ts'

const INT_MAX = '2147483647'
const decoder = 'org.apache.kafka.tools.api.StringDecoder'

const options: readonly OptionSpec[] = [
  { name: 'print-data-log', help: 'Print keys and values of records. Any decoder says this too.' },
  { name: 'verify-index-only', help: 'Compare indexes with their log and print no entries.' },
  { name: 'index-sanity-check', help: 'Make only the check of indexes that a broker makes when it starts.' },
  {
    name: 'files',
    arg: { type: 'String', what: 'file1, file2, ...' },
    help: 'REQUIRED: segments, indexes and snapshots, separated by commas.',
  },
  {
    name: 'max-message-size',
    arg: { type: 'Integer', what: 'size', default: '5242880' },
    help: 'How much of the log is looked at behind an indexed position.',
  },
  {
    name: 'max-bytes',
    arg: { type: 'Integer', what: 'size', default: INT_MAX },
    help: 'How much of each log is read.',
  },
  { name: 'deep-iteration', help: 'Print records, not only batches. --print-data-log says this too.' },
  {
    name: 'value-decoder-class',
    arg: { type: 'String', isOptional: true, default: decoder },
    help: 'How values are printed: StringDecoder, DefaultDecoder, IntegerDecoder or LongDecoder of the same package.',
  },
  {
    name: 'key-decoder-class',
    arg: { type: 'String', isOptional: true, default: decoder },
    help: 'How keys are printed.',
  },
  { name: 'offsets-decoder', help: 'The log is one of __consumer_offsets.' },
  { name: 'transaction-log-decoder', help: 'The log is one of __transaction_state.' },
  { name: 'cluster-metadata-decoder', help: 'The log or snapshot is one of __cluster_metadata.' },
  { name: 'remote-log-metadata-decoder', help: 'The log is one of __remote_log_metadata.' },
  { name: 'share-group-state-decoder', help: 'The log is one of __share_group_state.' },
  { name: 'skip-record-metadata', help: 'Print of a record only what it holds; nothing of control records.' },
]

/** kafka-dump-log.sh */
export const dumpLog = joptTool({
  purpose:
    'This tool helps to parse a log file and dump its contents to the console, useful for debugging a seemingly corrupt log segment.',
  options,
  helpOnMistake: false,
  async run(o, world) {
    checkRequired(o, 'files')
    const problems = new IndexProblems()
    const gaps = new Map<string, [number, number][]>()
    for (const path of o.required('files').split(',')) {
      world.out(`Dumping ${path}\n`)
      await dumpFile(o, world, path, problems, gaps)
    }
    problems.tell(world)
    for (const [path, pairs] of gaps) {
      world.err(`Non-consecutive offsets in ${path}\n`)
      for (const [offset, next] of pairs) world.err(`  ${offset} is followed by ${next}\n`)
    }
    return 0
  },
})

async function dumpFile(
  o: Options,
  world: CliWorld,
  path: string,
  problems: IndexProblems,
  gaps: Map<string, [number, number][]>,
): Promise<void> {
  const indexes: IndexOptions = {
    isSanityOnly: o.has('index-sanity-check'),
    isVerifyOnly: o.has('verify-index-only'),
    messageBytesMax: o.integer('max-message-size')!,
  }
  const ending = /\.[^./]*$/.exec(path)?.[0]
  if (ending === '.log' || ending === '.checkpoint') await dumpBatches(o, world, path, gaps)
  else if (ending === '.index') await dumpOffsetIndex(world, path, indexes, problems)
  else if (ending === '.timeindex') await dumpTimeIndex(world, path, indexes, problems)
  else if (ending === '.snapshot') dumpProducers(world, await readFile(world, path))
  else if (ending === '.txnindex') dumpAborted(world, await readFile(world, path))
  else world.err(`Ignoring unknown file ${path}\n`)
}

function parserOf(o: Options): Parser {
  for (const [option, parser] of recordParsers) if (o.has(option)) return parser
  return decoderParser(o.required('key-decoder-class'), o.required('value-decoder-class'))
}

async function dumpBatches(
  o: Options,
  world: CliWorld,
  path: string,
  gaps: Map<string, [number, number][]>,
): Promise<void> {
  const parser = parserOf(o)
  const printsData = o.has('print-data-log') || [...recordParsers.keys(), ...classOptions].some((name) => o.has(name))
  const isDeep = o.has('deep-iteration') || printsData
  const bytesMax = o.integer('max-bytes')!
  const name = path.slice(path.lastIndexOf('/') + 1)
  world.out(headOf(name))
  const log = await LogFile.open(world, path)
  const endsAt = Math.min(log.sizeBytes, bytesMax)
  let end = 0
  let lastOffset = -1
  const printer = new RecordPrinter(world, printsData ? parser : null, o.has('skip-record-metadata'))
  try {
    for await (const { batch, position } of log.batches(0, endsAt)) {
      printer.add(batchText(batch, position))
      end = position + batch.to - batch.from
      if (isDeep) {
        const records = await recordsOf(world, batch)
        while (records.next()) {
          if (lastOffset !== -1 && records.offset !== lastOffset + 1) {
            IndexProblems.add(gaps, path, [lastOffset, records.offset])
          }
          lastOffset = records.offset
          printer.print(batch, records)
        }
        if (records.isBroken)
          throw new ToolFailure(`At position ${position} stands a batch whose records are malformed`)
      }
      printer.flush()
      await world.drained()
    }
  } finally {
    printer.flush()
    log.close()
  }
  if (endsAt > end && bytesMax === Number(INT_MAX)) {
    world.out(`Found ${endsAt - end} invalid bytes at the end of ${name}\n`)
  }
}

const classOptions = ['key-decoder-class', 'value-decoder-class']

function headOf(name: string): string {
  if (name.endsWith('.log')) return `Log starting offset: ${baseOffsetIn(name)}\n`
  if (name === 'bootstrap.checkpoint') return 'KRaft bootstrap snapshot\n'
  const id = /^(\d{20})-(\d{10})\.checkpoint$/.exec(name)
  if (!id) throw new ToolFailure(`${name} is not the name of a snapshot`)
  return `Snapshot end offset: ${Number(id[1])}, epoch: ${Number(id[2])}\n`
}

function batchText({ bytes, from, to }: Slice, position: number): string {
  const horizon = hasDeleteHorizon(bytes, from)
    ? `OptionalLong[${batchBaseTimestamp(bytes, from)}]`
    : 'OptionalLong.empty'
  return (
    `baseOffset: ${batchBaseOffset(bytes, from)} lastOffset: ${batchLastOffset(bytes, from)} ` +
    `count: ${batchRecordCount(bytes, from)} baseSequence: ${batchBaseSequence(bytes, from)} ` +
    `lastSequence: ${batchLastSequence(bytes, from)} producerId: ${batchProducerId(bytes, from)} ` +
    `producerEpoch: ${batchProducerEpoch(bytes, from)} partitionLeaderEpoch: ${batchLeaderEpoch(bytes, from)} ` +
    `isTransactional: ${isTransactionalBatch(bytes, from)} isControl: ${isControlBatch(bytes, from)} ` +
    `deleteHorizonMs: ${horizon} position: ${position} ${timeType(bytes, from)}: ${batchMaxTimestamp(bytes, from)} ` +
    `size: ${to - from} magic: ${batchMagic(bytes, from)} ` +
    `compresscodec: ${codecNames[batchCodec(bytes, from)] ?? 'none'} crc: ${batchCrc(bytes, from)} ` +
    `isvalid: ${isCrcRight(bytes, from, to, crc32c)}\n`
  )
}

function timeType(bytes: Uint8Array, from: number): string {
  return isLogAppendTime(bytes, from) ? 'LogAppendTime' : 'CreateTime'
}

class RecordPrinter {
  readonly #world: CliWorld
  readonly #parser: Parser | null
  readonly #isBare: boolean
  /** Gathered until {@link RecordPrinter.flush}: a write costs more than a record. */
  #text = ''

  constructor(world: CliWorld, parser: Parser | null, isBare: boolean) {
    this.#world = world
    this.#parser = parser
    this.#isBare = isBare
  }

  add(text: string): void {
    this.#text += text
  }

  flush(): void {
    if (this.#text !== '') this.#world.out(this.#text)
    this.#text = ''
  }

  print({ bytes, from }: Slice, record: RecordCursor): void {
    const isControl = isControlBatch(bytes, from)
    let prefix = '| '
    if (!this.#isBare) {
      const base = batchBaseSequence(bytes, from)
      const sequence = base === -1 ? -1 : addSequence(base, record.offsetDelta)
      const headers = record.headers().map((h) => h.key)
      this.add(
        `| offset: ${record.offset} ${timeType(bytes, from)}: ${record.timestamp} keySize: ${record.keyLength} ` +
          `valueSize: ${record.valueLength} sequence: ${sequence} headerKeys: [${headers.join(',')}]`,
      )
      prefix = ' '
      if (isControl) this.add(controlText(record))
    }
    if (this.#parser !== null && !isControl) {
      const { key, payload } = this.#parser(record)
      if (key !== null) {
        this.add(`${prefix}key: ${key}`)
        prefix = ' '
      }
      if (payload !== null) this.add(`${prefix}payload: ${payload}`)
    }
    this.add('\n')
  }
}

const ABORTED_BYTES = 34

/** `.txnindex` */
function dumpAborted(world: CliWorld, bytes: Uint8Array): void {
  for (let at = 0; at + ABORTED_BYTES <= bytes.length; at += ABORTED_BYTES) {
    world.out(
      `version: ${int16At(bytes, at)} producerId: ${int64At(bytes, at + 2)} firstOffset: ${int64At(bytes, at + 10)} ` +
        `lastOffset: ${int64At(bytes, at + 18)} lastStableOffset: ${int64At(bytes, at + 26)}\n`,
    )
  }
}

const SNAPSHOT_VERSION = 1
const SNAPSHOT_HEADER_BYTES = 10
const PRODUCER_BYTES = 46

/** `.snapshot`: what a partition knows of its producers. */
function dumpProducers(world: CliWorld, bytes: Uint8Array): void {
  const version = bytes.length < SNAPSHOT_HEADER_BYTES ? -1 : int16At(bytes, 0)
  if (version !== SNAPSHOT_VERSION)
    return world.err(`Snapshot failed schema validation: Snapshot contained an unknown file version ${version}\n`)
  const stored = int32At(bytes, 2) >>> 0
  const computed = crc32c(bytes, 6, bytes.length)
  if (stored !== computed) {
    return world.err(`Snapshot is corrupt (CRC is no longer valid). Stored crc: ${stored}. Computed crc: ${computed}\n`)
  }
  for (let at = SNAPSHOT_HEADER_BYTES; at + PRODUCER_BYTES <= bytes.length; at += PRODUCER_BYTES) {
    const first = int64At(bytes, at + 38)
    const lastSequence = int32At(bytes, at + 10)
    const lastOffset = int64At(bytes, at + 14)
    const offsetDelta = int32At(bytes, at + 22)
    const timestamp = int64At(bytes, at + 26)
    const batch =
      lastOffset < 0
        ? ''
        : `firstSequence: ${addSequence(lastSequence, -offsetDelta)} lastSequence: ${lastSequence} ` +
          `lastOffset: ${lastOffset} offsetDelta: ${offsetDelta} timestamp: ${timestamp}`
    world.out(
      `producerId: ${int64At(bytes, at)} producerEpoch: ${int16At(bytes, at + 8)} ` +
        `coordinatorEpoch: ${int32At(bytes, at + 34)} ` +
        `currentTxnFirstOffset: ${first < 0 ? 'OptionalLong.empty' : `OptionalLong[${first}]`} ` +
        `lastTimestamp: ${timestamp} ${batch}\n`,
    )
  }
}
