/** Reads the golden files, for the tests that use them. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import {
  type AnyCodec,
  apis,
  ConsumerProtocolAssignment,
  ConsumerProtocolSubscription,
  DefaultPrincipalData,
  EndTxnMarker,
  groupRecords,
  KRaftVersionRecord,
  LeaderChangeMessage,
  metadataRecords,
  ProducerSnapshot,
  RequestHeader,
  ResponseHeader,
  remoteLogRecords,
  SnapshotFooterRecord,
  SnapshotHeaderRecord,
  shareStateRecords,
  transactionRecords,
  VotersRecord,
} from '../../src/protocol/index.ts'

export const goldenFiles = ['requests', 'responses', 'records'] as const

/** One instance of one message in one version, as Apache Kafka's classes wrote it. */
export interface GoldenLine {
  readonly message: string
  readonly version: number
  readonly instance: 'default' | 'full' | 'null' | 'random-1' | 'random-2'
  readonly bytes: Buffer
  readonly fields: Record<string, unknown>
  /** The bytes as they stand in their log; null for messages that are in none. */
  readonly envelope: Buffer | null
}

export function goldenLines(file: (typeof goldenFiles)[number]): GoldenLine[] {
  const text = gunzipSync(readFileSync(new URL(`${file}.jsonl.gz`, import.meta.url))).toString()
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const { m, v, k, b, j, e } = JSON.parse(line)
      return {
        message: m,
        version: v,
        instance: k,
        bytes: Buffer.from(b, 'base64'),
        fields: j,
        envelope: e === undefined ? null : Buffer.from(e, 'base64'),
      }
    })
}

/** Every codec there is, by the name of its message. */
export const codecsByName: ReadonlyMap<string, AnyCodec> = new Map(
  (
    [
      ...[...apis.values()].flatMap((api) => [api.request, api.response]),
      ...Object.values(metadataRecords.codecs),
      ...Object.values(remoteLogRecords.codecs),
      ...[groupRecords, transactionRecords, shareStateRecords].flatMap((table) =>
        Object.values(table.records).flatMap((record) => [record.key, record.value]),
      ),
      RequestHeader,
      ResponseHeader,
      EndTxnMarker,
      LeaderChangeMessage,
      SnapshotHeaderRecord,
      SnapshotFooterRecord,
      KRaftVersionRecord,
      VotersRecord,
      ProducerSnapshot,
      ConsumerProtocolSubscription,
      ConsumerProtocolAssignment,
      DefaultPrincipalData,
    ] as AnyCodec[]
  ).map((codec) => [codec.name, codec]),
)

interface ApiFacts {
  readonly key: number
  readonly name: string
  readonly lowest: number
  readonly highest: number
  readonly lastUnstable: boolean
  readonly isForwarded: boolean
  readonly clusterAction: boolean
  readonly listeners: readonly string[]
  /** Header version of each version, from the lowest. */
  readonly requestHeaders: readonly number[]
  readonly responseHeaders: readonly number[]
}

interface ErrorFacts {
  readonly code: number
  readonly name: string
  readonly exception: string
  readonly retriable: boolean
  readonly staleMetadata: boolean
}

/** What Apache's tables say of APIs and errors. */
export function goldenFacts(): { readonly apis: ApiFacts[]; readonly errors: ErrorFacts[] } {
  const lines: { api?: ApiFacts; error?: ErrorFacts }[] = readFileSync(new URL('facts.jsonl', import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  return { apis: lines.flatMap(({ api }) => api ?? []), errors: lines.flatMap(({ error }) => error ?? []) }
}
