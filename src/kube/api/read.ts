import { utf8Decode, utf8Encode } from '../../bytes/index.ts'
import type { HttpReply } from '../../env/index.ts'
import type { Obj } from '../../kube-client/index.ts'
import type { CompactedError, Entry, Page, Rev } from '../store/store.ts'
import { shapeOf } from './accept.ts'
import { type Ask, type Ground, jsonReply } from './ask.ts'
import { badRequest, expired, notFound, tooLargeResourceVersion } from './problem.ts'
import { converted, keyOf, prefixOf } from './registry.ts'
import { selectorOf } from './select.ts'
import { type ListMeta, presenterOf } from './table.ts'

export function getOne(ground: Ground, ask: Ask): HttpReply {
  const { kind, version, namespace, name, query } = ask
  checkRev(ground, query.get('resourceVersion'))
  const entry = ground.store.get(keyOf(kind, namespace, name!))
  if (entry === null) throw notFound(kind, name!)
  const presenter = presenterOf({ ...shaped(ground, ask), kind, version, query })
  return jsonReply(200, presenter.one(converted(kind, entry.value, kind.storage, version.name).object))
}

export function list(ground: Ground, ask: Ask): HttpReply {
  const { kind, version, query } = ask
  const presenter = presenterOf({ ...shaped(ground, ask), kind, version, query })
  const { objects, metadata } = selected(ground, ask)
  return jsonReply(200, presenter.list(objects, metadata))
}

/** What a list, a watch with initial events or a collection's deletion is about, in the version asked. */
export function selected(ground: Ground, ask: Ask): { objects: Obj[]; metadata: ListMeta; rev: Rev } {
  const { kind, version, query } = ask
  const limit = Number(query.get('limit') ?? 0)
  if (!Number.isInteger(limit) || limit < 0) throw badRequest(`invalid limit: ${query.get('limit')}`)
  const select = selectorOf(kind, query)
  const page = pageOf(ground, ask, select === null && limit > 0 ? limit : undefined)
  const found: Entry[] = []
  let more = page.more
  for (const entry of page.entries) {
    if (select !== null && !select(converted(kind, entry.value, kind.storage, version.name).object)) continue
    if (limit > 0 && found.length === limit) {
      more = true
      break
    }
    found.push(entry)
  }
  const objects = found.map(({ value }) => converted(kind, value, kind.storage, version.name).object)
  const metadata: ListMeta = {
    resourceVersion: String(page.rev),
    ...(more ? { continue: tokenOf({ rv: page.rev, start: found.at(-1)!.key }) } : {}),
    ...(more && select === null ? { remainingItemCount: page.remaining } : {}),
  }
  return { objects, metadata, rev: page.rev }
}

function pageOf(ground: Ground, ask: Ask, limit: number | undefined): Page {
  const { store } = ground
  const { query, kind, namespace } = ask
  const prefix = prefixOf(kind, kind.namespaced ? namespace : null)
  const token = query.get('continue')
  const asked = query.get('resourceVersion') ?? ''
  checkRev(ground, asked)
  const size = limit === undefined ? {} : { limit }
  try {
    if (token !== null && token !== '') {
      const { rv, start } = readToken(token, prefix)
      return store.list(prefix, { ...size, after: start, at: rv })
    }
    if (query.get('resourceVersionMatch') === 'Exact') return store.list(prefix, { ...size, at: Number(asked) })
    return store.list(prefix, size)
  } catch (thrown) {
    if (!isCompacted(thrown)) throw thrown
    throw token === null || token === ''
      ? expired('The resourceVersion for the provided list is too old.')
      : expired(
          'The provided continue parameter is too old to display a consistent list result. You can start a new list ' +
            'without the continue parameter, or use the continue token in this response to retrieve the remainder of ' +
            'the results. Continuing with the provided token results in an inconsistent list - objects that were ' +
            'created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
        )
  }
}

const shaped = (ground: Ground, { request }: Ask) => ({
  shape: shapeOf(request.headers['accept']),
  nowMs: () => ground.wallMs(),
})

/** A revision that a caller has seen; those of the future are somebody else's. */
export function checkRev({ store }: Pick<Ground, 'store'>, text: string | null): Rev | null {
  if (text === null || text === '' || text === '0') return null
  if (!/^\d{1,15}$/.test(text))
    throw badRequest(`resourceVersion: Invalid value: ${JSON.stringify(text)}: invalid resource version`)
  const rev = Number(text)
  if (rev > store.rev) throw tooLargeResourceVersion(rev, store.rev)
  return rev
}

interface Token {
  readonly rv: Rev
  readonly start: string
}

const tokenOf = (token: Token): string => {
  const bytes = utf8Encode(JSON.stringify({ v: 'meta.k8s.io/v1', ...token }))
  return btoa(String.fromCharCode(...bytes))
}

function readToken(text: string, prefix: string): Token {
  try {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0))
    const { rv, start } = JSON.parse(utf8Decode(bytes)) as Token
    if (Number.isSafeInteger(rv) && typeof start === 'string' && start.startsWith(prefix)) return { rv, start }
  } catch (thrown) {
    throw badRequest(`continue key is not valid: ${String(thrown)}`)
  }
  throw badRequest('continue key is not valid')
}

export const isCompacted = (thrown: unknown): thrown is CompactedError => (thrown as Error).name === 'CompactedError'
