import { posix } from 'node:path'
import { linesWarned, promiseNames, type Room, realmChecks, rooms, worldNames } from './house.ts'
import { lineAt } from './lex.ts'
import type { Source } from './source.ts'

export interface Finding {
  readonly path: string
  readonly line: number
  /** The rule's name: one word to search for. */
  readonly rule: string
  readonly message: string
  readonly isWarning?: true
}

/** Everything that is not as the house wants it. `sources` are all TypeScript files under `src`. */
export function checkHouse(sources: readonly Source[]): Finding[] {
  const house = new House(sources)
  return [
    ...sources.flatMap((source) => [
      ...checkName(source),
      ...checkImports(source, house),
      ...(house.isShipped(source.path) ? checkShipped(source) : []),
      ...checkText(source),
    ]),
    ...checkReached(sources, house),
    ...checkCycles(sources, house),
  ].sort((a, b) => a.path.localeCompare(b.path) || a.line - b.line)
}

const isTest = (path: string): boolean => /\.(test|case)\.ts$/.test(path) || path.includes('/testdata/')

/** `src/env/node/codecs/lz4.ts` is in `env/node`: the longest room whose folder holds it. */
export function roomOf(path: string): string {
  const folders = path.split('/').slice(1, -1)
  for (let length = folders.length; length > 0; length--) {
    const room = folders.slice(0, length).join('/')
    if (rooms[room] !== undefined || length === 1) return room
  }
  return ''
}

/** Who imports whom, and what is shipped: all that a door or a main reaches. */
class House {
  readonly #byPath: ReadonlyMap<string, Source>
  readonly #shipped: ReadonlySet<string>
  readonly #tested: ReadonlySet<string>

  constructor(sources: readonly Source[]) {
    this.#byPath = new Map(sources.map((source) => [source.path, source]))
    const paths = sources.map(({ path }) => path)
    const roots = paths.filter((path) => path.startsWith('src/bin/') || path === `src/${roomOf(path)}/index.ts`)
    this.#shipped = this.#reach(roots.filter((path) => !isTest(path)))
    this.#tested = this.#reach(paths.filter(isTest))
  }

  isShipped(path: string): boolean {
    return this.#shipped.has(path)
  }

  isReached(path: string): boolean {
    return this.#shipped.has(path) || this.#tested.has(path)
  }

  /** The file of a relative specifier; null for packages, or when there is none. */
  resolve(from: string, specifier: string): string | null {
    if (!specifier.startsWith('.')) return null
    const path = posix.join(posix.dirname(from), specifier)
    return this.#byPath.has(path) ? path : null
  }

  #reach(roots: readonly string[]): Set<string> {
    const reached = new Set<string>(roots)
    for (const path of reached) {
      for (const { specifier } of this.#byPath.get(path)?.imports ?? []) {
        const next = this.resolve(path, specifier)
        if (next !== null) reached.add(next)
      }
    }
    return reached
  }
}

function checkName({ path, text }: Source): Finding[] {
  const findings: Finding[] = []
  const name = posix.basename(path)
  if (!/^[a-z0-9]+(-[a-z0-9]+)*(\.(test|case|bench))?\.ts$/.test(name)) {
    findings.push({ path, line: 1, rule: 'file-name', message: `${name} is not kebab-case` })
  }
  const lines = text.split('\n').length - 1
  if (lines >= linesWarned && !isTest(path)) {
    const message = `${lines} lines; is it still one idea?`
    findings.push({ path, line: lines, rule: 'file-size', message, isWarning: true })
  }
  return findings
}

function checkImports(source: Source, house: House): Finding[] {
  const { path, imports } = source
  const findings: Finding[] = []
  const room = roomOf(path)
  const facts: Room | undefined = rooms[room]
  if (facts === undefined) {
    return [{ path, line: 1, rule: 'layer', message: `the room ${room} is not in scripts/tidy/house.ts` }]
  }
  for (const { specifier, line } of imports) {
    const find = (rule: string, message: string): void => void findings.push({ path, line, rule, message })
    if (!specifier.startsWith('.')) {
      const isWorld = facts.kind === 'world' || facts.kind === 'tool' || !house.isShipped(path)
      if (specifier.startsWith('node:') && !isWorld) find('world', `imports ${specifier}; only env/node and tools may`)
      continue
    }
    if (!specifier.endsWith('.ts') && !specifier.endsWith('.js') && !specifier.endsWith('.json')) {
      find('extension', `${specifier} does not name its file with its ending`)
      continue
    }
    const target = house.resolve(path, specifier)
    if (target === null) continue
    const other = roomOf(target)
    if (other === room) continue
    const isDoor = target === `src/${other}/index.ts` || facts.enters?.includes(other) === true
    const isOwnTree = other.startsWith(`${room}/`) || room.startsWith(`${other}/`)
    if (!isDoor && !(isOwnTree && other === room.split('/')[0]) && !(isTest(path) && isTest(target))) {
      find('door', `enters ${other} by ${target}, not by its index.ts`)
    }
    const isOpen = facts.opens.includes(other) || facts.opens.includes('*') || !house.isShipped(path)
    if (!isOpen) find('layer', `${room} may not import ${other}`)
  }
  return findings
}

/** Rules for code that users run; tests and what only they use are free. */
function checkShipped(source: Source): Finding[] {
  const { path, code } = source
  const room = rooms[roomOf(path)]
  const kind = room?.kind
  const findings: Finding[] = []
  const each = (pattern: RegExp, rule: string, message: (found: string) => string): void => {
    for (const match of code.matchAll(pattern)) {
      const found = match[0].replace(/[\s.(]+$/, '')
      if (room?.names?.includes(found)) continue
      findings.push({ path, line: lineAt(source.text, match.index), rule, message: message(found) })
    }
  }
  if (kind === 'loop' || kind === 'portable') {
    for (const { pattern, instead } of worldNames) each(pattern, 'world', (found) => `names ${found}; use ${instead}`)
    each(realmChecks, 'realm', (found) => `${found} is false for a value of another realm`)
  }
  if (kind === 'loop') {
    for (const pattern of promiseNames)
      each(pattern, 'turns', (found) => `${found}: this room works in turns (env's Done)`)
  }
  if (kind !== 'tool') findings.push(...moduleState(source))
  return findings
}

/** State that would be shared by every node in the process. */
function moduleState(source: Source): Finding[] {
  const findings: Finding[] = []
  for (const { at, text } of moduleStatements(source.code)) {
    const line = lineAt(source.text, at)
    const find = (message: string): void =>
      void findings.push({ path: source.path, line, rule: 'module-state', message })
    if (/^(?:export\s+)?(?:let|var)\b/.test(text)) find('a variable of the module; put it into an object')
    const constant = /^(?:export\s+)?const\s+([\w$]+)\s*(?::([^=]*(?:=>[^=]*)*))?=(?!>)\s*([\s\S]*)/.exec(text)
    if (constant === null) continue
    const [, name, type = '', value = ''] = constant
    if (/\bReadonly|\breadonly\b/.test(type)) continue
    if (/^new\s+(?:Map|Set|WeakMap|WeakSet|Array)\b/.test(value))
      find(`${name} is a collection anybody can change; type it Readonly`)
    if (/^(?:\[\s*\]|\{\s*\})\s*$/.test(value)) find(`${name} is an empty collection that waits to be filled`)
  }
  return findings
}

/** Statements at the outermost level, cut where a line begins at depth 0. */
function moduleStatements(code: string): { at: number; text: string }[] {
  const statements: { at: number; text: string }[] = []
  let depth = 0
  let start = -1
  for (let i = 0; i < code.length; i++) {
    const c = code[i]!
    const isLineStart = i === 0 || code[i - 1] === '\n'
    if (depth === 0 && isLineStart && /[a-z@]/.test(c)) {
      if (start >= 0) statements.push({ at: start, text: code.slice(start, i).trimEnd() })
      start = i
    }
    if (c === '{' || c === '(' || c === '[') depth++
    if (c === '}' || c === ')' || c === ']') depth--
  }
  if (start >= 0) statements.push({ at: start, text: code.slice(start).trimEnd() })
  return statements
}

function checkText(source: Source): Finding[] {
  const { path, text, code, comments } = source
  const findings: Finding[] = []
  for (const { at, value } of comments) {
    if (/\b(?:TODO|FIXME|XXX)\b/.test(value)) {
      findings.push({ path, line: lineAt(text, at), rule: 'unfinished', message: value.trim().slice(0, 80) })
    }
  }
  for (const match of code.matchAll(/\bcatch\s*(?:\([^)]*\)\s*)?\{\s*\}/g)) {
    const end = match.index + match[0].length
    const isExplained = comments.some(({ at }) => at > match.index && at < end)
    if (!isExplained) {
      findings.push({
        path,
        line: lineAt(text, match.index),
        rule: 'swallowed',
        message: 'an error is caught and forgotten',
      })
    }
  }
  return findings
}

function checkReached(sources: readonly Source[], house: House): Finding[] {
  return sources
    .filter(({ path }) => !house.isReached(path) && !path.endsWith('.bench.ts'))
    .map(({ path }) => ({
      path,
      line: 1,
      rule: 'unused',
      message: 'no door, main or test imports it',
      isWarning: true,
    }))
}

/** Cycles of imports that remain when it runs; each is told once, from its first file. */
function checkCycles(sources: readonly Source[], house: House): Finding[] {
  const findings: Finding[] = []
  const state = new Map<string, 'open' | 'done'>()
  const byPath = new Map(sources.map((source) => [source.path, source]))
  const visit = (path: string, way: readonly string[]): void => {
    if (state.get(path) === 'done') return
    if (state.get(path) === 'open') {
      const cycle = [...way.slice(way.indexOf(path)), path]
      const short = cycle.map((file) => file.replace(/^src\//, '')).join(' → ')
      findings.push({ path, line: 1, rule: 'cycle', message: short })
      return
    }
    state.set(path, 'open')
    for (const { specifier, isType } of byPath.get(path)!.imports) {
      const next = isType ? null : house.resolve(path, specifier)
      if (next !== null) visit(next, [...way, path])
    }
    state.set(path, 'done')
  }
  for (const { path } of sources) visit(path, [])
  return findings
}
