import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { clientCodes } from '../../src/client/errors.ts'
import {
  adminTable,
  clientTable,
  consumerTable,
  type OptionRow,
  producerTable,
} from '../../src/client/option-tables.ts'

const manual = readFileSync(join(resolve(import.meta.dirname, '..', '..'), 'docs', 'client.md'), 'utf8')

function row(name: string, { initially, java }: OptionRow): string {
  const text = String(initially)
  const value = typeof initially === 'string' ? `'${initially}'` : text
  const shown = text.startsWith('(') ? text.slice(1, -1) : `\`${value}\``
  return `| \`${name}\` | ${shown} | ${java === null ? '' : `\`${java}\``} |`
}

test('docs/client.md has every option with its default and its name in Java, and no other', () => {
  const rows = [clientTable, producerTable, consumerTable, adminTable].flatMap((table) =>
    Object.entries(table).map(([name, option]) => row(name, option)),
  )
  const [, options = ''] = manual.split('## Options')
  const there = options.split('\n').filter((line) => line.startsWith('| `'))
  assert.deepEqual(there, rows)
})

test('docs/client.md has every code of the client and whether it is retriable', () => {
  const [, errors = ''] = manual.split('| code | when | retriable |')
  const there = errors
    .split('## Options')[0]!
    .split('\n')
    .flatMap((line) => /^\| `([A-Z_]+)` \|.*\| (yes|no) \|$/.exec(line)?.slice(1, 3).join(' ') ?? [])
  const known = Object.entries(clientCodes).map(([code, { advice }]) => `${code} ${advice === 'final' ? 'no' : 'yes'}`)
  assert.deepEqual(there.sort(), known.sort())
})
