/** Times as Kubernetes writes them: RFC 3339 in UTC. */

const dayMs = 86_400_000

/** `2026-11-25T12:00:00Z`: whole seconds, as in `metav1.Time`. */
export function timestampOf(wallMs: number): string {
  const days = Math.floor(wallMs / dayMs)
  const seconds = Math.floor((wallMs - days * dayMs) / 1000)
  const { year, month, day } = civil(days)
  const clock = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map((n) => padded(n, 2))
  return `${padded(year, 4)}-${padded(month, 2)}-${padded(day, 2)}T${clock.join(':')}Z`
}

/** `2026-11-25T12:00:00.000000Z`, as in `metav1.MicroTime`. */
export function microTimestampOf(wallMs: number): string {
  return timestampOf(wallMs).replace('Z', `.${padded(Math.floor(wallMs) % 1000, 3)}000Z`)
}

/** Milliseconds since the epoch; NaN when it is no RFC 3339 time. */
export function timestampMs(text: string): number {
  const found = pattern.exec(text)
  if (found === null) return Number.NaN
  const [, year, month, day, hour, minute, second, fraction = '', sign, aheadHours = '0', aheadMinutes = '0'] = found
  const days = daysFrom(Number(year), Number(month), Number(day))
  const ahead = (Number(aheadHours) * 60 + Number(aheadMinutes)) * (sign === '-' ? -1 : 1)
  const seconds = (Number(hour) * 60 + Number(minute) - ahead) * 60 + Number(second)
  return days * dayMs + seconds * 1000 + Math.floor(Number(`0${fraction}`) * 1000)
}

const pattern = /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(\.\d+)?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/

const padded = (value: number, digits: number): string => String(value).padStart(digits, '0')

/** Days since 1970-01-01 of a Gregorian date, years counted from March so that the leap day comes last. */
function daysFrom(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const ofEra = y - era * 400
  const ofYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  return era * 146_097 + ofEra * 365 + Math.floor(ofEra / 4) - Math.floor(ofEra / 100) + ofYear - 719_468
}

function civil(days: number): { year: number; month: number; day: number } {
  const z = days + 719_468
  const era = Math.floor(z / 146_097)
  const ofEra = z - era * 146_097
  const leaps = Math.floor(ofEra / 1460) - Math.floor(ofEra / 36_524) + Math.floor(ofEra / 146_096)
  const yearOfEra = Math.floor((ofEra - leaps) / 365)
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const shifted = Math.floor((5 * ofYear + 2) / 153)
  const month = shifted < 10 ? shifted + 3 : shifted - 9
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: ofYear - Math.floor((153 * shifted + 2) / 5) + 1,
  }
}

/** How kubectl shows ages: `45s`, `2m3s`, `7h`, `5d4h`, `2y`. */
export function ageOf(fromMs: number, nowMs: number): string {
  const seconds = Math.trunc((nowMs - fromMs) / 1000)
  if (Number.isNaN(seconds) || seconds < -1) return '<invalid>'
  if (seconds < 0) return '0s'
  const minutes = Math.floor(seconds / 60)
  const hours = Math.floor(minutes / 60)
  const days = Math.floor(hours / 24)
  const two = (large: number, unit: string, small: number, smallUnit: string): string =>
    small === 0 ? `${large}${unit}` : `${large}${unit}${small}${smallUnit}`
  if (seconds < 120) return `${seconds}s`
  if (minutes < 10) return two(minutes, 'm', seconds % 60, 's')
  if (minutes < 180) return `${minutes}m`
  if (hours < 8) return two(hours, 'h', minutes % 60, 'm')
  if (hours < 48) return `${hours}h`
  if (days < 8) return two(days, 'd', hours % 24, 'h')
  if (days < 730) return `${days}d`
  if (days < 365 * 8) return two(Math.floor(days / 365), 'y', days % 365, 'd')
  return `${Math.floor(days / 365)}y`
}
