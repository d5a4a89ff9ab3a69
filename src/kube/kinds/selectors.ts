/** Label selectors as they stand in objects (`matchLabels`, `matchExpressions`). */
import { type Fields, listOf, recordOf, textOf } from './read.ts'

type Labels = Readonly<Record<string, string>>

/** An empty selector selects everything; an absent one is the caller's to judge. */
export function selects(selector: Fields, labels: Labels = {}): boolean {
  for (const [key, value] of Object.entries(recordOf(selector['matchLabels']))) if (labels[key] !== value) return false
  return listOf(selector['matchExpressions'])
    .map(recordOf)
    .every((one) => satisfies(one, labels))
}

function satisfies(requirement: Fields, labels: Labels): boolean {
  const key = textOf(requirement['key'])
  const values = listOf(requirement['values']).map(textOf)
  const actual = labels[key]
  switch (requirement['operator']) {
    case 'In':
      return actual !== undefined && values.includes(actual)
    case 'NotIn':
      return actual === undefined || !values.includes(actual)
    case 'Exists':
      return actual !== undefined
    case 'DoesNotExist':
      return actual === undefined
    default:
      return false
  }
}

/** All of a map (a Service's selector). */
export const hasLabels = (wanted: Fields, labels: Labels = {}): boolean =>
  Object.entries(wanted).every(([key, value]) => labels[key] === value)

/** As kubectl shows it: `a=b,c in (d,e),!f`. */
export function formatSelector(selector: Fields): string {
  const parts: [string, string][] = Object.entries(recordOf(selector['matchLabels'])).map(([key, value]) => [
    key,
    `${key}=${textOf(value)}`,
  ])
  for (const one of listOf(selector['matchExpressions']).map(recordOf)) {
    const key = textOf(one['key'])
    const values = listOf(one['values']).map(textOf).sort().join(',')
    const forms: Readonly<Record<string, string>> = {
      In: `${key} in (${values})`,
      NotIn: `${key} notin (${values})`,
      Exists: key,
      DoesNotExist: `!${key}`,
    }
    parts.push([key, forms[textOf(one['operator'])] ?? key])
  }
  if (parts.length === 0) return '<none>'
  return parts
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([, text]) => text)
    .join(',')
}
