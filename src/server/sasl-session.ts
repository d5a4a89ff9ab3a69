import type { Clock } from '../env/index.ts'
import { ApiVersions, type ErrorCode, errors, SaslAuthenticate, SaslHandshake } from '../protocol/index.ts'
import type { SaslExchange, SaslStep } from '../security/index.ts'
import type { Principal } from './handler.ts'
import type { SaslListener } from './sasl-listener.ts'

export interface SaslSessionOwner {
  /** From now on requests are this principal's. `isForGood`: nothing needs to be looked at any more. */
  authenticated(principal: Principal, isForGood: boolean): void
  /** The client has been told that it may not enter: the connection ends when the answer has left. */
  refused(why: string): void
}

/**
 * What one connection of a listener with SASL has come to.
 *
 *   begun ─▶ SaslHandshake ─▶ exchange ─▶ authenticated ─▶ session over ─▶ only authentication is taken
 *                                 └─▶ failed              └─▶ SaslHandshake: the same user, again (KIP-368)
 */
export class SaslSession {
  readonly #listener: SaslListener
  readonly #clock: Clock
  readonly #owner: SaslSessionOwner
  #mechanism: string | null = null
  #exchange: SaslExchange | null = null
  #user: string | null = null
  #userMechanism: string | null = null
  #endsMs = Number.POSITIVE_INFINITY
  /** Tokens come as bare frames: the client has asked for SaslHandshake in version 0. */
  isBare = false
  #hasFailed = false

  constructor(listener: SaslListener, clock: Clock, owner: SaslSessionOwner) {
    this.#listener = listener
    this.#clock = clock
    this.#owner = owner
  }

  get failureDelayMs(): number {
    return this.#listener.failureDelayMs
  }

  /** Why a request may not come now; null when it may. */
  refusalOf(apiKey: number): string | null {
    if (this.#hasFailed) return 'its authentication failed'
    if (apiKey === SaslHandshake.key || apiKey === SaslAuthenticate.key) return null
    if (this.#exchange !== null) return `request ${apiKey} came during SASL authentication`
    if (this.#user === null) {
      return apiKey === ApiVersions.key ? null : `request ${apiKey} came during the SASL handshake`
    }
    return this.#clock.monoMs() < this.#endsMs ? null : 'its session has ended (connections.max.reauth.ms)'
  }

  /** The listener's mechanisms, and whether the one asked for is among them. */
  handshake(mechanism: string, isBare: boolean): { readonly errorCode: ErrorCode; readonly mechanisms: string[] } {
    const mechanisms = [...this.#listener.mechanisms]
    const fail = (errorCode: ErrorCode, why: string) => {
      this.#fail(why)
      return { errorCode, mechanisms }
    }
    if (this.#exchange !== null) return fail(errors.ILLEGAL_SASL_STATE, 'a second SaslHandshake came')
    if (!mechanisms.includes(mechanism)) {
      return fail(errors.UNSUPPORTED_SASL_MECHANISM, `Unsupported SASL mechanism ${mechanism}`)
    }
    if (this.#userMechanism !== null && this.#userMechanism !== mechanism) {
      return fail(errors.ILLEGAL_SASL_STATE, `the mechanism changed from ${this.#userMechanism} to ${mechanism}`)
    }
    this.#mechanism = mechanism
    this.#exchange = this.#listener.exchange(mechanism)
    this.isBare = isBare
    return { errorCode: errors.NONE, mechanisms }
  }

  /** One token of the client; `lifetimeMs` as SaslAuthenticate says it. */
  authenticate(token: Uint8Array): { readonly step: SaslStep; readonly lifetimeMs: number } {
    const exchange = this.#exchange
    const mechanism = this.#mechanism
    if (exchange === null || mechanism === null) {
      return { step: this.#fail('SaslAuthenticate came without a SaslHandshake'), lifetimeMs: 0 }
    }
    const step = exchange.step(token)
    if (step.kind === 'failed') return { step: this.#fail(step.message), lifetimeMs: 0 }
    if (step.kind === 'challenge') return { step, lifetimeMs: 0 }
    this.#exchange = null
    this.isBare = false
    if (this.#user !== null && this.#user !== step.user) {
      return { step: this.#fail('the user of a session changed'), lifetimeMs: 0 }
    }
    this.#user = step.user
    this.#userMechanism = mechanism
    const lifetimeMs = this.#listener.sessionMaxMs(mechanism)
    this.#endsMs = lifetimeMs > 0 ? this.#clock.monoMs() + lifetimeMs : Number.POSITIVE_INFINITY
    this.#owner.authenticated({ type: 'User', name: step.user }, lifetimeMs === 0)
    return { step, lifetimeMs }
  }

  /** To be called when the refusal has been answered. */
  end(why: string): void {
    this.#owner.refused(why)
  }

  #fail(message: string): SaslStep & { readonly kind: 'failed' } {
    this.#hasFailed = true
    return { kind: 'failed', message }
  }
}
