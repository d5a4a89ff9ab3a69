import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { KeyAndCert, KeySource } from '../../pki/index.ts'

/** What the API server shows, and what its administrator shows to it. */
export interface Credentials {
  /** PEM of the authority that signed both. */
  readonly caPem: string
  readonly server: KeyAndCert
  readonly admin: KeyAndCert
}

const dayMs = 86_400_000
const caDays = 3650
const certificateDays = 365
/** Made anew when it ends sooner than this. */
const renewalDays = 30
const organization = 'millrace'

/** Those in the directory, or new ones in place of what is missing or about to end. */
export async function credentialsIn(directory: string, keys: KeySource, nowMs: number): Promise<Credentials> {
  const notBeforeMs = nowMs - dayMs
  const ca = await kept(directory, 'ca', keys, nowMs, null, () =>
    keys.createCa({ commonName: 'millrace-kube-ca', organization, notBeforeMs, validityDays: caDays }),
  )
  const server = await kept(directory, 'api-server', keys, nowMs, ca, () =>
    keys.sign(ca, {
      ...{ commonName: 'kube-apiserver', notBeforeMs, validityDays: certificateDays, usage: 'server+client' },
      dnsNames: ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc'],
      ipAddresses: ['127.0.0.1'],
    }),
  )
  const admin = await kept(directory, 'admin', keys, nowMs, ca, () =>
    keys.sign(ca, {
      ...{ commonName: 'kubernetes-admin', organization: 'system:masters' },
      ...{ notBeforeMs, validityDays: certificateDays, usage: 'client' },
    }),
  )
  return { caPem: ca.certPem, server, admin }
}

async function kept(
  directory: string,
  name: string,
  keys: KeySource,
  nowMs: number,
  ca: KeyAndCert | null,
  make: () => Promise<KeyAndCert>,
): Promise<KeyAndCert> {
  const [keyFile, certFile] = [join(directory, `${name}.key`), join(directory, `${name}.crt`)]
  const [keyPem, certPem] = [textOf(keyFile), textOf(certFile)]
  if (keyPem !== null && certPem !== null) {
    const { notAfterMs } = await keys.inspect(certPem)
    const isOurs = ca === null || (await keys.isIssuedBy(certPem, ca.certPem))
    if (isOurs && notAfterMs - nowMs > renewalDays * dayMs) return { keyPem, certPem }
  }
  const made = await make()
  put(keyFile, made.keyPem)
  put(certFile, made.certPem)
  return made
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (thrown) {
    if ((thrown as { code?: string }).code === 'ENOENT') return null
    throw thrown
  }
}

/** Whole or not at all: a key without its certificate is made anew, together with it. */
function put(path: string, text: string): void {
  writeFileSync(`${path}.new`, text, { mode: 0o600 })
  renameSync(`${path}.new`, path)
}
