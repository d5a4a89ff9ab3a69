import { type Lease, Reader, Writer } from '../bytes/index.ts'
import { type AnyApi, RequestHeader, ResponseHeader } from '../protocol/index.ts'
import type { ReplySlot } from './index.ts'

export type Answering = readonly [api: AnyApi, answer: object]

/** Answers a frame from a table of fixed answers; what it does not know closes the connection. */
export function answerWith(table: readonly Answering[], frame: Lease, slot: ReplySlot): boolean {
  const { bytes, from, to } = frame.slices[0]!
  const reader = new Reader(bytes, from, to)
  const key = reader.int16()
  const version = reader.int16()
  const row = table.find(([api]) => api.key === key)
  if (row === undefined) {
    slot.close(`nobody here answers API key ${key}`)
    return false
  }
  const [api, answer] = row
  reader.at = from
  const { correlationId } = RequestHeader.decode(reader, api.requestHeaderVersion(version))
  const writer = new Writer()
  const sizeAt = writer.reserveInt32()
  ResponseHeader.encode(writer, { correlationId }, api.responseHeaderVersion(version))
  api.response.encode(writer, answer, version)
  writer.patchInt32(sizeAt, writer.length - 4)
  slot.send(writer.parts(), null)
  return false
}
