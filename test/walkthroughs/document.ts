/** What the documents' commands print, without what differs from run to run. */
import assert from 'node:assert/strict'
import type { Ran } from '../control-plane/world.ts'

/** What a command printed that ended well. */
export function said(ran: Ran): string {
  assert.equal(ran.code, 0, `${ran.out}\n${ran.err}`)
  return ran.out
}

/** Rows of a table of kubectl or of a Kafka tool, by the names of its columns. */
export function rows(text: string): Record<string, string>[] {
  const [head = '', ...lines] = text.split('\n').filter((line) => line.trim() !== '')
  const names = head.split(/ {2,}/).map((name) => name.trim())
  const starts = names.map((name, i) =>
    head.indexOf(name, i === 0 ? 0 : head.indexOf(names[i - 1]!) + names[i - 1]!.length),
  )
  return lines.map((line) => {
    const cells = names.map((_, i) => line.slice(starts[i], starts[i + 1]).trim())
    return Object.fromEntries(names.map((name, i) => [name, cells[i]!]))
  })
}

/** Asks again until what is said is so; the last answer when the time is over. */
export async function until(
  ask: () => Promise<string>,
  is: (text: string) => boolean,
  limitMs = 90_000,
): Promise<string> {
  const deadline = Date.now() + limitMs
  for (;;) {
    const text = await ask()
    if (is(text)) return text
    if (Date.now() > deadline) assert.fail(`not so within ${limitMs} ms:\n${text}`)
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}
