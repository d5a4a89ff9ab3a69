import { base64Encode, utf8Encode } from '../../bytes/index.ts'
import type { Random } from '../../env/index.ts'
import { type Obj, timestampMs, timestampOf } from '../../kube-client/index.ts'
import type { User } from '../kind.ts'
import type { Store } from '../store/store.ts'
import type { Ground } from './ask.ts'
import { isFields } from './json.ts'
import { keyOf, prefixOf } from './registry.ts'

/** No resource: nobody reads it through the API. */
const tokens = { group: 'millrace.io', resource: 'tokens', namespaced: false }
const serviceAccounts = { group: '', resource: 'serviceaccounts', namespaced: true }
const secondsMin = 600
const secondsDefault = 3600
const secondsMax = 365 * 86_400
export const defaultAudience = 'https://kubernetes.default.svc'

/**
 * Tokens of service accounts: of the form of a JWT, so that clients can read when they end; what is behind the second dot
 * is luck, and they hold because the store knows them.
 */
export function issueToken(
  ground: Ground,
  random: Random,
  account: Obj,
  asked: { seconds: number | null; audiences: readonly string[] },
): { token: string; expires: string; synced: Promise<void> } {
  const nowMs = ground.wallMs()
  const seconds = Math.min(secondsMax, Math.max(secondsMin, asked.seconds ?? secondsDefault))
  const { namespace = '', name, uid = '' } = account.metadata
  const jti = ground.uid()
  const claims = {
    aud: asked.audiences.length > 0 ? asked.audiences : [defaultAudience],
    exp: Math.floor(nowMs / 1000) + seconds,
    iat: Math.floor(nowMs / 1000),
    iss: defaultAudience,
    jti,
    'kubernetes.io': { namespace, serviceaccount: { name, uid } },
    sub: `system:serviceaccount:${namespace}:${name}`,
  }
  const header = base64Url(utf8Encode(JSON.stringify({ alg: 'none', typ: 'JWT' })))
  const secret = base64Url(random.bytes(new Uint8Array(32)))
  const token = `${header}.${base64Url(utf8Encode(JSON.stringify(claims)))}.${secret}`
  const expires = timestampOf(claims.exp * 1000)
  const known = {
    apiVersion: 'millrace.io/v1',
    kind: 'Token',
    metadata: { name: jti },
    token,
    expires,
    namespace,
    account: name,
    uid,
  }
  const ended = [...ground.store.latestAll(prefixOf(tokens, null))].filter(({ value }) => isOver(value, nowMs))
  const { synced } = ground.store.commit({
    expect: [],
    put: [[keyOf(tokens, null, jti), known]],
    del: ended.map(({ key }) => key),
  })
  return { token, expires, synced }
}

const isOver = (known: Obj, nowMs: number): boolean => timestampMs(String(known['expires'])) <= nowMs

/** Whose it is, as long as its account lives; null when nobody's. */
export function userOfToken(store: Store, token: string, nowMs: number): User | null {
  const parts = token.split('.')
  if (parts.length !== 3) return null
  const jti = claimsOf(parts[1]!)?.['jti']
  if (typeof jti !== 'string') return null
  const known = store.get(keyOf(tokens, null, jti))?.value
  if (known === undefined || isOver(known, nowMs) || !isSameText(String(known['token']), token)) return null
  const namespace = String(known['namespace'])
  const name = String(known['account'])
  const account = store.get(keyOf(serviceAccounts, namespace, name))?.value
  if (account === undefined || account.metadata.uid !== known['uid']) return null
  return accountUser(namespace, name, account.metadata.uid ?? '')
}

const accountUser = (namespace: string, name: string, uid: string): User => ({
  name: `system:serviceaccount:${namespace}:${name}`,
  uid,
  groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`],
})

function claimsOf(part: string): Readonly<Record<string, unknown>> | null {
  try {
    const claims: unknown = JSON.parse(atob(part.replaceAll('-', '+').replaceAll('_', '/')))
    return isFields(claims) ? claims : null
  } catch {
    // Not ours, so nobody's.
    return null
  }
}

const base64Url = (bytes: Uint8Array): string =>
  base64Encode(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')

/** Takes as long for a wrong token as for the right one. */
function isSameText(a: string, b: string): boolean {
  let differs = a.length ^ b.length
  for (let i = 0; i < a.length && i < b.length; i++) differs |= a.charCodeAt(i) ^ b.charCodeAt(i)
  return differs === 0
}
