import { Reader, utf8Encode, type Writer } from '../bytes/index.ts'
import type { ConsumerRecord } from '../client/index.ts'
import { groupRecords, shareStateRecords, transactionRecords } from '../protocol/index.ts'
import { asBytes, deserializerNamed, type TextOf } from './deserializers.ts'
import type { JavaConfig } from './java-config.ts'
import { type Json, jsonOf } from './json-of.ts'

/** What the console consumer prints of a record. */
export interface MessageFormatter {
  write(record: ConsumerRecord, into: Writer): void
}

const TOOLS = 'org.apache.kafka.tools.consumer.'

/** Names of classes that moved, by what they were called before 4.0. */
const moved: ReadonlyMap<string, string> = new Map([
  ['kafka.tools.DefaultMessageFormatter', `${TOOLS}DefaultMessageFormatter`],
  ['kafka.tools.LoggingMessageFormatter', `${TOOLS}LoggingMessageFormatter`],
  ['kafka.tools.NoOpMessageFormatter', `${TOOLS}NoOpMessageFormatter`],
  ['kafka.coordinator.group.GroupMetadataManager$OffsetsMessageFormatter', `${TOOLS}OffsetsMessageFormatter`],
  [
    'kafka.coordinator.group.GroupMetadataManager$GroupMetadataMessageFormatter',
    `${TOOLS}GroupMetadataMessageFormatter`,
  ],
  [
    'kafka.coordinator.transaction.TransactionLog$TransactionLogMessageFormatter',
    `${TOOLS}TransactionLogMessageFormatter`,
  ],
])

/** The name a formatter has now. */
export function currentFormatterName(name: string): string {
  return moved.get(name) ?? name
}

/** null: there is no such formatter. `log` is told of settings that cannot be followed. */
export function formatterNamed(name: string, config: JavaConfig, log: (text: string) => void): MessageFormatter | null {
  switch (name) {
    case `${TOOLS}DefaultMessageFormatter`:
    case `${TOOLS}LoggingMessageFormatter`:
      return new DefaultFormatter(config, log)
    case `${TOOLS}NoOpMessageFormatter`:
      return { write: () => {} }
    case `${TOOLS}OffsetsMessageFormatter`:
      return new CoordinatorFormatter(groupRecords, [0, 1])
    case `${TOOLS}GroupMetadataMessageFormatter`:
      return new CoordinatorFormatter(groupRecords, [2])
    case `${TOOLS}TransactionLogMessageFormatter`:
      return new CoordinatorFormatter(transactionRecords, [0])
    case `${TOOLS}group.share.ShareGroupStateMessageFormatter`:
    case `${TOOLS}ShareGroupStateMessageFormatter`:
      return new CoordinatorFormatter(shareStateRecords, [0, 1])
    case `${TOOLS}ShareGroupMessageFormatter`:
      return new CoordinatorFormatter(groupRecords, [10, 11, 12, 13, 14, 15])
    default:
      return null
  }
}

class DefaultFormatter implements MessageFormatter {
  readonly #flags: Readonly<
    Record<'timestamp' | 'partition' | 'offset' | 'delivery' | 'epoch' | 'headers' | 'key' | 'value', boolean>
  >
  readonly #separator: Uint8Array
  readonly #lineEnd: Uint8Array
  readonly #headersSeparator: Uint8Array
  readonly #nothing: Uint8Array
  readonly #keyText: TextOf | null
  readonly #valueText: TextOf | null
  readonly #headerText: TextOf | null

  constructor(config: JavaConfig, log: (text: string) => void) {
    const flag = (name: string, preset = false) => (config.get(name)?.trim().toLowerCase() ?? String(preset)) === 'true'
    const bytes = (name: string, preset: string) => utf8Encode(config.get(name) ?? preset)
    this.#flags = {
      timestamp: flag('print.timestamp'),
      partition: flag('print.partition'),
      offset: flag('print.offset'),
      delivery: flag('print.delivery'),
      epoch: flag('print.epoch'),
      headers: flag('print.headers'),
      key: flag('print.key'),
      value: flag('print.value', true),
    }
    this.#separator = bytes('key.separator', '\t')
    this.#lineEnd = bytes('line.separator', '\n')
    this.#headersSeparator = bytes('headers.separator', ',')
    this.#nothing = bytes('null.literal', 'null')
    const textOf = (name: string): TextOf | null => {
      const asked = config.get(name)
      if (asked === undefined) return null
      const found = deserializerNamed(asked)
      if (!found) log(`Unable to instantiate a deserializer from ${asked}`)
      return found ?? null
    }
    this.#keyText = textOf('key.deserializer')
    this.#valueText = textOf('value.deserializer')
    this.#headerText = textOf('headers.deserializer')
  }

  write(record: ConsumerRecord, w: Writer): void {
    const f = this.#flags
    let isFirst = true
    const column = () => {
      if (!isFirst) w.copy(this.#separator)
      isFirst = false
    }
    const text = (s: string) => w.copy(utf8Encode(s))
    if (f.timestamp) {
      column()
      text(`${record.timestampType}:${record.timestamp}`)
    }
    if (f.partition) {
      column()
      text(`Partition:${record.partition}`)
    }
    if (f.offset) {
      column()
      text(`Offset:${record.offset}`)
    }
    // the tool hands its formatters records without these two, as Apache's does
    if (f.delivery) {
      column()
      text('Delivery:NOT_PRESENT')
    }
    if (f.epoch) {
      column()
      text('Epoch:NOT_PRESENT')
    }
    if (f.headers) {
      column()
      this.#headers(record, w)
    }
    if (f.key) {
      column()
      w.copy(asBytes(this.#keyText, record.key ?? this.#nothing))
    }
    if (f.value) {
      column()
      w.copy(asBytes(this.#valueText, record.value ?? this.#nothing))
    }
    if (!isFirst) w.copy(this.#lineEnd)
  }

  #headers(record: ConsumerRecord, w: Writer): void {
    if (record.headers.length === 0) w.copy(utf8Encode('NO_HEADERS'))
    for (const [i, header] of record.headers.entries()) {
      if (i > 0) w.copy(this.#headersSeparator)
      w.copy(utf8Encode(`${header.key}:`))
      w.copy(asBytes(this.#headerText, header.value ?? this.#nothing))
    }
  }
}

interface RecordTable {
  readonly records: Readonly<
    Record<string, { readonly type: number; readonly key: AnyMessage; readonly value: AnyMessage }>
  >
}
// biome-ignore lint/suspicious/noExplicitAny: any message
type AnyMessage = import('../protocol/index.ts').Codec<any, any>

/** Records of a coordinator's log as JSON; other records of the same log are passed over. */
class CoordinatorFormatter implements MessageFormatter {
  readonly #table: RecordTable
  readonly #types: readonly number[]

  constructor(table: RecordTable, types: readonly number[]) {
    this.#table = table
    this.#types = types
  }

  write(record: ConsumerRecord, w: Writer): void {
    if (record.key === null) return
    const key = new Reader(record.key)
    const type = key.int16()
    if (!this.#types.includes(type)) return
    const found = Object.values(this.#table.records).find((r) => r.type === type)
    if (!found) return
    const json: { [name: string]: Json } = { key: { type, data: jsonOf(found.key, found.key.decode(key, 0), 0) } }
    if (record.value === null) json['value'] = null
    else {
      const value = new Reader(record.value)
      const version = value.int16()
      const isKnown = version >= found.value.minVersion && version <= found.value.maxVersion
      json['value'] = isKnown
        ? { version, data: jsonOf(found.value, found.value.decode(value, version), version) }
        : { version, data: 'unknown' }
    }
    w.copy(utf8Encode(JSON.stringify(json)))
  }
}
