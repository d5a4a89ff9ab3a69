import { type BrokerConfig, securityProtocolCode } from '../config/index.ts'
import type { AskRequest } from '../controller/index.ts'
import type { Env, Timer } from '../env/index.ts'
import { type MetadataImage, metadataLevel, metadataVersionIn, supportedFeatures } from '../metadata/index.ts'
import { errorName, errors } from '../protocol/index.ts'
import { newUuid } from '../raft/index.ts'
import type { ControllerChannel } from './controller-channel.ts'
import type { BoundListener } from './listeners.ts'

export interface ControllerRegistrarParts {
  readonly env: Env
  readonly config: BrokerConfig
  readonly channel: ControllerChannel
}

const RETRY_MS = 1000

/**
 * Tells the active controller where this controller listens and what it can run, as often as the metadata does not have
 * it from this incarnation (KIP-919). Clients that ask controllers learn of them so.
 */
export class ControllerRegistrar {
  readonly #parts: ControllerRegistrarParts
  readonly #incarnationId: string
  #listeners: readonly BoundListener[] | null = null
  #image: MetadataImage | null = null
  #isAsking = false
  #isClosed = false
  #timer: Timer | null = null

  constructor(parts: ControllerRegistrarParts) {
    this.#parts = parts
    this.#incarnationId = newUuid(parts.env.random)
  }

  /** From here on the controller can be reached at its listeners. */
  start(listeners: readonly BoundListener[]): void {
    if (!this.#parts.config.isController) return
    this.#listeners = listeners
    this.#registerIfNeeded()
  }

  publish(image: MetadataImage): void {
    this.#image = image
    this.#registerIfNeeded()
  }

  close(): void {
    this.#isClosed = true
    this.#timer?.cancel()
  }

  #registerIfNeeded(): void {
    const listeners = this.#listeners
    const image = this.#image
    if (listeners === null || image === null || this.#isAsking || this.#isClosed) return
    const { config, channel, env } = this.#parts
    if (metadataVersionIn(image) < metadataLevel.controllerRegistration) return
    if (image.controllers.get(config.nodeId)?.incarnationId === this.#incarnationId) return
    this.#isAsking = true
    channel.ask('controllerRegistration', this.#request(listeners), { version: 0 }, ({ errorCode = errors.NONE }) => {
      if (this.#isClosed) return
      if (errorCode !== errors.NONE) {
        env.logger.info('This controller could not register yet; trying again', { error: errorName(errorCode) })
      }
      // What was granted comes with one of the next images.
      this.#timer = env.clock.at(env.clock.monoMs() + RETRY_MS, () => {
        this.#isAsking = false
        this.#registerIfNeeded()
      })
    })
  }

  #request(listeners: readonly BoundListener[]): AskRequest<'controllerRegistration'> {
    const { config } = this.#parts
    return {
      controllerId: config.nodeId,
      incarnationId: this.#incarnationId,
      zkMigrationReady: false,
      listeners: config.advertisedControllerEndpoints.map((e) => ({
        ...{ name: e.listener, host: e.host, securityProtocol: securityProtocolCode[e.securityProtocol] },
        port: e.port !== 0 ? e.port : (listeners.find((l) => l.name === e.listener)?.port ?? 0),
      })),
      features: [...supportedFeatures(config.unstableFeatureVersionsEnable)].map(([name, { min, max }]) => ({
        ...{ name, minSupportedVersion: min, maxSupportedVersion: max },
      })),
    }
  }
}
