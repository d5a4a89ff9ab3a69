/**
 * Keys and certificates of a cluster: what is there, what must be made, and the Secrets that hold them. Made while facts
 * are gathered, since signing waits; whether something must be made follows from the Secrets alone.
 *
 * A new CA certificate for the same key (a renewal) is trusted together with the old one at once. A new CA key comes in
 * three rolls, each seen in the pods' annotations: all trust both CAs; all have certificates of the new one; the old one
 * is dropped.
 */

import { base64Decode, base64Encode, utf8Decode, utf8Encode } from '../bytes/index.ts'
import type { Random } from '../env/index.ts'
import { timestampOf } from '../kube-client/index.ts'
import type { KeyAndCert, KeySource } from '../pki/index.ts'
import type { OperatorConfig } from './config.ts'
import { fingerprint } from './hash.ts'
import type { Pod, Secret } from './kinds.ts'
import type { NodeRef } from './model/listeners.ts'
import type { Problem } from './model/problems.ts'
import { annotations, names } from './names.ts'
import type { CaSpec, Kafka } from './resource-types.ts'

export interface Ca {
  readonly cert: string
  /** null: the user's own CA, whose key is not needed for what is signed elsewhere. */
  readonly key: string
  readonly certGeneration: number
  readonly keyGeneration: number
  /** Certificates of former keys that are still trusted, by the name of their entry. */
  readonly former: Readonly<Record<string, string>>
  readonly p12: { readonly store: Uint8Array; readonly password: string } | null
  readonly isOwn: boolean
}

export interface Leaf {
  readonly cert: string
  readonly key: string
  /** Generation of the CA certificate that it was made under. */
  readonly caCertGeneration: number
}

/** PEM texts. Leaves by the name of their Secret. */
export interface Certificates {
  readonly clusterCa: Ca
  readonly clientsCa: Ca
  readonly leaves: ReadonlyMap<string, Leaf>
  /** Of listeners with a certificate of the user's, by the listener's id in lower case. */
  readonly listeners: ReadonlyMap<string, KeyAndCert>
}

export interface Need {
  readonly secret: string
  readonly commonName: string
  readonly dnsNames: readonly string[]
  readonly ipAddresses: readonly string[]
  readonly usage: 'server+client' | 'client'
  /** Name of the entries: `NAME.crt`, `NAME.key`. */
  readonly entry: string
}

const organization = 'io.strimzi'
const dayMs = 86_400_000

export const entry = (secret: Secret | undefined, name: string): string | null => {
  const value = secret?.data?.[name]
  return value === undefined ? null : textOf(value)
}

const generation = (secret: Secret | undefined, annotation: string): number => {
  const value = Number(secret?.metadata.annotations?.[annotation] ?? 0)
  return Number.isSafeInteger(value) && value >= 0 ? value : 0
}

const isAnnotated = (secret: Secret | undefined, annotation: string): boolean =>
  secret?.metadata.annotations?.[annotation] === 'true'

export interface CaSecrets {
  readonly cert: Secret | undefined
  readonly key: Secret | undefined
}

export function readCa(secrets: CaSecrets, spec: CaSpec | undefined): Ca | null {
  const cert = entry(secrets.cert, 'ca.crt')
  const key = entry(secrets.key, 'ca.key')
  if (cert === null || key === null) return null
  const former: Record<string, string> = {}
  for (const name of Object.keys(secrets.cert?.data ?? {})) {
    const text = /^ca-.*\.crt$/.test(name) ? entry(secrets.cert, name) : null
    if (text !== null) former[name] = text
  }
  const store = secrets.cert?.data?.['ca.p12']
  const password = entry(secrets.cert, 'ca.password')
  return {
    cert,
    key,
    certGeneration: generation(secrets.cert, annotations.caCertGeneration),
    keyGeneration: generation(secrets.key, annotations.caKeyGeneration),
    former,
    p12: store === undefined || password === null ? null : { store: base64Decode(store), password },
    isOwn: spec?.generateCertificateAuthority === false,
  }
}

export interface MakeAsk {
  readonly kafka: Kafka
  readonly config: OperatorConfig
  readonly secret: (name: string) => Secret | undefined
  readonly pods: readonly Pod[]
  readonly nodes: readonly NodeRef[]
  readonly needs: readonly Need[]
  readonly nowMs: number
  /** Whether certificates may be renewed now (maintenance windows). What is missing or no longer fits is made anyway. */
  readonly mayRenew: boolean
}

const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'

/** 62^length possibilities, from the world's strong luck. */
export function randomPassword(random: Random, length: number): string {
  let text = ''
  while (text.length < length) {
    for (const byte of random.bytes(new Uint8Array(length))) {
      // 248 = 4 × 62: above it, the first letters would come more often
      if (byte < 248 && text.length < length) text += letters[byte % 62]
    }
  }
  return text
}

interface CaAsk {
  readonly name: 'cluster-ca' | 'clients-ca'
  readonly spec: CaSpec | undefined
  readonly secrets: CaSecrets
  readonly isTrustEverywhere: boolean
}

export class CaMissing extends Error {
  override readonly name = 'CaMissing'
}

export const isCaMissing = (thrown: unknown): thrown is CaMissing =>
  (thrown as { name?: unknown } | null)?.name === 'CaMissing'

export const caMissing = (problem: unknown): Problem => ({
  reason: 'InvalidResourceException',
  message: (problem as Error).message,
})

async function caOf(keys: KeySource, random: Random, o: MakeAsk, ask: CaAsk): Promise<Ca> {
  const { spec, secrets } = ask
  const now = readCa(secrets, spec)
  if (spec?.generateCertificateAuthority === false) {
    if (now) return now
    const c = o.kafka.metadata.name
    throw new CaMissing(
      `generateCertificateAuthority is false for the ${ask.name}, but the Secrets ${c}-${ask.name}-cert (ca.crt) and ${c}-${ask.name} (ca.key) are not both there`,
    )
  }
  const common = {
    organization,
    notBeforeMs: o.nowMs,
    validityDays: spec?.validityDays ?? 365,
    algorithm: o.config.keyAlgorithm,
  }
  const withStore = async (ca: Omit<Ca, 'p12'>): Promise<Ca> => {
    if (!o.config.makesPkcs12) return { ...ca, p12: null }
    const password = entry(secrets.cert, 'ca.password') ?? randomPassword(random, 12)
    const store = await keys.pkcs12({ password, trusted: [{ alias: 'ca.crt', certPem: ca.cert }] })
    return { ...ca, p12: { store, password } }
  }
  if (!now) {
    const made = await keys.createCa({ ...common, commonName: `${ask.name} v0` })
    return withStore({
      cert: made.certPem,
      key: made.keyPem,
      certGeneration: 0,
      keyGeneration: 0,
      former: {},
      isOwn: false,
    })
  }
  const facts = await keys.inspect(now.cert)
  const renewal = facts.notAfterMs - (spec?.renewalDays ?? 30) * dayMs
  const isDue = o.mayRenew && o.nowMs >= renewal
  const replaces =
    isAnnotated(secrets.key, annotations.forceReplace) || (isDue && spec?.certificateExpirationPolicy === 'replace-key')
  if (replaces) {
    const certGeneration = now.certGeneration + 1
    const made = await keys.createCa({ ...common, commonName: `${ask.name} v${certGeneration}` })
    const until = timestampOf(facts.notAfterMs).replaceAll(':', '-')
    return withStore({
      cert: made.certPem,
      key: made.keyPem,
      certGeneration,
      keyGeneration: now.keyGeneration + 1,
      former: { ...now.former, [`ca-${until}.crt`]: now.cert },
      isOwn: false,
    })
  }
  if (isDue || isAnnotated(secrets.cert, annotations.forceRenew)) {
    const certGeneration = now.certGeneration + 1
    const made = await keys.createCa({ ...common, commonName: `${ask.name} v${now.keyGeneration}`, keyPem: now.key })
    return withStore({ ...now, cert: made.certPem, certGeneration })
  }
  const kept = ask.isTrustEverywhere ? {} : now.former
  if (Object.keys(kept).length === Object.keys(now.former).length && (now.p12 !== null || !o.config.makesPkcs12)) {
    return now
  }
  return withStore({ ...now, former: kept })
}

const sameSet = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && [...a].sort().join(',') === [...b].sort().join(',')

/** Whether every pod that there is has seen this generation of an annotation. */
const allHave = (pods: readonly Pod[], annotation: string, value: number): boolean =>
  pods.every((p) => Number(p.metadata.annotations?.[annotation] ?? -1) >= value)

export async function makeCertificates(keys: KeySource, random: Random, o: MakeAsk): Promise<Certificates> {
  const c = o.kafka.metadata.name
  const cluster: CaSecrets = { cert: o.secret(names.clusterCaCert(c)), key: o.secret(names.clusterCaKey(c)) }
  const clients: CaSecrets = { cert: o.secret(names.clientsCaCert(c)), key: o.secret(names.clientsCaKey(c)) }
  const before = readCa(cluster, o.kafka.spec.clusterCa)
  const areLeavesNew = o.needs.every(
    (n) =>
      before !== null && generation(o.secret(n.secret), annotations.clusterCaCertGeneration) >= before.certGeneration,
  )
  const haveNewLeaves = o.nodes.every((n) => {
    const pod = o.pods.find((p) => p.metadata.name === n.pod)
    const cert = entry(o.secret(n.pod), `${n.pod}.crt`)
    return cert !== null && pod?.metadata.annotations?.[annotations.serverCertHash] === fingerprint(cert)
  })
  const clusterCa = await caOf(keys, random, o, {
    name: 'cluster-ca',
    spec: o.kafka.spec.clusterCa,
    secrets: cluster,
    isTrustEverywhere: areLeavesNew && haveNewLeaves && o.pods.length > 0,
  })
  const clientsBefore = readCa(clients, o.kafka.spec.clientsCa)
  const clientsCa = await caOf(keys, random, o, {
    name: 'clients-ca',
    spec: o.kafka.spec.clientsCa,
    secrets: clients,
    // users' certificates are renewed by the user operator in its own time; the former CA is kept until it ends
    isTrustEverywhere: clientsBefore === null,
  })
  // certificates of a new key are of use only once everybody trusts that key
  const isNewKeyTrusted = allHave(o.pods, annotations.clusterCaKeyGeneration, clusterCa.keyGeneration)
  const leaves = new Map<string, Leaf>()
  for (const need of o.needs) {
    const secret = o.secret(need.secret)
    const made = await leafOf(keys, o, need, secret, clusterCa, isNewKeyTrusted)
    leaves.set(need.secret, made)
  }
  return { clusterCa, clientsCa, leaves, listeners: customCertificates(o) }
}

async function leafOf(
  keys: KeySource,
  o: MakeAsk,
  need: Need,
  secret: Secret | undefined,
  ca: Ca,
  isNewKeyTrusted: boolean,
): Promise<Leaf> {
  const cert = entry(secret, `${need.entry}.crt`)
  const key = entry(secret, `${need.entry}.key`)
  const spec = o.kafka.spec.clusterCa
  if (cert !== null && key !== null) {
    const facts = await keys.inspect(cert)
    const fits = sameSet(facts.dnsNames, need.dnsNames) && sameSet(facts.ipAddresses, need.ipAddresses)
    const due = o.mayRenew && o.nowMs >= facts.notAfterMs - (spec?.renewalDays ?? 30) * dayMs
    const caCertGeneration = generation(secret, annotations.clusterCaCertGeneration)
    const isOfCa = caCertGeneration >= ca.certGeneration || !isNewKeyTrusted
    if (fits && !due && isOfCa && !isAnnotated(secret, annotations.forceRenew)) return { cert, key, caCertGeneration }
  }
  const made = await keys.sign(
    { certPem: ca.cert, keyPem: ca.key },
    {
      commonName: need.commonName,
      organization,
      notBeforeMs: o.nowMs,
      validityDays: spec?.validityDays ?? 365,
      algorithm: o.config.keyAlgorithm,
      dnsNames: need.dnsNames,
      ipAddresses: need.ipAddresses,
      usage: need.usage,
    },
  )
  return { cert: made.certPem, key: made.keyPem, caCertGeneration: ca.certGeneration }
}

function customCertificates(o: MakeAsk): ReadonlyMap<string, KeyAndCert> {
  const found = new Map<string, KeyAndCert>()
  for (const l of o.kafka.spec.kafka.listeners) {
    const source = l.configuration?.brokerCertChainAndKey
    if (!source || !l.tls) continue
    const secret = o.secret(source.secretName)
    const certPem = entry(secret, source.certificate)
    const keyPem = entry(secret, source.key)
    if (certPem === null || keyPem === null) {
      throw new CaMissing(
        `listener ${l.name}: brokerCertChainAndKey names the Secret ${source.secretName} with ${source.certificate} and ${source.key}, which ${secret ? 'does not have both' : 'is not there'}`,
      )
    }
    found.set(`${l.name}-${l.port}`, { certPem, keyPem })
  }
  return found
}

/** What a pod is restarted for when it changes. */
export const certHash = (cert: string): string => fingerprint(cert)

export const encode = (text: string): string => base64Encode(utf8Encode(text))

/** Of what a Secret holds. */
export function textOf(base64: string): string {
  const bytes = base64Decode(base64)
  return utf8Decode(bytes, 0, bytes.length)
}
