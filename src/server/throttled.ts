import { Fetch, Produce, type RequestOf, type ResponseIn } from '../protocol/index.ts'
import type { ByteQuota, Limit } from './client-quotas.ts'
import { answering } from './guards/guard.ts'
import type { Handler, Handling, Reply, RequestContext } from './handler.ts'

/** Behind it the byte rate of who asks is counted, and held back when it is too high (KIP-13, KIP-219). */
export function throttled(row: Handler): Handler {
  if (row.api.key === Produce.key) return { api: row.api, handle: produceHandle(row) }
  if (row.api.key === Fetch.key) return { api: row.api, handle: fetchHandle(row) }
  return row
}

function produceHandle(row: Handler): Handler['handle'] {
  return (cx, request, reply): Handling => {
    const limit = limitFor(cx, 'producer_byte_rate')
    if (limit === null) return row.handle(cx, request, reply)
    const { from, to } = cx.frame.slices[0]!
    const bytes = to - from
    const counted = answering(reply as Reply<ResponseIn<typeof Produce>>, (answer) => ({
      ...answer,
      throttleTimeMs: count(cx, limit, bytes),
    }))
    const none = (): void => {
      count(cx, limit, bytes)
      reply.none()
    }
    return row.handle(cx, request, { ...counted, none } as Reply<unknown>)
  }
}

function fetchHandle(row: Handler): Handler['handle'] {
  return (cx, request, reply): Handling => {
    const asked = request as RequestOf<typeof Fetch>
    const isFollower = asked.replicaState.replicaId >= 0 || asked.replicaId >= 0
    const limit = isFollower ? null : limitFor(cx, 'consumer_byte_rate')
    if (limit === null) return row.handle(cx, request, reply)
    const { quotaWindowNum, quotaWindowSizeSeconds } = cx.services.config
    // No more in one answer than the whole window allows.
    const most = Math.max(1, Math.floor(limit.perSecond * quotaWindowNum * quotaWindowSizeSeconds))
    const counted = answering(reply as Reply<ResponseIn<typeof Fetch>>, (answer) => ({
      ...answer,
      throttleTimeMs: count(cx, limit, recordBytes(answer)),
    }))
    const less = asked.maxBytes <= most ? asked : { ...asked, maxBytes: most }
    return row.handle(cx, less, counted as Reply<unknown>)
  }
}

function limitFor(cx: RequestContext, quota: ByteQuota): Limit | null {
  const { quotas } = cx.services
  if (!quotas.isOn(quota)) return null
  return quotas.limitOf(quota, cx.principal.name, cx.clientId ?? '')
}

/** Adds to the rate; above the limit the connection is not read for the time that is told. */
function count(cx: RequestContext, { rate, perSecond }: Limit, bytes: number): number {
  const nowMs = cx.services.env.clock.monoMs()
  rate.add(bytes, nowMs)
  const throttleMs = rate.throttleMs(perSecond, nowMs)
  if (throttleMs > 0) cx.connection.holdBack(throttleMs)
  return throttleMs
}

function recordBytes({ responses = [] }: ResponseIn<typeof Fetch>): number {
  let bytes = 0
  for (const { partitions = [] } of responses) {
    for (const { records } of partitions) {
      if (records === null || records === undefined) continue
      if (Array.isArray(records)) for (const slice of records) bytes += slice.to - slice.from
      else bytes += (records as Uint8Array).byteLength
    }
  }
  return bytes
}
