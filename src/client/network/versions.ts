import type { AnyApi, ApiVersions, ResponseOf } from '../../protocol/index.ts'
import { clientError } from '../errors.ts'

export type ApiVersionsAnswer = ResponseOf<typeof ApiVersions>

export interface VersionRange {
  readonly min: number
  readonly max: number
}

/** What one broker can do, by its ApiVersions answer. */
export class BrokerVersions {
  readonly #ranges = new Map<number, VersionRange>()
  readonly #useUnstable: boolean
  /** Finalized feature levels; empty when the broker does not tell. */
  readonly features: ReadonlyMap<string, number>
  readonly answer: ApiVersionsAnswer

  constructor(answer: ApiVersionsAnswer, useUnstable: boolean) {
    this.#useUnstable = useUnstable
    this.answer = answer
    for (const a of answer.apiKeys) this.#ranges.set(a.apiKey, { min: a.minVersion, max: a.maxVersion })
    this.features = new Map(answer.finalizedFeatures.map((f) => [f.name, f.maxVersionLevel]))
  }

  rangeOf(api: AnyApi): VersionRange | undefined {
    return this.#ranges.get(api.key)
  }

  /** The highest version both know, at most `cap`; null when there is none of at least `floor`. */
  find(api: AnyApi, floor = 0, cap = Number.POSITIVE_INFINITY): number | null {
    const range = this.#ranges.get(api.key)
    if (!range) return null
    const ours = api.lastUnstable && !this.#useUnstable ? api.maxVersion - 1 : api.maxVersion
    const version = Math.min(ours, range.max, cap)
    return version < Math.max(range.min, api.minVersion, floor) ? null : version
  }

  pick(api: AnyApi, floor?: number, cap?: number): number {
    const version = this.find(api, floor, cap)
    if (version === null) {
      const range = this.#ranges.get(api.key)
      const theirs = range ? `versions ${range.min} to ${range.max}` : 'no version'
      throw clientError('UNSUPPORTED_BY_BROKER', `The broker speaks ${theirs} of ${api.name}; none of them serves here`)
    }
    return version
  }
}
