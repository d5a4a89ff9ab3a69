/** Days from 1970-01-01 to a date of the Gregorian calendar; months and days beyond their end count on. */
export function daysOfDate(year: number, month: number, day: number): number {
  // counted from a March, so that the leap day is the last of its year
  const months = year * 12 + month - 3
  const marchYear = Math.floor(months / 12)
  const leaps = Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400)
  const dayOfYear = Math.floor((153 * (months - marchYear * 12) + 2) / 5)
  return marchYear * 365 + leaps + dayOfYear + day - 1 - 719_468
}

function dateOfDays(days: number): { year: number; month: number; day: number } {
  let year = 1970 + Math.floor(days / 365.2425)
  if (daysOfDate(year + 1, 1, 1) <= days) year++
  else if (daysOfDate(year, 1, 1) > days) year--
  let month = 12
  while (daysOfDate(year, month, 1) > days) month--
  return { year, month, day: days - daysOfDate(year, month, 1) + 1 }
}

const MS_PER_DAY = 86_400_000

/** `2026-11-25T04:41:24.323Z` */
export function isoTime(wallMs: number): string {
  const days = Math.floor(wallMs / MS_PER_DAY)
  const { year, month, day } = dateOfDays(days)
  const ms = Math.floor(wallMs - days * MS_PER_DAY)
  const two = (n: number) => String(n).padStart(2, '0')
  const [seconds, minutes, hours] = [Math.floor(ms / 1000), Math.floor(ms / 60_000), Math.floor(ms / 3_600_000)]
  const time = `${two(hours)}:${two(minutes % 60)}:${two(seconds % 60)}.${String(ms % 1000).padStart(3, '0')}`
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}T${time}Z`
}

/** Wall time in ms of `2026-11-25`, `2026-11-25T04:41`, `…:24`, `…:24.323`, with a zone or in UTC; null for what is none. */
export function parseTime(text: string): number | null {
  const match =
    /^(\d{4,})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3}))?)?(Z|[+-]\d{2}:?\d{2}|[+-]\d{2})?)?$/.exec(
      text,
    )
  if (!match) return null
  const [, year, month, day, hours = 0, minutes = 0, seconds = 0, fraction = '', zone = 'Z'] = match
  const days = daysOfDate(Number(year), Number(month), Number(day))
  const inDay =
    (Number(hours) * 60 + Number(minutes)) * 60_000 + Number(seconds) * 1000 + Number(fraction.padEnd(3, '0'))
  return days * MS_PER_DAY + inDay - zoneMs(zone)
}

/** `Z`, `+02`, `+0200`, `+02:00` */
function zoneMs(zone: string): number {
  const match = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone)
  if (!match) return 0
  const minutes = Number(match[2]) * 60 + Number(match[3] ?? 0)
  return (match[1] === '-' ? -minutes : minutes) * 60_000
}

const unitMs: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', MS_PER_DAY],
])

/** `90s`, `15m`, `1h30m`, `7d` in ms; null for what is none. */
export function parseSpan(text: string): number | null {
  if (!/^(\d+(ms|[smhd]))+$/.test(text)) return null
  let total = 0
  for (const [, amount, unit] of text.matchAll(/(\d+)(ms|[smhd])/g)) total += Number(amount) * unitMs.get(unit!)!
  return total
}
