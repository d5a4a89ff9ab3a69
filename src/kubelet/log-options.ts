/** What somebody wants to see of a log, as far as it can be meant. */
import type { HttpReply, LogsAsk } from '../env/index.ts'
import { timestampMs } from '../kube-client/index.ts'
import type { ConnectQuery } from './pod-connect.ts'
import { refused } from './refused.ts'

/** Each with the least that is allowed, and how Kubernetes says so. */
const numbers = [
  ['tailLines', 0, 'must be greater than or equal to 0'],
  ['sinceSeconds', 1, 'must be greater than 0'],
  ['limitBytes', 1, 'must be greater than 0'],
] as const

/** More than an int64 has with its sign. */
const digitsMax = 20

/** A reply when it cannot be meant. */
export function logsAskOf(query: ConnectQuery, podName: string, wallMs: number): LogsAsk | HttpReply {
  const given: Partial<Record<(typeof numbers)[number][0], number>> = {}
  const wrong: { field: string; reason: string; message: string }[] = []
  for (const [field, least, detail] of numbers) {
    const text = query.get(field)
    if (text === null) continue
    if (!/^[+-]?[0-9]+$/.test(text)) return notParsed(text, 'invalid syntax')
    const value = Number(text)
    if (text.length > digitsMax || Math.abs(value) >= 2 ** 63) return notParsed(text, 'value out of range')
    given[field] = value
    if (value < least) wrong.push({ field, reason: 'FieldValueInvalid', message: `Invalid value: ${value}: ${detail}` })
  }
  const { tailLines, sinceSeconds, limitBytes } = given
  const sinceTime = query.get('sinceTime')
  const since = sinceTime === null ? undefined : timestampMs(sinceTime)
  if (Number.isNaN(since)) return refused(400, 'BadRequest', `parsing time ${JSON.stringify(sinceTime)}: not RFC 3339`)
  if (sinceSeconds !== undefined && since !== undefined) {
    const message = 'Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified'
    wrong.push({ field: '', reason: 'FieldValueForbidden', message })
  }
  if (wrong.length > 0) return invalid(podName, wrong)
  const sinceMs = sinceSeconds === undefined ? since : wallMs - sinceSeconds * 1000
  return {
    ...(sinceMs === undefined ? {} : { sinceMs }),
    ...(tailLines === undefined ? {} : { tailLines }),
    ...(limitBytes === undefined ? {} : { bytesMax: limitBytes }),
    timestamps: query.is('timestamps'),
    follow: query.is('follow'),
  }
}

const notParsed = (text: string, why: string): HttpReply =>
  refused(400, 'BadRequest', `strconv.ParseInt: parsing ${JSON.stringify(text)}: ${why}`)

function invalid(name: string, causes: readonly { field: string; reason: string; message: string }[]): HttpReply {
  const texts = causes.map(({ field, message }) => (field === '' ? message : `${field}: ${message}`))
  const shown = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`
  const message = `PodLogOptions ${JSON.stringify(name)} is invalid: ${shown}`
  return refused(422, 'Invalid', message, { name, kind: 'PodLogOptions', causes })
}
