/** Maintenance windows: Quartz cron expressions, in UTC. A certificate is renewed in a minute that one of them names. */

import { timestampOf } from '../kube-client/index.ts'

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
  const [year = 0, month = 0, day = 0] = timestampOf(nowMs).slice(0, 10).split('-').map(Number)
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
