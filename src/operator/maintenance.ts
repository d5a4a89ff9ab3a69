/** Maintenance windows: Quartz cron expressions, in UTC. A certificate is renewed in a minute that one of them names. */

const months = 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' ')
const weekdays = 'SUN MON TUE WED THU FRI SAT'.split(' ')

/** Quartz counts Sunday as 1. */
const numberOf = (text: string, namesOf: readonly string[], first: number): number => {
  const named = namesOf.indexOf(text.toUpperCase())
  return named >= 0 ? named + first : /^\d+$/.test(text) ? Number(text) : Number.NaN
}

function matches(field: string, value: number, low: number, high: number, namesOf: readonly string[] = []): boolean {
  return field.split(',').some((part) => {
    const [range = '', step] = part.split('/')
    const every = step === undefined ? 1 : Number(step)
    if (!Number.isSafeInteger(every) || every < 1) return false
    if (range === '*' || range === '?') return (value - low) % every === 0
    const [from = '', to] = range.split('-')
    const a = numberOf(from, namesOf, low)
    const b = to === undefined ? (step === undefined ? a : high) : numberOf(to, namesOf, low)
    const isIn = a <= b ? value >= a && value <= b : value >= a || value <= b
    return isIn && (value - a) % every === 0
  })
}

/** Whether now lies in one of the windows; without any, always. An expression that is none never matches. */
export function isInWindow(windows: readonly string[], nowMs: number): boolean {
  if (windows.length === 0) return true
  const seconds = Math.floor(nowMs / 1000)
  const days = Math.floor(seconds / 86_400)
  const { year, month, day } = civil(days)
  return windows.some((text) => {
    const [second, minute, hour, dayOfMonth, monthField, dayOfWeek, yearField = '*'] = text.trim().split(/\s+/)
    if (dayOfWeek === undefined) return false
    return (
      matches(second ?? '', seconds % 60, 0, 59) &&
      matches(minute ?? '', Math.floor(seconds / 60) % 60, 0, 59) &&
      matches(hour ?? '', Math.floor(seconds / 3600) % 24, 0, 23) &&
      matches(dayOfMonth ?? '', day, 1, 31) &&
      matches(monthField ?? '', month, 1, 12, months) &&
      matches(dayOfWeek, ((days + 4) % 7) + 1, 1, 7, weekdays) &&
      matches(yearField, year, 1970, 2099)
    )
  })
}

/** The date of a day since 1970-01-01. */
export function civil(days: number): { year: number; month: number; day: number } {
  // by eras of 400 years that begin on 1 March
  const z = days + 719_468
  const era = Math.floor(z / 146_097)
  const dayOfEra = z - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const shifted = Math.floor((5 * dayOfYear + 2) / 153)
  const month = shifted < 10 ? shifted + 3 : shifted - 9
  const day = dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day }
}
