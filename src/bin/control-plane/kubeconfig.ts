import type { Credentials } from './credentials.ts'

const name = 'millrace'
const base64 = (text: string): string => Buffer.from(text).toString('base64')

/** The text of a kubeconfig (JSON, which YAML readers take) for the administrator of the API server at `url`. */
export function kubeconfigOf(url: string, { caPem, admin }: Credentials): string {
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
