import { isoTime } from './time.ts'
import { ToolFailure } from './world.ts'

/** Letters of java.text.SimpleDateFormat that are understood, and what each stands for in a time of ISO 8601. */
const parts: ReadonlyMap<string, readonly [from: number, to: number]> = new Map([
  ['y', [0, 4]],
  ['M', [5, 7]],
  ['d', [8, 10]],
  ['H', [11, 13]],
  ['m', [14, 16]],
  ['s', [17, 19]],
  ['S', [20, 23]],
])

/** A formatter of wall times for a pattern such as `yyyy-MM-dd HH:mm:ss:SSS`; in UTC. */
export function dateFormat(pattern: string): (wallMs: number) => string {
  const pieces = [...pattern.matchAll(/'((?:[^']|'')*)'|([a-zA-Z])\2*|[^a-zA-Z']+/g)]
  for (const [text, , letter] of pieces) {
    if (letter !== undefined && !parts.has(letter)) {
      throw new ToolFailure(
        `Illegal pattern character '${letter}' in ${text}: there are ${[...parts.keys()].join(', ')}, and text in 'quotes'`,
      )
    }
  }
  return (wallMs) => {
    const iso = isoTime(wallMs)
    return pieces
      .map(([text, quoted, letter]) => {
        if (quoted !== undefined) return quoted === '' ? "'" : quoted.replaceAll("''", "'")
        if (letter === undefined) return text
        const digits = iso.slice(...parts.get(letter)!)
        if (letter === 'y' && text.length === 2) return digits.slice(-2)
        return String(Number(digits)).padStart(text.length, '0')
      })
      .join('')
  }
}
