import { isMalformed, Reader } from '../../bytes/index.ts'
import {
  type AnyCodec,
  ConsumerProtocolAssignment,
  ConsumerProtocolSubscription,
  groupRecords,
  metadataRecords,
  readVersionPrefixed,
  shareStateRecords,
  transactionRecords,
} from '../../protocol/index.ts'
import type { RecordCursor } from '../../records/index.ts'
import { type Json, jsonOf } from '../json-of.ts'
import { ToolFailure } from '../world.ts'
import { remoteLogProblem, remoteLogText } from './dump-log-remote.ts'

/** What is printed of a record's key and value; null: nothing. */
export interface Parsed {
  readonly key: string | null
  readonly payload: string | null
}

export type Parser = (record: RecordCursor) => Parsed

type RecordTable = Readonly<
  Record<string, { readonly type: number; readonly name: string; readonly key: AnyCodec; readonly value: AnyCodec }>
>
type JsonObject = { [name: string]: Json }

/** Records of a coordinator's log, as JSON. */
function coordinatorParser(
  table: RecordTable,
  prepare: (json: JsonObject, message: Record<string, unknown>, name: string) => void = () => {},
): Parser {
  return (record) => {
    const { key, value, offset } = record
    if (key === null) {
      throw new ToolFailure(
        `Failed to decode message at offset ${offset} using the specified decoder (message had a missing key)`,
      )
    }
    try {
      const reader = new Reader(key)
      const type = reader.int16()
      const found = Object.values(table).find((r) => r.type === type)
      if (!found) return { key: `Unknown record type ${type} at offset ${offset}, skipping.`, payload: null }
      const keyJson = { type: String(type), data: jsonOf(found.key, found.key.decode(reader, 0), 0) }
      if (value === null) return { key: JSON.stringify(keyJson), payload: '<DELETE>' }
      const { version, value: message } = readVersionPrefixed(found.value, value)
      const data = jsonOf(found.value, message, version)
      prepare(data, message, found.name)
      return { key: JSON.stringify(keyJson), payload: JSON.stringify({ version: String(version), data }) }
    } catch (thrown) {
      if (!isMalformed(thrown)) throw thrown
      return { key: `Error at offset ${offset}, skipping. ${thrown.message}`, payload: null }
    }
  }
}

/** Members of consumer groups say what they subscribe to, and what they own, in a message of their own. */
function openSubscriptions(json: JsonObject, message: Record<string, unknown>, name: string): void {
  if (name !== 'GroupMetadata' || json['protocolType'] !== 'consumer') return
  const members = message['members'] as readonly { subscription: Uint8Array; assignment: Uint8Array }[]
  for (const [i, member] of (json['members'] as JsonObject[]).entries()) {
    open(member, 'subscription', members[i]!.subscription, ConsumerProtocolSubscription)
    open(member, 'assignment', members[i]!.assignment, ConsumerProtocolAssignment)
  }
}

function open(member: JsonObject, field: string, bytes: Uint8Array, codec: AnyCodec): void {
  try {
    const { version, value } = readVersionPrefixed(codec, bytes, 'read-as-newest')
    member[field] = jsonOf(codec, value, Math.min(version, codec.maxVersion))
  } catch (thrown) {
    // what another application wrote there stays as it is
    if (!isMalformed(thrown)) throw thrown
  }
}

const metadataParser: Parser = ({ value, offset }) => {
  if (value === null) return { key: null, payload: `Error at ${offset}, skipping. The record has no value` }
  try {
    const record = metadataRecords.decode(value)
    if (record === null) return { key: null, payload: `Error at ${offset}, skipping. Unknown metadata record` }
    const codec = metadataRecords.codecs[record.type]
    const data = jsonOf(codec, record.value as Record<string, unknown>, record.version)
    return { key: null, payload: JSON.stringify({ type: upperSnake(record.type), version: record.version, data }) }
  } catch (thrown) {
    if (!isMalformed(thrown)) throw thrown
    return { key: null, payload: `Error at ${offset}, skipping. ${thrown.message}` }
  }
}

/** `TopicRecord` is TOPIC_RECORD. */
function upperSnake(name: string): string {
  return name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase()
}

const remoteLogParser: Parser = ({ value, offset }) => {
  try {
    const problem = remoteLogProblem(value)
    if (problem !== null) return { key: null, payload: `Error at offset ${offset}, skipping. ${problem}` }
    return { key: null, payload: remoteLogText(value!) }
  } catch (thrown) {
    if (!isMalformed(thrown)) throw thrown
    return { key: null, payload: `Error at offset ${offset}, skipping. ${thrown.message}` }
  }
}

/** By the options that choose them. */
export const recordParsers: ReadonlyMap<string, Parser> = new Map([
  ['offsets-decoder', coordinatorParser(groupRecords.records, openSubscriptions)],
  ['transaction-log-decoder', coordinatorParser(transactionRecords.records)],
  ['cluster-metadata-decoder', metadataParser],
  ['remote-log-metadata-decoder', remoteLogParser],
  ['share-group-state-decoder', coordinatorParser(shareStateRecords.records)],
])

type Decoder = (bytes: Uint8Array) => string

const DECODERS = 'org.apache.kafka.tools.api.'
/** What they were called in the days of Kafka's Scala clients. */
const OLD_DECODERS = 'kafka.serializer.'

const decoders: ReadonlyMap<string, Decoder> = new Map<string, Decoder>([
  ['StringDecoder', (bytes) => new TextDecoder().decode(bytes)],
  ['DefaultDecoder', (bytes) => `[B@${arrayHash(bytes).toString(16)}`],
  ['IntegerDecoder', (bytes) => String(view(bytes, 4).getInt32(0))],
  ['LongDecoder', (bytes) => String(view(bytes, 8).getBigInt64(0))],
])

export function decoderParser(keyClass: string, valueClass: string): Parser {
  const keyDecoder = decoderNamed(keyClass)
  const valueDecoder = decoderNamed(valueClass)
  return ({ key, value }) => ({
    key: key === null ? null : keyDecoder(key),
    payload: value === null ? null : valueDecoder(value),
  })
}

function decoderNamed(name: string): Decoder {
  const prefix = [DECODERS, OLD_DECODERS].find((p) => name.startsWith(p))
  const found = prefix === undefined ? undefined : decoders.get(name.slice(prefix.length))
  if (found) return found
  const known = [...decoders.keys()].map((decoder) => `${DECODERS}${decoder}`)
  throw new ToolFailure(`Failed to load decoder class ${name}. There are: ${known.join(', ')}`)
}

function view(bytes: Uint8Array, size: number): DataView {
  if (bytes.length < size) throw new ToolFailure(`A value of ${bytes.length} bytes cannot be decoded as ${size} bytes`)
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Java prints no bytes but a number that stands for the array; this one is the same for the same bytes. */
function arrayHash(bytes: Uint8Array): number {
  let hash = 1
  for (const b of bytes) hash = (Math.imul(31, hash) + ((b << 24) >> 24)) | 0
  return hash >>> 0
}
