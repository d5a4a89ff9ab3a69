import { type Lexed, lex, lineAt } from './lex.ts'

export interface Import {
  readonly specifier: string
  readonly line: number
  /** Erased when it runs. */
  readonly isType: boolean
}

/** One file as the rules see it. */
export interface Source extends Lexed {
  /** From the root, with slashes. */
  readonly path: string
  readonly text: string
  readonly imports: readonly Import[]
}

export function readSource(path: string, text: string): Source {
  const lexed = lex(text)
  return { path, text, ...lexed, imports: importsOf(text, lexed) }
}

function importsOf(text: string, { code, literals }: Lexed): Import[] {
  const imports: Import[] = []
  for (const { at, value } of literals) {
    const before = code.slice(0, at).trimEnd()
    const line = lineAt(text, at)
    if (/\bfrom$/.test(before)) {
      const statement = before.slice(statementStart(before))
      imports.push({ specifier: value, line, isType: isTypeOnly(statement) })
    } else if (/(^|[\n;}])\s*import$/.test(before) || /\bimport\s*\($/.test(before) || /\brequire\s*\($/.test(before)) {
      // `typeof import('x')` is a type.
      imports.push({ specifier: value, line, isType: /\btypeof\s+import\s*\($/.test(before) })
    } else if (/^\.\.?\/[\w./-]+\.ts$/.test(value)) {
      // A file named as data: the entry of a worker.
      imports.push({ specifier: value, line, isType: true })
    }
  }
  return imports
}

function statementStart(before: string): number {
  let start = 0
  for (const match of before.matchAll(/(?<=^|[\n;])\s*(?:import|export)\b/g)) start = match.index
  return start
}

function isTypeOnly(statement: string): boolean {
  if (/^\s*(?:import|export)\s+type\b/.test(statement)) return true
  const named = /^\s*(?:import|export)\s*\{([^}]*)\}/.exec(statement)
  if (named === null) return false
  const names = named[1]!.split(',').map((name) => name.trim())
  return names.every((name) => name === '' || name.startsWith('type '))
}
