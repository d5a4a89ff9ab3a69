import { readFileSync, writeFileSync } from 'node:fs'
import type { Credentials } from './credentials.ts'

const name = 'millrace'
const base64 = (text: string): string => Buffer.from(text).toString('base64')

/** The text of a kubeconfig (JSON, which YAML readers take) for the administrator of the API server at `url`. */
function kubeconfigOf(url: string, { caPem, admin }: Credentials): string {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: url, 'certificate-authority-data': base64(caPem) } }],
    users: [
      {
        name,
        user: {
          'client-certificate-data': base64(admin.certPem),
          'client-key-data': base64(admin.keyPem),
        },
      },
    ],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  }
  return `${JSON.stringify(config, null, 2)}\n`
}

/** A file that leads here stays: people keep a namespace and other contexts in it. */
export function writeKubeconfig(file: string, url: string, credentials: Credentials): void {
  const wanted = [url, base64(credentials.caPem), base64(credentials.admin.certPem)]
  const before = textOf(file)
  if (before !== null && wanted.every((part) => before.includes(part))) return
  writeFileSync(file, kubeconfigOf(url, credentials), { mode: 0o600 })
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch (thrown) {
    if ((thrown as { code?: string }).code === 'ENOENT') return null
    throw thrown
  }
}
