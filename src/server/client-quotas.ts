import type { ClientQuotaImage } from '../metadata/index.ts'

export type ByteQuota = 'producer_byte_rate' | 'consumer_byte_rate'
const byteQuotas: readonly ByteQuota[] = ['producer_byte_rate', 'consumer_byte_rate']

/** `quota.window.num` samples of `quota.window.size.seconds`. */
export interface QuotaWindow {
  readonly samples: number
  readonly sampleMs: number
}

/** Resolutions that are kept; beyond it all are forgotten. */
const RESOLVED_MAX = 10_000
/** Stands for the default entity. */
const DEFAULT = '\0'

/** The limit that holds for one asker, and the rate that is held against it: that of all who fall under the same entity. */
export interface Limit {
  readonly perSecond: number
  readonly rate: Rate
}

/** Bytes over the last samples, of which the current one is not over yet. */
export class Rate {
  readonly #window: QuotaWindow
  readonly #samples: Float64Array
  #newest = Number.NEGATIVE_INFINITY

  constructor(window: QuotaWindow) {
    this.#window = window
    this.#samples = new Float64Array(window.samples)
  }

  add(bytes: number, nowMs: number): void {
    const index = this.#advance(nowMs)
    this.#samples[index % this.#window.samples]! += bytes
  }

  /** Milliseconds until the rate would be the limit again if nothing came; 0 below it. */
  throttleMs(perSecond: number, nowMs: number): number {
    const index = this.#advance(nowMs)
    const { samples, sampleMs } = this.#window
    let total = 0
    for (const bytes of this.#samples) total += bytes
    // As Apache Kafka: the samples count as full, however short a time ago the first bytes came.
    const elapsedMs = Math.max(1, samples - 1) * sampleMs + (nowMs - index * sampleMs)
    const allowed = (perSecond * elapsedMs) / 1000
    return total <= allowed ? 0 : Math.round(((total - allowed) / allowed) * elapsedMs)
  }

  /** The number of the sample of now; those that are older than the window are emptied. */
  #advance(nowMs: number): number {
    const { samples, sampleMs } = this.#window
    const index = Math.floor(nowMs / sampleMs)
    if (index - this.#newest >= samples) this.#samples.fill(0)
    else for (let i = this.#newest + 1; i <= index; i++) this.#samples[i % samples] = 0
    this.#newest = Math.max(this.#newest, index)
    return index
  }
}

/**
 * The byte rates that users and client ids may have on this broker (KIP-13, KIP-55). The most particular entity holds:
 *
 *   user and client, user and any client, user, any user and client, any user and any client, any user, client, any client
 */
export class ClientQuotas {
  readonly #window: QuotaWindow
  readonly #limits: Readonly<Record<ByteQuota, Map<string, Limit>>>
  readonly #resolved = new Map<string, Limit | null>()

  constructor(window: QuotaWindow) {
    this.#window = window
    this.#limits = { producer_byte_rate: new Map(), consumer_byte_rate: new Map() }
  }

  /** False while no quota of this kind is set: then nobody needs to be counted. */
  isOn(quota: ByteQuota): boolean {
    return this.#limits[quota].size > 0
  }

  /** All quotas there are from now on; rates of entities that stay go on. */
  use(quotas: readonly ClientQuotaImage[]): void {
    for (const quota of byteQuotas) {
      const before = new Map(this.#limits[quota])
      const limits = this.#limits[quota]
      limits.clear()
      for (const { entity, values } of quotas) {
        const perSecond = values.get(quota)
        if (perSecond === undefined || entity.has('ip')) continue
        const key = keyOf(nameIn(entity, 'user'), nameIn(entity, 'client-id'))
        limits.set(key, { perSecond, rate: before.get(key)?.rate ?? new Rate(this.#window) })
      }
    }
    this.#resolved.clear()
  }

  limitOf(quota: ByteQuota, user: string, clientId: string): Limit | null {
    const asked = `${quota} ${keyOf(user, clientId)}`
    const known = this.#resolved.get(asked)
    if (known !== undefined) return known
    const limits = this.#limits[quota]
    let found: Limit | null = null
    for (const key of [
      ...[keyOf(user, clientId), keyOf(user, DEFAULT), keyOf(user, null)],
      ...[keyOf(DEFAULT, clientId), keyOf(DEFAULT, DEFAULT), keyOf(DEFAULT, null)],
      ...[keyOf(null, clientId), keyOf(null, DEFAULT)],
    ]) {
      found = limits.get(key) ?? null
      if (found !== null) break
    }
    // A default is a limit for each of its users and clients, not for all of them together.
    if (found !== null && !limits.has(keyOf(user, clientId))) found = this.#own(found, quota, user, clientId)
    if (this.#resolved.size >= RESOLVED_MAX) this.#resolved.clear()
    this.#resolved.set(asked, found)
    return found
  }

  /** Of a limit by user alone all his clients share one rate, of one by client id alone all users. */
  #own(found: Limit, quota: ByteQuota, user: string, clientId: string): Limit {
    const limits = this.#limits[quota]
    if (limits.get(keyOf(user, null)) === found || limits.get(keyOf(null, clientId)) === found) return found
    const isByUser = limits.get(keyOf(DEFAULT, null)) === found
    const isByClient = limits.get(keyOf(null, DEFAULT)) === found
    const shared = `${quota} shared ${keyOf(isByClient ? null : user, isByUser ? null : clientId)}`
    const there = this.#resolved.get(shared)
    if (there !== undefined && there !== null) return there
    const own = { perSecond: found.perSecond, rate: new Rate(this.#window) }
    this.#resolved.set(shared, own)
    return own
  }
}

function nameIn(entity: ReadonlyMap<string, string | null>, type: string): string | null {
  return entity.has(type) ? (entity.get(type) ?? DEFAULT) : null
}

/** Null: the entity does not speak of it. */
function keyOf(user: string | null, clientId: string | null): string {
  return JSON.stringify([user, clientId])
}
