import type { AnyApi, ApiVersions, ResponseOf } from '../../protocol/index.ts'
import type { VersionRanges } from '../../wire/index.ts'
import { clientError } from '../errors.ts'

/** What one broker can do, by its ApiVersions answer. */
export class BrokerVersions {
  readonly answer: ResponseOf<typeof ApiVersions>
  readonly #ranges: VersionRanges

  constructor(ranges: VersionRanges) {
    this.#ranges = ranges
    this.answer = ranges.answer
  }

  /** The highest version both know, at most `cap`; null when there is none of at least `floor`. */
  find(api: AnyApi, floor = 0, cap?: number): number | null {
    const version = this.#ranges.pick(api, cap)
    return version === null || version < floor ? null : version
  }

  pick(api: AnyApi, floor?: number, cap?: number): number {
    const version = this.find(api, floor, cap)
    if (version !== null) return version
    const theirs = this.answer.apiKeys.find((a) => a.apiKey === api.key)
    const spoken = theirs ? `versions ${theirs.minVersion} to ${theirs.maxVersion}` : 'no version'
    throw clientError('UNSUPPORTED_BY_BROKER', `The broker speaks ${spoken} of ${api.name}; none of them serves here`)
  }
}
