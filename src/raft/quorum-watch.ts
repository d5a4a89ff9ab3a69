import type { Clock, Failure, Logger, Timer } from '../env/index.ts'
import type { Destination, RaftState } from './state.ts'

/** Between two looks; an election takes less than two, and only what is found twice is worth a line. */
const LOOK_MS = 2_000

/**
 * Says in the log that the metadata quorum has no leader and which voters do not answer: once, again when these are
 * others, and when there is a leader again.
 */
export class QuorumWatch {
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #state: RaftState
  /** Why an address does not answer, by `host:port`. */
  readonly #silent = new Map<string, string>()
  #said = ''
  #found = ''
  #timer: Timer | null = null

  constructor(clock: Clock, logger: Logger, state: RaftState) {
    this.#clock = clock
    this.#logger = logger
    this.#state = state
  }

  answered(to: Destination): void {
    this.#silent.delete(`${to.host}:${to.port}`)
  }

  failed(to: Destination, failure: Failure): void {
    this.#silent.set(`${to.host}:${to.port}`, reasonOf(failure))
    this.look()
  }

  /** Looks on until there is a leader. */
  look(): void {
    this.#timer ??= this.#clock.at(this.#clock.monoMs() + LOOK_MS, () => {
      this.#timer = null
      if (isLed(this.#state)) return this.#isLed()
      const text = this.#text()
      const isSure = text === this.#found
      this.#found = text
      if (isSure && text !== this.#said) {
        this.#logger.warn(text)
        this.#said = text
      }
      this.look()
    })
  }

  close(): void {
    this.#timer?.cancel()
    this.#timer = null
  }

  #isLed(): void {
    if (this.#said !== '') {
      this.#logger.warn('The metadata quorum has a leader again', { leaderId: this.#state.leaderId })
    }
    this.#said = this.#found = ''
  }

  #text(): string {
    const { history, listener } = this.#state
    const away: string[] = []
    for (const { key, endpoints } of history.voters) {
      const at = endpoints.find(({ name }) => name === listener) ?? endpoints[0]
      if (at === undefined || key.id === this.#state.local.key.id) continue
      const why = this.#silent.get(`${at.host}:${at.port}`)
      if (why !== undefined) away.push(`${key.id} at ${at.host}:${at.port} ${why}`)
    }
    const all = history.voters.length
    const who = away.length === 0 ? '' : ` (${away.join(', ')})`
    return `The metadata quorum has no leader: ${all - away.length} of ${all} voters reachable${who}`
  }
}

/** One who follows has heard of his leader: he may have become its follower again because nobody else was found. */
function isLed({ role }: RaftState): boolean {
  return role.kind === 'leader' || (role.kind === 'follower' && role.hasFetched)
}

function reasonOf({ code, message }: Failure): string {
  if (code === 'ECONNREFUSED') return 'refused'
  return code === 'ETIMEDOUT' ? 'gave no answer in time' : `failed: ${message}`
}
