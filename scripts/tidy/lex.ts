/** A string literal of a source file; template literals without holes count. */
export interface Literal {
  /** Where its opening quote stands. */
  readonly at: number
  readonly value: string
}

export interface Lexed {
  /** The source with comments and the contents of literals blanked; every other character and line is in its place. */
  readonly code: string
  readonly literals: readonly Literal[]
  readonly comments: readonly Literal[]
}

/** After these a slash begins a regular expression. */
const beforeRegex = /(^|[=(,:;!&|?{}[+\-*%<>~^]|\b(return|typeof|case|in|of|do|else|void|await|yield|throw))\s*$/

/** Tells code from comments, strings, templates and regular expressions. Enough for TypeScript without JSX. */
export function lex(source: string): Lexed {
  const out = source.split('')
  const literals: Literal[] = []
  const comments: Literal[] = []
  /** Depth of braces at which a template's hole ends. */
  const holes: number[] = []
  let depth = 0
  let i = 0

  const blank = (from: number, to: number): void => {
    for (let k = from; k < to; k++) if (out[k] !== '\n') out[k] = ' '
  }
  const comment = (end: number): void => {
    comments.push({ at: i, value: source.slice(i, end) })
    blank(i, end)
    i = end
  }
  const quoted = (quote: string): void => {
    let end = i + 1
    while (end < source.length && source[end] !== quote && source[end] !== '\n') end += source[end] === '\\' ? 2 : 1
    literals.push({ at: i, value: source.slice(i + 1, end) })
    blank(i + 1, end)
    i = end + 1
  }
  /** From inside a template to its end or its next hole. */
  const template = (start: number): void => {
    let end = start
    while (end < source.length && source[end] !== '`') {
      if (source[end] === '$' && source[end + 1] === '{') {
        blank(start, end)
        holes.push(depth)
        depth++
        i = end + 2
        return
      }
      end += source[end] === '\\' ? 2 : 1
    }
    if (source[start - 1] === '`') literals.push({ at: start - 1, value: source.slice(start, end) })
    blank(start, end)
    i = end + 1
  }
  const regex = (): boolean => {
    if (!beforeRegex.test(out.slice(Math.max(0, i - 60), i).join(''))) return false
    let isClass = false
    let end = i + 1
    for (; end < source.length && source[end] !== '\n'; end++) {
      if (source[end] === '\\') end++
      else if (source[end] === '[') isClass = true
      else if (source[end] === ']') isClass = false
      else if (source[end] === '/' && !isClass) break
    }
    if (source[end] !== '/') return false
    blank(i + 1, end)
    i = end + 1
    return true
  }

  while (i < source.length) {
    const c = source[i]!
    const next = source[i + 1]
    if (c === '/' && next === '/') comment(lineEnd(source, i))
    else if (c === '/' && next === '*') comment(Math.max(source.indexOf('*/', i + 2) + 2, i + 2))
    else if (c === "'" || c === '"') quoted(c)
    else if (c === '`') template(i + 1)
    else if (c === '/' && regex()) continue
    else {
      if (c === '{') depth++
      if (c === '}' && --depth === holes.at(-1)) {
        holes.pop()
        template(i + 1)
      } else i++
    }
  }
  return { code: out.join(''), literals, comments }
}

function lineEnd(source: string, from: number): number {
  const end = source.indexOf('\n', from)
  return end < 0 ? source.length : end
}

/** 1-based. */
export function lineAt(source: string, at: number): number {
  let line = 1
  for (let i = source.indexOf('\n'); i >= 0 && i < at; i = source.indexOf('\n', i + 1)) line++
  return line
}
