import type { Address, Clock, Logger } from '../env/index.ts'
import { Fetcher, type FetcherOptions, type Partition } from '../replication/index.ts'
import type { Peer } from '../wire/index.ts'

export interface ReplicaFetchersParts {
  readonly clock: Clock
  readonly logger: Logger
  readonly brokerId: number
  brokerEpoch(): number
  readonly limits: Pick<
    FetcherOptions,
    'waitMaxMs' | 'minBytes' | 'responseMaxBytes' | 'partitionMaxBytes' | 'backoffMs'
  >
  readonly throttle: FetcherOptions['throttle']
  /** num.replica.fetchers: connections to one leader. */
  readonly fetchersPerLeader: number
  /** Where another broker listens for brokers; null while it is not known. */
  address(brokerId: number): Address | null
  connect(address: Address): Pick<Peer, 'ask' | 'close'>
}

interface Followed {
  readonly leaderId: number
  readonly leaderEpoch: number
  readonly fetcher: Fetcher
  readonly unwatch: () => void
}

interface Leader {
  readonly address: Address
  readonly peer: Pick<Peer, 'ask' | 'close'>
  readonly fetcher: Fetcher
}

/** Whom this broker follows, and the fetchers that do it: so many per leader, each with a connection of its own. */
export class ReplicaFetchers {
  readonly #parts: ReplicaFetchersParts
  readonly #leaders = new Map<string, Leader>()
  readonly #followed = new Map<Partition, Followed>()

  constructor(parts: ReplicaFetchersParts) {
    this.#parts = parts
  }

  /**
   * The partition has its log, or another leader or epoch. Before this broker is registered nothing is fetched: a leader
   * must know which incarnation has what it says to have (KIP-903).
   */
  place(partition: Partition): void {
    const { leader: leaderId, leaderEpoch } = partition.image
    const before = this.#followed.get(partition)
    if (before?.leaderId === leaderId && before.leaderEpoch === leaderEpoch) return
    this.remove(partition)
    if (partition.isLeader || partition.isGone || leaderId < 0 || this.#parts.brokerEpoch() < 0) return
    const fetcher = this.#fetcherOf(leaderId, partition)
    if (fetcher === null) return
    const unwatch = partition.watch({ moved: (what) => (what === 'end' || what === 'role') && fetcher.goOn() })
    this.#followed.set(partition, { leaderId, leaderEpoch, fetcher, unwatch })
    fetcher.follow(partition)
  }

  remove(partition: Partition): void {
    const followed = this.#followed.get(partition)
    if (followed === undefined) return
    this.#followed.delete(partition)
    followed.unwatch()
    followed.fetcher.unfollow(partition.topicId, partition.index)
  }

  /** A broker came, moved or is no longer fenced: nobody is followed at an address of the past. See {@link placeAnew}. */
  brokersChanged(): void {
    for (const [key, { address, peer, fetcher }] of this.#leaders) {
      const now = this.#parts.address(Number(key.split('-')[0]))
      if (now !== null && now.host === address.host && now.port === address.port) continue
      fetcher.close()
      peer.close('the leader has another address')
      this.#leaders.delete(key)
      for (const [partition, followed] of this.#followed) if (followed.fetcher === fetcher) this.remove(partition)
    }
  }

  /** After {@link brokersChanged}, for every partition: whoever would have been followed is, at its address of now. */
  placeAnew(partition: Partition): void {
    if (!this.#followed.has(partition)) this.place(partition)
  }

  close(): void {
    for (const { fetcher, peer } of this.#leaders.values()) {
      fetcher.close()
      peer.close('the broker shuts down')
    }
    this.#leaders.clear()
    for (const { unwatch } of this.#followed.values()) unwatch()
    this.#followed.clear()
  }

  #fetcherOf(leaderId: number, { topicId, index }: Partition): Fetcher | null {
    const { address: addressOf, connect, fetchersPerLeader, limits, ...rest } = this.#parts
    const key = `${leaderId}-${spread(topicId, index) % fetchersPerLeader}`
    const known = this.#leaders.get(key)
    if (known !== undefined) return known.fetcher
    const address = addressOf(leaderId)
    if (address === null) return null
    const peer = connect(address)
    const { clock, logger, brokerId, throttle } = rest
    const brokerEpoch = () => this.#parts.brokerEpoch()
    const fetcher = new Fetcher({
      clock,
      logger,
      brokerId,
      brokerEpoch,
      leaderId,
      peer,
      throttle,
      ...limits,
    })
    this.#leaders.set(key, { address, peer, fetcher })
    return fetcher
  }
}

/** Partitions of one topic go to the fetchers of a leader in turn. */
function spread(topicId: string, index: number): number {
  let hash = 0
  for (let i = 0; i < topicId.length; i++) hash = (Math.imul(hash, 31) + topicId.charCodeAt(i)) | 0
  return (hash >>> 1) + index
}
