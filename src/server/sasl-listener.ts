import { type BrokerConfig, listenerText } from '../config/index.ts'
import type { Random } from '../env/index.ts'
import type { MetadataImage } from '../metadata/index.ts'
import {
  decoyCredential,
  jaasFor,
  plainExchange,
  type SaslExchange,
  scramExchange,
  scramMechanisms,
} from '../security/index.ts'

/** How one listener with SASL authenticates its clients. */
export interface SaslListener {
  /** What it offers, in the order of `sasl.enabled.mechanisms`. */
  readonly mechanisms: readonly string[]
  readonly receiveBytesMax: number
  readonly failureDelayMs: number
  exchange(mechanism: string): SaslExchange
  /** connections.max.reauth.ms; 0: a session never ends. */
  sessionMaxMs(mechanism: string): number
}

export interface SaslParts {
  readonly random: Random
  image(): MetadataImage
}

const built: readonly string[] = ['PLAIN', ...scramMechanisms.map(({ name }) => name)]

/** What the keys of a listener say, or why they cannot be followed. */
export function saslListener(config: BrokerConfig, listener: string, parts: SaslParts): SaslListener | string {
  const text = (key: string) => listenerText(config, listener, key)
  const enabled = listOf(text('sasl.enabled.mechanisms'))
  const mechanisms = enabled.filter((name) => built.includes(name))
  const missing = enabled.filter((name) => !built.includes(name))
  if (missing.length > 0) {
    return `listener ${listener} asks for ${missing.join(', ')} (sasl.enabled.mechanisms), which is not built in Millrace; ${built.join(', ')} are`
  }
  const passwords = mechanisms.includes('PLAIN') ? plainUsers(config, listener) : new Map<string, string>()
  if (typeof passwords === 'string') return passwords
  const decoyKey = parts.random.bytes(new Uint8Array(32))
  return {
    mechanisms,
    receiveBytesMax: config.saslServerMaxReceiveSize,
    failureDelayMs: config.connectionFailedAuthenticationDelayMs,
    sessionMaxMs: (mechanism) =>
      Number(text(`${mechanism.toLowerCase()}.connections.max.reauth.ms`) ?? text('connections.max.reauth.ms') ?? 0),
    exchange(mechanism) {
      const scram = scramMechanisms.find(({ name }) => name === mechanism)
      if (scram === undefined) return plainExchange((user) => passwords.get(user) ?? null)
      const { code, hash } = scram
      return scramExchange(scram, parts.random, (user) => {
        const found = parts.image().scramCredentials.find((c) => c.user === user && c.mechanism === code)
        return found ?? decoyCredential(hash, decoyKey, user)
      })
    },
  }
}

/** The JAAS text of a mechanism on a listener: its own, else the general one. */
export function jaasText(config: BrokerConfig, listener: string, mechanism: string): string | null {
  const own = listenerText(config, listener, `${mechanism.toLowerCase()}.sasl.jaas.config`)
  return own ?? listenerText(config, listener, 'sasl.jaas.config')
}

/** `user_NAME="PASSWORD"` for each user. */
function plainUsers(config: BrokerConfig, listener: string): Map<string, string> | string {
  const text = jaasText(config, listener, 'PLAIN')
  const key = `listener.name.${listener.toLowerCase()}.plain.sasl.jaas.config`
  if (text === null) return `listener ${listener} offers PLAIN, and ${key} does not say who its users are`
  const entry = jaasFor('PLAIN', text)
  if ('error' in entry) return `${key}: ${entry.error}`
  const users = new Map<string, string>()
  for (const [name, value] of entry.options) if (name.startsWith('user_')) users.set(name.slice('user_'.length), value)
  return users
}

function listOf(text: string | null): string[] {
  return (text ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
}
