// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are sources to look at
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkHouse } from './check.ts'
import { lex } from './lex.ts'
import { readSource } from './source.ts'

/** What is found in these files, as `path:line rule`; warnings left out. */
function findings(files: Readonly<Record<string, string>>): string[] {
  const found = checkHouse(Object.entries(files).map(([path, text]) => readSource(path, text)))
  return found.filter(({ isWarning }) => !isWarning).map(({ path, line, rule }) => `${path}:${line} ${rule}`)
}

/** What is found in one file of the log room. */
function inLog(text: string): string[] {
  return findings({ 'src/log/index.ts': text }).map((found) => found.replace('src/log/index.ts:', ''))
}

test('a clean house has no findings', () => {
  const files = {
    'src/bytes/index.ts': "export const one = 1\nexport { two } from './two.ts'\n",
    'src/bytes/two.ts': 'export const two = 2\n',
    'src/protocol/index.ts': "import { one } from '../bytes/index.ts'\nexport const three = one + 2\n",
  }
  assert.deepEqual(findings(files), [])
})

test('finds an import against the layers, also of a type', () => {
  const files = {
    'src/protocol/index.ts': 'export const a = 1\n',
    'src/log/index.ts': "import type { A } from '../server/index.ts'\nexport type B = A\n",
    'src/server/index.ts': "import { a } from '../protocol/index.ts'\nexport type A = typeof a\n",
    'src/bytes/index.ts': "\nimport { a } from '../protocol/index.ts'\nexport const b = a\n",
  }
  assert.deepEqual(findings(files), ['src/bytes/index.ts:2 layer', 'src/log/index.ts:1 layer'])
})

test('finds a room entered by another file than its door', () => {
  const files = {
    'src/bytes/index.ts': 'export {}\n',
    'src/bytes/reader.ts': 'export class Reader {}\n',
    'src/log/index.ts': "export { Reader } from '../bytes/reader.ts'\n",
    'src/env/index.ts': 'export {}\n',
    'src/env/failure.ts': 'export const failure = 1\n',
    'src/env/node/index.ts': "export { failure } from '../failure.ts'\n",
    'src/cli/topics.ts': 'export const topics = 1\n',
    'src/bin/topics.ts': "import { topics } from '../cli/topics.ts'\ntopics\n",
  }
  assert.deepEqual(findings(files), ['src/log/index.ts:1 door'])
})

test('finds a room that the table does not know', () => {
  assert.deepEqual(findings({ 'src/cellar/index.ts': 'export {}\n' }), ['src/cellar/index.ts:1 layer'])
})

test('finds a cycle of values and lets one of types be', () => {
  const values = {
    'src/log/index.ts': "export { b } from './b.ts'\n",
    'src/log/b.ts': "import { c } from './c.ts'\nexport const b = c\n",
    'src/log/c.ts': "import { b } from './b.ts'\nexport const c = () => b\n",
  }
  assert.deepEqual(findings(values), ['src/log/b.ts:1 cycle'])
  const types = {
    ...values,
    'src/log/c.ts': "import type { b } from './b.ts'\nexport const c = 1 as unknown as typeof b\n",
  }
  assert.deepEqual(findings(types), [])
})

test('finds the names of the world outside env/node and tools', () => {
  const lines: readonly [string, string][] = [
    ["import fs from 'node:fs'", 'world'],
    ['const a = Buffer.alloc(1)', 'world'],
    ['const a = Date.now()', 'world'],
    ['const a = new Date(0)', 'world'],
    ['const a = performance.now()', 'world'],
    ['const a = Math.random()', 'world'],
    ['const a = crypto.randomUUID()', 'world'],
    ['const a = process.env', 'world'],
    ['setTimeout(() => {}, 1)', 'world'],
    ['clearImmediate(a)', 'world'],
    ['queueMicrotask(() => {})', 'world'],
    ['const a = AbortSignal.timeout(5)', 'world'],
    ['console.log(1)', 'world'],
    ["const a = require('x')", 'world'],
    ['const a = b instanceof Uint8Array', 'realm'],
    ['export async function a() {}', 'turns'],
    ['const a = new Promise(() => {})', 'turns'],
    ['const a = `${Date.now()}`', 'world'],
  ]
  for (const [line, rule] of lines) assert.deepEqual(inLog(`export {}\n${line}\n`), [`2 ${rule}`], line)
  for (const [line] of lines) {
    assert.deepEqual(findings({ 'src/env/node/index.ts': `${line}\n` }), [], line)
    assert.deepEqual(findings({ 'src/log/a.test.ts': `${line}\n` }), [], line)
  }
})

test('does not take words in comments, texts and properties for names', () => {
  const clean = [
    '// Date.now() and process.env and setTimeout',
    '/* async\n await Buffer.from */',
    "const a = 'Buffer.from, process.env, `Date.now()`'",
    'const a = `process.env ${b} Date.now()`',
    'const a = { performance: 1, process: 2, Buffer: 3 }',
    'const a = b.process.run(), c = b.Date.now()',
    'const a = /setTimeout\\(|"process.env/',
    'const a = b / process / c',
    'export interface A { readonly process: B; await(): void }'.replace('; await(): void', ''),
  ]
  for (const text of clean) assert.deepEqual(inLog(`export {}\n${text}\n`), [], text)
})

test('finds state of a module and lets constant tables be', () => {
  const state = [
    'let a = 1',
    'export let a = 1',
    'var a = 1',
    'const a = new Map<string, number>()',
    'export const a = new Set([1])',
    'const a: string[] = []',
    'const a = {}',
    'const a: Map<string, (x: number) => void> = new Map()',
  ]
  for (const text of state) assert.deepEqual(inLog(`export {}\n${text}\n`), ['2 module-state'], text)
  const constant = [
    'const a: ReadonlyMap<string, number> = new Map([["a", 1]])',
    'const a: Readonly<Record<string, number>> = {}',
    'const a = Object.freeze([1])',
    'const a = [1, 2] as const',
    'const a: readonly string[] = []',
    'export function f() {\n  let a = 1\n  const b = new Map()\n  return [a, b]\n}',
    'const f = () => {\n  let a = 1\n  return a\n}',
    'class A {\n  b = new Map()\n}',
  ]
  for (const text of constant) assert.deepEqual(inLog(`export {}\n${text}\n`), [], text)
})

test('finds what is unfinished, swallowed or misnamed', () => {
  assert.deepEqual(inLog('export {}\n// TODO: later\n'), ['2 unfinished'])
  assert.deepEqual(inLog('export {}\ntry {\n  f()\n} catch {}\n'), ['4 swallowed'])
  assert.deepEqual(inLog('export {}\ntry {\n  f()\n} catch {\n  // Gone already: that is what was wanted.\n}\n'), [])
  assert.deepEqual(findings({ 'src/log/index.ts': 'export {}\n', 'src/log/camelCase.ts': 'export {}\n' }), [
    'src/log/camelCase.ts:1 file-name',
  ])
  assert.deepEqual(inLog("export * from './other'\n"), ['1 extension'])
})

test('counts a worker as shipped when its file is named as data', () => {
  const files = {
    'src/log/index.ts': "export const entry = new URL('./worker.ts', base)\n",
    'src/log/worker.ts': 'let state = 1\nexport const next = () => state++\n',
  }
  assert.deepEqual(findings(files), ['src/log/worker.ts:1 module-state'])
})

test('what only tests use is free, whatever it is called', () => {
  const files = {
    'src/log/index.ts': 'export {}\n',
    'src/log/fakes.ts': 'export const now = () => Date.now()\n',
    'src/log/log.test.ts': "import { now } from './fakes.ts'\nnow()\n",
  }
  assert.deepEqual(findings(files), [])
})

test('the lexer keeps every line and column', () => {
  const source = 'const a = `x ${b + `y ${c}` + "}"} z` // end\nconst r = /[/"]/g.exec("\'") /* c\n d */ + 1\n'
  const { code, literals } = lex(source)
  assert.equal(code.length, source.length)
  assert.deepEqual(
    literals.map(({ value }) => value),
    ['}', "'"],
  )
  assert.match(code, /b \+ ` {2}\$\{c\}`/)
  assert.doesNotMatch(code, /end|[xyz] /)
})
