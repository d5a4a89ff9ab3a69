/** Times as Kubernetes writes them, without a calendar of the runtime. */
import { civil } from './maintenance.ts'

const two = (n: number): string => String(n).padStart(2, '0')

/** RFC 3339, whole seconds, UTC. */
export function isoSeconds(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  const days = Math.floor(seconds / 86_400)
  const rest = seconds - days * 86_400
  const { year, month, day } = civil(days)
  const time = `${two(Math.floor(rest / 3600))}:${two(Math.floor(rest / 60) % 60)}:${two(rest % 60)}`
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}T${time}Z`
}

/** Milliseconds since 1970 of an RFC 3339 time in UTC; 0 for anything else. */
export function msOf(text: string): number {
  const [, y, mo, d, h, mi, s] = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d+)?Z$/.exec(text) ?? []
  if (s === undefined) return 0
  const year = Number(y) - (Number(mo) <= 2 ? 1 : 0)
  const era = Math.floor(year / 400)
  const yearOfEra = year - era * 400
  const dayOfYear = Math.floor((153 * ((Number(mo) + 9) % 12) + 2) / 5) + Number(d) - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  const days = era * 146_097 + dayOfEra - 719_468
  return (((days * 24 + Number(h)) * 60 + Number(mi)) * 60 + Number(s)) * 1000
}
