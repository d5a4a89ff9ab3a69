import { type BrokerConfig, type ListenerEndpoint, listenerText, type SecurityProtocol } from '../config/index.ts'
import type { Disk, Env, Failure, ListenTls, Net, TlsContext, TlsPeer } from '../env/index.ts'
import type { MetadataImage } from '../metadata/index.ts'
import {
  loadTls,
  type PrincipalMapping,
  principalMapping,
  SecuredNet,
  saslCredentials,
  subjectOfCertificate,
  type TlsSettings,
  tlsSettings,
} from '../security/index.ts'
import { type Handshake, saslHandshake } from '../wire/index.ts'
import { ANONYMOUS, type Principal } from './handler.ts'
import { jaasText, type SaslListener, saslListener } from './sasl-listener.ts'

/** A listener with TLS: what it shows and whom it believes, as of now. */
interface SecureListener {
  readonly name: string
  settings: TlsSettings
  context: TlsContext
}

/** Key stores are read and nothing is written. */
export type SecurityEnv = Omit<Env, 'disk' | 'halt'> & { readonly disk: Pick<Disk, 'readAll'> }

/** How a bound listener lets clients in. */
export interface OpenListener {
  readonly tls: ListenTls | null
  readonly sasl: SaslListener | null
}

/** Keys of listeners that name what they show and whom they believe. */
export const listenerStore = /^listener\.name\.[^.]+\.ssl\./

export const hasTls = (protocol: SecurityProtocol): boolean => protocol === 'SSL' || protocol === 'SASL_SSL'
const hasSasl = (protocol: SecurityProtocol): boolean => protocol === 'SASL_PLAINTEXT' || protocol === 'SASL_SSL'

/**
 * What a node's listeners prove and ask for, and how the node itself reaches others: one net to brokers, one to
 * controllers. Key material is read when a listener is bound, and anew when its configuration was altered.
 */
export class NodeSecurity {
  readonly #env: SecurityEnv
  readonly #listeners = new Map<string, SecureListener>()
  readonly #mapping: PrincipalMapping
  readonly #secured = new Map<string, SecuredNet>()
  /** Some of the key material is named by dynamic configuration. */
  #wasDynamic = false
  readonly brokers: Net
  readonly controllers: Net
  /** What is wrong with the configuration, to be told before anything is opened. */
  readonly refusal: string | null

  /** What the node says on connections to brokers and to controllers; null where they need no SASL. */
  readonly handshakes: { readonly broker: Handshake | null; readonly controller: Handshake | null }
  readonly #image: () => MetadataImage

  constructor(env: SecurityEnv, config: BrokerConfig, image: () => MetadataImage) {
    this.#env = env
    this.#image = image
    const mapping = principalMapping(config.sslPrincipalMappingRules)
    this.#mapping = typeof mapping === 'function' ? mapping : () => null
    const { interBroker, controllerListeners, securityProtocols } = config
    const refused = typeof mapping === 'function' ? [] : [`ssl.principal.mapping.rules: ${mapping.error}`]
    const netOf = (listener: string | undefined, protocol: SecurityProtocol | undefined): Net => {
      if (listener === undefined || protocol === undefined || !hasTls(protocol)) return env.net
      const settings = settingsOf(config, listener)
      if (typeof settings === 'string') {
        refused.push(settings)
        return env.net
      }
      const secured = new SecuredNet(env, settings)
      this.#secured.set(listener, secured)
      return secured
    }
    const handshakeOf = (
      listener: string | undefined,
      protocol: SecurityProtocol | undefined,
      [key, mechanism]: readonly [string, string],
    ): Handshake | null => {
      if (listener === undefined || protocol === undefined || !hasSasl(protocol)) return null
      const credentials = saslCredentials(mechanism, jaasText(config, listener, mechanism))
      if (!('error' in credentials)) return saslHandshake(env, credentials, config.requestTimeoutMs)
      refused.push(`listener ${listener} (${key}=${mechanism}): ${credentials.error}`)
      return null
    }
    const [controller] = controllerListeners
    const ofController = controller === undefined ? undefined : securityProtocols.get(controller)
    this.controllers = netOf(controller, ofController)
    this.brokers = config.isBroker ? netOf(interBroker.listener, interBroker.securityProtocol) : env.net
    const { saslMechanismInterBrokerProtocol, saslMechanismControllerProtocol } = config
    const toBrokers = ['sasl.mechanism.inter.broker.protocol', saslMechanismInterBrokerProtocol] as const
    const toControllers = ['sasl.mechanism.controller.protocol', saslMechanismControllerProtocol] as const
    this.handshakes = {
      broker: config.isBroker ? handshakeOf(interBroker.listener, interBroker.securityProtocol, toBrokers) : null,
      controller: handshakeOf(controller, ofController, toControllers),
    }
    this.refusal = refused[0] ?? null
  }

  /** Reads what a listener needs before it is bound. */
  open(
    config: BrokerConfig,
    endpoint: ListenerEndpoint,
    done: (failure: Failure | null, open: OpenListener) => void,
  ): void {
    const { random } = this.#env
    const sasl = hasSasl(endpoint.securityProtocol)
      ? saslListener(config, endpoint.listener, { random, image: this.#image })
      : null
    if (typeof sasl === 'string') {
      return done({ code: 'ESASL', message: sasl, retry: 'never' }, { tls: null, sasl: null })
    }
    this.#openTls(config, endpoint, (failure, tls) => done(failure, { tls, sasl }))
  }

  #openTls(
    config: BrokerConfig,
    endpoint: ListenerEndpoint,
    done: (failure: Failure | null, tls: ListenTls | null) => void,
  ): void {
    if (!hasTls(endpoint.securityProtocol)) return done(null, null)
    const name = endpoint.listener
    const settings = settingsOf(config, name)
    const fail = (message: string): void => done({ code: 'ETLS', message, retry: 'never' }, null)
    if (typeof settings === 'string') return fail(settings)
    if (settings.keystore === null) {
      return fail(
        `listener ${name} speaks ${endpoint.securityProtocol} and has no key: set ssl.keystore.location, or ssl.keystore.key and ssl.keystore.certificate.chain, in front of them listener.name.${name.toLowerCase()}. where only this listener is meant`,
      )
    }
    loadTls(this.#env, settings, (failure, context) => {
      if (failure !== null) return fail(`listener ${name}: ${failure.message}`)
      const listener: SecureListener = { name, settings, context }
      this.#listeners.set(name, listener)
      done(null, { context: () => listener.context, clientAuth: settings.clientAuth })
    })
  }

  /** Whether the listeners could go on with that configuration: null, or why not. */
  check(config: BrokerConfig, done: (refusal: string | null) => void): void {
    const listeners = [...this.#listeners.values()]
    const next = (index: number): void => {
      const listener = listeners[index]
      if (listener === undefined) return done(null)
      const settings = settingsOf(config, listener.name)
      if (typeof settings === 'string') return done(settings)
      loadTls(this.#env, settings, (failure) => {
        if (failure === null) next(index + 1)
        else done(`listener ${listener.name}: ${failure.message}`)
      })
    }
    next(0)
  }

  /**
   * Dynamic configuration has changed, of which these are the keys: stores that it names, or named, are read anew, the same
   * file, too. A listener whose new material is unusable keeps its old.
   */
  reload(config: BrokerConfig, dynamicKeys: Iterable<string>): void {
    const isDynamic = [...dynamicKeys].some((key) => listenerStore.test(key))
    if (!isDynamic && !this.#wasDynamic) return
    this.#wasDynamic = isDynamic
    const { logger } = this.#env
    const told = (listener: string, failure: Failure | null): void => {
      if (failure === null) return logger.info('The key material of a listener was read anew', { listener })
      logger.error('The new key material of a listener cannot be used; it keeps what it had', {
        listener,
        reason: failure.message,
      })
    }
    for (const listener of this.#listeners.values()) {
      const settings = settingsOf(config, listener.name)
      if (typeof settings === 'string') {
        told(listener.name, { code: 'ETLS', message: settings, retry: 'never' })
        continue
      }
      loadTls(this.#env, settings, (failure, context) => {
        if (failure === null) {
          listener.settings = settings
          listener.context = context
        }
        told(listener.name, failure)
      })
      this.#secured.get(listener.name)?.reload(settings, (failure) => {
        if (failure !== null) told(listener.name, failure)
      })
    }
  }

  /** Who presented that certificate: null when no rule makes a name of it. */
  principalOf(tls: TlsPeer | null): Principal | null {
    const certificate = tls?.certificate ?? null
    if (certificate === null) return ANONYMOUS
    const subject = subjectOfCertificate(certificate)
    const name = subject === null ? null : this.#mapping(subject)
    return name === null ? null : { type: 'User', name }
  }
}

function settingsOf(config: BrokerConfig, listener: string): TlsSettings | string {
  const settings = tlsSettings((key) => listenerText(config, listener, key))
  return 'error' in settings ? `listener ${listener}: ${settings.error} (${settings.key})` : settings
}
