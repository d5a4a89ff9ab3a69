import type { Query } from '../api-server.ts'
import { badRequest } from './problem.ts'

/** A request's path and query, taken apart. */
export interface Target {
  readonly path: string
  readonly segments: readonly string[]
  readonly query: Query
}

export function parseTarget(target: string): Target {
  const mark = target.indexOf('?')
  const path = mark < 0 ? target : target.slice(0, mark)
  const segments = path
    .split('/')
    .filter((segment) => segment !== '')
    .map(unescaped)
  return { path, segments, query: parseQuery(mark < 0 ? '' : target.slice(mark + 1)) }
}

export function parseQuery(text: string): Query {
  const values = new Map<string, string[]>()
  for (const part of text.split('&')) {
    if (part === '') continue
    const equals = part.indexOf('=')
    const name = unescaped((equals < 0 ? part : part.slice(0, equals)).replaceAll('+', ' '))
    const value = equals < 0 ? '' : unescaped(part.slice(equals + 1).replaceAll('+', ' '))
    const known = values.get(name)
    if (known === undefined) values.set(name, [value])
    else known.push(value)
  }
  return {
    get: (name) => values.get(name)?.[0] ?? null,
    all: (name) => values.get(name) ?? [],
    is: (name) => ['', '1', 'true', 'True', 'TRUE', 't', 'T'].includes(values.get(name)?.[0] ?? 'false'),
  }
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw badRequest(`invalid URL escape in ${JSON.stringify(text)}`)
  }
}
