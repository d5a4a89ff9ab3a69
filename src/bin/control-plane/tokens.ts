import type { HttpHandler } from '../../env/index.ts'

/** A token of a service account, as the API server issues it (TokenRequest); `seconds` undefined: as long as it likes. */
export type MakeToken = (
  namespace: string,
  account: string,
  audience: string | undefined,
  seconds: number | undefined,
) => Promise<string>

export function tokenMaker(handle: HttpHandler, as: { name: string; groups: readonly string[] }): MakeToken {
  return async (namespace, account, audience, seconds) => {
    const spec = { audiences: audience === undefined ? [] : [audience], expirationSeconds: seconds }
    const { status, body } = await handle({
      method: 'POST',
      target: `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`,
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      body: { json: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec } },
      peer: { address: null, certificate: { commonName: as.name, organizations: as.groups } },
      onGone: () => {},
    })
    const answer = (body as { json: { message?: string; status?: { token?: string } } }).json
    const token = answer.status?.token
    if (token === undefined) {
      const why = answer.message ?? `the answer was ${status}`
      throw new Error(`no token for service account ${namespace}/${account}: ${why}`)
    }
    return token
  }
}
