/** Asks two API servers the same and says how their answers differ. */
import { request } from 'node:https'
import type { Ask } from './requests.ts'

export interface Answer {
  readonly status: number
  readonly body: unknown
  readonly warnings: readonly string[]
}

export type Asker = (
  method: string,
  path: string,
  body: string | null,
  headers: Record<string, string>,
) => Promise<Answer>

/** A server that knows its callers by certificates, as a kubeconfig names it. */
export function overTls(server: string, tls: { ca: string; cert: string; key: string }): Asker {
  return (method, path, body, headers) =>
    new Promise((resolve, reject) => {
      // A DELETE's body would go without a length.
      const length: Record<string, string> = body === null ? {} : { 'content-length': String(Buffer.byteLength(body)) }
      const sent = request(server + path, { method, headers: { ...headers, ...length }, ...tls }, (reply) => {
        let text = ''
        reply.setEncoding('utf8')
        reply.on('data', (chunk: string) => {
          text += chunk
        })
        reply.on('end', () => resolve(answerOf(reply.statusCode ?? 0, text, reply.headers['warning'] ?? null)))
      })
      sent.on('error', reject)
      sent.end(body ?? undefined)
    })
}

export function answerOf(status: number, text: string, warning: string | string[] | null): Answer {
  const warnings = [warning ?? []]
    .flat()
    .flatMap((one) => [...one.matchAll(/299 - "((?:[^"\\]|\\.)*)"/g)].map((match) => match[1]!))
  let body: unknown = text
  try {
    body = JSON.parse(text)
  } catch (thrown) {
    if ((thrown as Error).name !== 'SyntaxError') throw thrown
  }
  return { status, body, warnings }
}

export async function ask(asker: Asker, one: Ask, namespace: string): Promise<Answer> {
  const headers: Record<string, string> = { accept: one.accept ?? 'application/json', 'user-agent': 'differential/1' }
  if (one.body !== undefined) headers['content-type'] = one.type ?? 'application/json'
  const fill = (text: string): string => text.replaceAll('NS', namespace)
  return asker(one.method, fill(one.path), one.body === undefined ? null : fill(JSON.stringify(one.body)), headers)
}

/** What no two servers have in common. */
const volatile: ReadonlySet<string> = new Set([
  'uid',
  'resourceVersion',
  'creationTimestamp',
  'deletionTimestamp',
  'time',
  'lastTransitionTime',
  'lastUpdateTime',
  'clusterIP',
  'clusterIPs',
  'nodePort',
  'remainingItemCount',
  'continue',
])

/** Lines `PATH: ours | theirs`. */
export function differences(ours: Answer, theirs: Answer): string[] {
  const found: string[] = []
  if (ours.status !== theirs.status) found.push(`status: ${ours.status} | ${theirs.status}`)
  walk(ours.body, theirs.body, '', found)
  const [left, right] = [ours.warnings, theirs.warnings].map((list) => [...list].sort().join('; '))
  if (left !== right) found.push(`warnings: ${left} | ${right}`)
  return found
}

function walk(ours: unknown, theirs: unknown, path: string, found: string[]): void {
  if (isBag(ours) && isBag(theirs)) {
    for (const key of new Set([...Object.keys(ours), ...Object.keys(theirs)])) {
      // Kubernetes' prose is its own.
      if (key === 'description' && path.includes('.columnDefinitions[')) continue
      if (!volatile.has(key)) walk(ours[key], theirs[key], `${path}.${key}`, found)
      else if ((ours[key] === undefined) !== (theirs[key] === undefined))
        walk(ours[key], theirs[key], `${path}.${key}`, found)
    }
    return
  }
  if (Array.isArray(ours) && Array.isArray(theirs)) {
    // The causes of a refusal come in no order in Kubernetes, managers in that of seconds.
    const isUnordered = path.endsWith('.causes') || path.endsWith('.managedFields')
    const [left, right] = isUnordered ? [byText(ours), byText(theirs)] : [ours, theirs]
    for (let at = 0; at < Math.max(left.length, right.length); at++) walk(left[at], right[at], `${path}[${at}]`, found)
    return
  }
  if (typeof ours === 'string' && typeof theirs === 'string' && sameText(ours, theirs)) return
  if (ours !== theirs) found.push(`${path}: ${JSON.stringify(ours)} | ${JSON.stringify(theirs)}`)
}

const isBag = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const byText = (list: readonly unknown[]): unknown[] => [...list].sort((a, b) => (textOf(a) < textOf(b) ? -1 : 1))

/** Keys in order, without times. */
const textOf = (value: unknown): string =>
  JSON.stringify(value, (key, inner: unknown) => {
    if (key === 'time') return null
    return isBag(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner
  })

/** Times, ages, and lists of causes in another order. */
function sameText(ours: string, theirs: string): boolean {
  const plain = (text: string): string =>
    text
      .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
      .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'UID')
      .replace(/^\d+[smhd](\d+s)?$/, 'AGE')
  const [left, right] = [plain(ours), plain(theirs)]
  if (left === right) return true
  const parts = (text: string): string =>
    text
      .replace(/^.*? is invalid: \[/, '')
      .replace(/\]$/, '')
      .split(', ')
      .sort()
      .join()
  return / is invalid: \[/.test(left) && parts(left) === parts(right)
}
