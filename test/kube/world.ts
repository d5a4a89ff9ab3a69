/** A control plane for a test: an API server over a disk in memory, its HTTPS listener, and the machine's own kubectl. */
import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32c } from '../../src/bytes/index.ts'
import type { HttpHandler, HttpListener } from '../../src/env/index.ts'
import { memoryDisk } from '../../src/env/memory/index.ts'
import { type NodeEnv, nodeEnv } from '../../src/env/node/index.ts'
import {
  type ApiServer,
  apiServer,
  compileSchema,
  type Kind,
  openStore,
  type PodConnect,
  type Store,
} from '../../src/kube/index.ts'
import { keySource } from '../../src/pki/index.ts'

export interface World {
  readonly server: ApiServer
  readonly store: Store
  readonly env: NodeEnv
  readonly url: string
  /** Of the admin; null over plain HTTP. */
  readonly clientTls: { readonly ca: string; readonly cert: string; readonly key: string } | null
  /** Its environment for programs that talk to the server. */
  readonly variables: Readonly<Record<string, string>>
  kubectl(...args: string[]): Promise<Ran>
  /** With something on standard input. */
  kubectlIn(input: string, ...args: string[]): Promise<Ran>
  /** With a bearer token, as somebody else than the admin. */
  kubectlAs(token: string, ...args: string[]): Promise<Ran>
  fetch(path: string, init?: RequestInit): Promise<Response>
  close(): Promise<void>
}

export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** False: skip the test, and say that kubectl is missing. */
export const hasKubectl = (): boolean => spawnSync('kubectl', ['version', '--client']).status === 0

export const adminToken = 'admin-of-the-test'

export interface WorldOptions {
  readonly kinds?: readonly Kind[]
  readonly connect?: PodConnect
  /** HTTPS, and the admin comes with a client certificate. */
  readonly isSecure?: boolean
  /** Who does not say who he is, is the admin: kubectl sends no token over plain HTTP. */
  readonly isOpen?: boolean
}

export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const env = nodeEnv({ logLevel: 'warn' })
  const directory = mkdtempSync(join(tmpdir(), 'millrace-kube-'))
  const store = await openStore({ ...env, disk: memoryDisk(env.clock), crc32c }, '/kube')
  const server = apiServer({
    env,
    store,
    kinds: options.kinds ?? openKinds,
    tokens: (token) => (token === adminToken ? { name: 'admin', groups: ['system:masters'] } : null),
    ...(options.connect === undefined ? {} : { connect: options.connect }),
  })
  const secure = options.isSecure === true ? await credentials() : null
  const listener = await new Promise<HttpListener>((resolve, reject) => {
    const at = { host: '127.0.0.1', port: 0, tls: secure?.tls ?? null, bodyBytesMax: 3 * 1024 * 1024 }
    const handle: HttpHandler = (request) => {
      if (options.isOpen !== true || request.headers['authorization'] !== undefined) return server.handle(request)
      return server.handle({ ...request, headers: { ...request.headers, authorization: `Bearer ${adminToken}` } })
    }
    env.http.listen(at, handle, (failure, listening) =>
      failure === null ? resolve(listening) : reject(new Error(failure.message)),
    )
  })
  const url = `http${secure === null ? '' : 's'}://127.0.0.1:${listener.address.port}`
  const kubeconfig = join(directory, 'kubeconfig')
  const admin = secure?.admin ?? { token: adminToken }
  writeFileSync(kubeconfig, JSON.stringify(kubeconfigOf(url, secure?.caPem ?? null, admin)), { mode: 0o600 })
  // Its caches go into the same directory.
  const variables = { ...(process.env as Record<string, string>), KUBECONFIG: kubeconfig, HOME: directory }
  const kubectlIn = (input: string | null, args: string[], env = variables): Promise<Ran> =>
    new Promise((resolve) => {
      const child = execFile('kubectl', args, { env }, (error, out, err) => {
        resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : 1, out, err })
      })
      child.stdin?.end(input ?? '')
    })
  return {
    server,
    store,
    env,
    url,
    clientTls: secure?.clientTls ?? null,
    variables,
    kubectl: (...args) => kubectlIn(null, args),
    kubectlIn: (input, ...args) => kubectlIn(input, args),
    kubectlAs: (token, ...args) => {
      const other = join(directory, 'kubeconfig-of-another')
      writeFileSync(other, JSON.stringify(kubeconfigOf(url, secure?.caPem ?? null, { token })), { mode: 0o600 })
      return kubectlIn(null, args, { ...variables, KUBECONFIG: other })
    },
    fetch: (path, init = {}) =>
      fetch(url + path, {
        ...init,
        headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json', ...init.headers },
      }),
    async close() {
      server.close()
      await store.close()
      await new Promise<void>((resolve) => env.close(resolve))
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** An authority, a server it vouches for, and an admin. */
async function credentials() {
  const keys = keySource(globalThis.crypto)
  const valid = { notBeforeMs: Date.now() - 60_000, validityDays: 1 }
  const ca = await keys.createCa({ commonName: 'test-ca', ...valid })
  const server = await keys.sign(ca, {
    commonName: 'api',
    ...valid,
    ipAddresses: ['127.0.0.1'],
    usage: 'server+client',
  })
  const admin = await keys.sign(ca, { commonName: 'admin', organization: 'system:masters', ...valid, usage: 'client' })
  return {
    caPem: ca.certPem,
    clientTls: { ca: ca.certPem, cert: admin.certPem, key: admin.keyPem },
    tls: { cert: server.certPem, key: server.keyPem, clientCa: ca.certPem },
    admin: { 'client-certificate-data': base64(admin.certPem), 'client-key-data': base64(admin.keyPem) },
  }
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')

function kubeconfigOf(server: string, caPem: string | null, user: object): unknown {
  const cluster = { server, ...(caPem === null ? {} : { 'certificate-authority-data': base64(caPem) }) }
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [{ name: 'test', cluster }],
    users: [{ name: 'test', user }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
  }
}

const anything = compileSchema(null, null).schema

function openKind(group: string, resource: string, kind: string, more: Partial<Kind> = {}): Kind {
  return {
    group,
    resource,
    kind,
    singular: kind.toLowerCase(),
    namespaced: true,
    shortNames: [],
    categories: [],
    versions: [{ name: 'v1', served: true, schema: anything, columns: [] }],
    storage: 'v1',
    subresources: {},
    ...more,
  }
}

/** Waits for a condition, a few seconds at most. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const endMs = performance.now() + 10_000; !(await holds()); ) {
    if (performance.now() > endMs) throw new Error('it never came about')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** A few kinds whose schemas let everything pass. */
export const openKinds: readonly Kind[] = [
  openKind('', 'namespaces', 'Namespace', { namespaced: false, shortNames: ['ns'], subresources: { status: true } }),
  openKind('', 'configmaps', 'ConfigMap', { shortNames: ['cm'] }),
  openKind('', 'secrets', 'Secret'),
  openKind('', 'events', 'Event', { shortNames: ['ev'] }),
  openKind('example.com', 'widgets', 'Widget', {
    shortNames: ['w'],
    categories: ['all'],
    subresources: { status: true, scale: { specReplicas: '.spec.replicas', statusReplicas: '.status.replicas' } },
  }),
]
