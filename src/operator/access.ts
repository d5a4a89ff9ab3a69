/** How an operator of a cluster's topics or users reaches its brokers: addresses from its settings, keys from Secrets. */
import type { Kube } from '../kube-client/index.ts'
import { entry } from './certificates.ts'
import type { Bootstrap } from './kafka-admin.ts'
import { type Secret, secrets } from './kinds.ts'
import type { SecuredAccess } from './topic/config.ts'

/** null: a Secret is not there yet. */
export async function bootstrapOf(kube: Kube, access: SecuredAccess): Promise<Bootstrap | null> {
  const { tls, bootstrapServers: servers } = access
  if (!tls) return { servers, tls: null }
  const { namespace } = tls
  const [trusting, owning] = await Promise.all([
    kube.get<Secret>(secrets, { namespace, name: tls.trusted.secret }),
    kube.get<Secret>(secrets, { namespace, name: tls.own.secret }),
  ])
  const former = Object.keys(trusting?.data ?? {}).filter((name) => /^ca-.*\.crt$/.test(name))
  const trusted = [tls.trusted.entry, ...former].map((name) => entry(trusting ?? undefined, name))
  const cert = entry(owning ?? undefined, tls.own.cert)
  const key = entry(owning ?? undefined, tls.own.key)
  if (trusted[0] == null || cert === null || key === null) return null
  return { servers, tls: { trustedCerts: trusted.join('\n'), cert, key } }
}
