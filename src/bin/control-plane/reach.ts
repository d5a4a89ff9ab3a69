/** A control plane that runs already: where it is, and the API as its administrator. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { HttpHandler, HttpRequest } from '../../env/index.ts'
import { httpClient, type NodeEnv } from '../../env/node/index.ts'
import { type Kube, kubeOver } from '../../kube-client/index.ts'
import type { Home } from './home.ts'

/** What a running control plane notes in its home. */
export interface State {
  readonly pid: number
  readonly url: string
}

export interface Reached extends State {
  readonly kube: Kube
  /** The same API, request by request. */
  readonly http: HttpHandler
  /** PEM: whom to trust, and who the administrator is. */
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string }
  /** The answer to a plain GET. */
  getText(path: string): Promise<string>
  close(): void
}

const bodyBytesMax = 256 * 1024 * 1024

export function noteState(home: Home, state: State): void {
  writeFileSync(`${home.state}.new`, JSON.stringify(state), { mode: 0o600 })
  renameSync(`${home.state}.new`, home.state)
}

/** One that runs answers at once, even when it is busy. */
const probeMs = 5_000
const answerMsMax = 60_000

const getOf = (path: string): HttpRequest => ({
  ...{ method: 'GET', target: path, headers: { accept: 'application/json' }, body: '' },
  ...{ peer: { address: null, certificate: null }, onGone: () => {} },
})

/** Null: none answers. */
export async function reach(home: Home, env: NodeEnv): Promise<Reached | null> {
  const state = stateOf(home)
  if (state === null) return null
  const text = (name: string): string => readFileSync(join(home.pki, name), 'utf8')
  const tls = { ca: text('ca.crt'), cert: text('admin.crt'), key: text('admin.key') }
  const where = { url: state.url, tls, bodyBytesMax }
  const probe = httpClient({ ...where, answerMsMax: probeMs })
  try {
    if ((await probe(getOf('/readyz'))).status !== 200) return null
  } catch {
    // nobody listens there any more, or somebody else does
    return null
  } finally {
    probe.close()
  }
  const client = httpClient({ ...where, answerMsMax })
  const getText = async (path: string): Promise<string> => {
    const { status, body } = await client(getOf(path))
    if (status !== 200) throw new Error(`GET ${path} was answered with ${status}`)
    return Buffer.from(body as Uint8Array).toString()
  }
  return {
    ...state,
    kube: kubeOver(client, env.clock, { fieldManager: 'millrace' }),
    http: client,
    tls,
    getText,
    close: () => client.close(),
  }
}

/** What the last one has noted, whether it runs or not. */
export const stateOf = (home: Home): State | null => jsonIn<State>(home.state)

/** The port that clients know from before; 0: none. */
export const portOf = (home: Home): number => Number(new URL(stateOf(home)?.url ?? 'https://x:0').port)

function jsonIn<T>(path: string): T | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T
  } catch (thrown) {
    if ((thrown as { code?: string }).code === 'ENOENT') return null
    throw thrown
  }
}
