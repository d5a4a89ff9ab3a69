/** What stands in a user's Secret: made when it is missing, no longer fits or ends soon; kept otherwise. */
import { base64Encode } from '../../bytes/index.ts'
import type { Random } from '../../env/index.ts'
import type { Kube } from '../../kube-client/index.ts'
import type { KeySource } from '../../pki/index.ts'
import type { KafkaUser } from '../../resources/index.ts'
import { encode, entry, randomPassword } from '../certificates.ts'
import { type Secret, secrets } from '../kinds.ts'
import { isInWindow } from '../maintenance.ts'
import { annotations } from '../names.ts'
import type { UserConfig } from './config.ts'

export interface ClientsCa {
  readonly cert: string
  readonly key: string
  readonly all: string
}

/** Data of the Secret; `password` of a SCRAM user in plain, for Kafka. */
export interface Credentials {
  readonly data: Readonly<Record<string, string>>
  readonly password: string | null
}

/** Something that a person has to put right. */
export class UserProblem extends Error {
  override readonly name = 'UserProblem'
}

export const isUserProblem = (thrown: unknown): thrown is UserProblem =>
  (thrown as { name?: unknown } | null)?.name === 'UserProblem'

export async function clientsCaOf(kube: Kube, c: UserConfig): Promise<ClientsCa> {
  const { namespace, certSecret, keySecret } = c.clientsCa
  const [certs, keys] = await Promise.all([
    kube.get<Secret>(secrets, { namespace, name: certSecret }),
    kube.get<Secret>(secrets, { namespace, name: keySecret }),
  ])
  const cert = entry(certs ?? undefined, 'ca.crt')
  const key = entry(keys ?? undefined, 'ca.key')
  if (cert === null || key === null) {
    throw new UserProblem(`the clients CA is not there: Secrets ${certSecret} (ca.crt) and ${keySecret} (ca.key)`)
  }
  return { cert, key, all: cert }
}

export interface CredentialsAsk {
  readonly kube: Kube
  readonly keys: KeySource
  readonly random: Random
  readonly config: UserConfig
  readonly user: KafkaUser
  readonly secret: Secret | undefined
  readonly nowMs: number
}

const dayMs = 86_400_000

/** null: the user needs no Secret. */
export async function credentialsOf(o: CredentialsAsk): Promise<Credentials | null> {
  const { authentication } = o.user.spec
  if (authentication?.type === 'tls') return certificate(o)
  if (authentication?.type === 'scram-sha-512') return password(o)
  return null
}

async function password(o: CredentialsAsk): Promise<Credentials> {
  const name = o.user.metadata.name
  const source = o.user.spec.authentication?.password?.valueFrom.secretKeyRef
  let text = entry(o.secret, 'password')
  if (source) {
    const { name: from = '', key = '' } = source
    const given = await o.kube.get<Secret>(secrets, { namespace: o.user.metadata.namespace ?? null, name: from })
    text = entry(given ?? undefined, key)
    if (text === null || text === '') {
      throw new UserProblem(`spec.authentication.password names the Secret ${from} with ${key}, which is not there`)
    }
  }
  text ??= randomPassword(o.random, o.config.passwordLength)
  const quoted = text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')
  const jaas = `org.apache.kafka.common.security.scram.ScramLoginModule required username="${name}" password="${quoted}";`
  return { data: { password: encode(text), 'sasl.jaas.config': encode(jaas) }, password: text }
}

async function certificate(o: CredentialsAsk): Promise<Credentials> {
  const { keys, config, secret, user, nowMs } = o
  const name = user.metadata.name
  if (name.length > 64) {
    throw new UserProblem(
      `the name of a user with authentication tls has at most 64 characters; ${name} has ${name.length}`,
    )
  }
  const ca = await clientsCaOf(o.kube, config)
  const { validityDays = config.validityDays, renewalDays = config.renewalDays } = user.spec.authentication ?? {}
  const cert = entry(secret, 'user.crt')
  const key = entry(secret, 'user.key')
  const store = secret?.data?.['user.p12']
  if (cert !== null && key !== null && secret?.metadata.annotations?.[annotations.forceRenew] !== 'true') {
    const facts = await keys.inspect(cert)
    const isDue = nowMs >= facts.notAfterMs - renewalDays * dayMs && isInWindow(config.maintenanceTimeWindows, nowMs)
    const isWhole = entry(secret, 'ca.crt') === ca.cert && (store !== undefined || !config.makesPkcs12)
    if (!isDue && isWhole && (await keys.isIssuedBy(cert, ca.cert))) return { data: secret?.data ?? {}, password: null }
  }
  const made = await keys.sign(
    { certPem: ca.cert, keyPem: ca.key },
    { commonName: name, notBeforeMs: nowMs, validityDays, algorithm: config.keyAlgorithm, usage: 'client' },
  )
  const data: Record<string, string> = {
    'ca.crt': encode(ca.cert),
    'user.crt': encode(made.certPem),
    'user.key': encode(made.keyPem),
  }
  if (config.makesPkcs12) {
    const storePassword = entry(secret, 'user.password') ?? randomPassword(o.random, 12)
    const p12 = await keys.pkcs12({
      password: storePassword,
      key: { alias: name, keyPem: made.keyPem, certPems: [made.certPem, ca.cert] },
    })
    data['user.p12'] = base64Encode(p12)
    data['user.password'] = encode(storePassword)
  }
  return { data, password: null }
}
