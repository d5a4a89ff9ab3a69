import type { AnyApi, ApiVersions, ResponseOf } from '../protocol/index.ts'

/** What a broker speaks, by its ApiVersions answer. */
export class VersionRanges {
  readonly answer: ResponseOf<typeof ApiVersions>
  readonly #ranges: ReadonlyMap<number, { readonly min: number; readonly max: number }>

  constructor(answer: ResponseOf<typeof ApiVersions>) {
    this.answer = answer
    this.#ranges = new Map(answer.apiKeys.map((api) => [api.apiKey, { min: api.minVersion, max: api.maxVersion }]))
  }

  /** The highest version both sides speak, at most `cap`; null when there is none. */
  pick(api: AnyApi, cap: number = Number.POSITIVE_INFINITY): number | null {
    const theirs = this.#ranges.get(api.key)
    if (theirs === undefined) return null
    const ours = api.lastUnstable ? api.maxVersion - 1 : api.maxVersion
    const version = Math.min(ours, theirs.max, cap)
    return version < Math.max(theirs.min, api.minVersion) ? null : version
  }
}
