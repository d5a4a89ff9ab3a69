import type { DescribedPartition } from '../../client/index.ts'

/** What was asked of a cluster to judge it. */
export interface ClusterFacts {
  readonly clusterId: string
  /** The finalized level's name; null: none is. */
  readonly metadataVersion: string | null
  /** null: no controller answered, for `why`. */
  readonly quorum: QuorumFacts | null
  readonly whyNoQuorum: string | null
  /** Fenced ones, too. */
  readonly brokers: readonly BrokerFacts[]
  readonly topics: readonly TopicFacts[]
}

export interface QuorumFacts {
  readonly leaderId: number
  readonly leaderEpoch: number
  readonly highWatermark: number
  readonly voters: readonly ReplicaFacts[]
  readonly observers: readonly ReplicaFacts[]
}

export interface ReplicaFacts {
  readonly id: number
  readonly lag: number
  /** Since when it does not have what the leader has; null: not told. */
  readonly behindMs: number | null
}

export interface BrokerFacts {
  readonly id: number
  readonly address: string
  readonly rack: string | null
  readonly isFenced: boolean
  /** The metadata.version levels it can work with; null: it did not answer. */
  readonly metadataVersions: string | null
}

export interface TopicFacts {
  readonly name: string
  readonly minIsr: number
  readonly partitions: readonly DescribedPartition[]
}

/** Something that is not as it should be, and what a person can do about it. */
export interface Problem {
  readonly kind: 'quorum' | 'voter' | 'broker' | 'offline' | 'underMinIsr' | 'underReplicated' | 'placement'
  readonly what: string
  readonly advice: string
}

export interface Health {
  /** `topic-partition`, each in the worst list that it belongs to. */
  readonly offline: readonly string[]
  readonly underMinIsr: readonly string[]
  readonly underReplicated: readonly string[]
  readonly problems: readonly Problem[]
}

/** A voter that is this far behind has not fetched for a while: it fetches several times a second. */
const VOTER_BEHIND_MS = 5_000

export function healthOf(facts: ClusterFacts): Health {
  const judged = new Judgement(facts)
  return {
    ...judged.lists,
    problems: [...judged.quorum(), ...judged.brokers(), ...judged.partitions()],
  }
}

interface Found {
  readonly name: string
  readonly topic: string
  readonly partition: DescribedPartition
  readonly minIsr: number
}

class Judgement {
  readonly #facts: ClusterFacts
  readonly #fenced: ReadonlySet<number>
  readonly #known: ReadonlySet<number>
  readonly #offline: Found[] = []
  readonly #underMinIsr: Found[] = []
  readonly #underReplicated: Found[] = []

  constructor(facts: ClusterFacts) {
    this.#facts = facts
    this.#known = new Set(facts.brokers.map(({ id }) => id))
    this.#fenced = new Set(facts.brokers.filter(({ isFenced }) => isFenced).map(({ id }) => id))
    for (const { name: topic, minIsr, partitions } of facts.topics) {
      for (const partition of partitions) {
        const found = { name: `${topic}-${partition.partition}`, topic, partition, minIsr }
        const { replicas, isr, leader } = partition
        if (leader < 0) this.#offline.push(found)
        else if (isr.length < Math.min(minIsr, replicas.length)) this.#underMinIsr.push(found)
        else if (isr.length < replicas.length) this.#underReplicated.push(found)
      }
    }
  }

  get lists(): Pick<Health, 'offline' | 'underMinIsr' | 'underReplicated'> {
    const names = (found: readonly Found[]) => found.map(({ name }) => name)
    return {
      offline: names(this.#offline),
      underMinIsr: names(this.#underMinIsr),
      underReplicated: names(this.#underReplicated),
    }
  }

  quorum(): Problem[] {
    const { quorum, whyNoQuorum } = this.#facts
    if (quorum === null || quorum.leaderId < 0) {
      const why = whyNoQuorum === null ? '' : ` (${whyNoQuorum})`
      return [
        {
          kind: 'quorum',
          what: `No controller leads the metadata quorum${why}`,
          advice:
            'Records flow on, but topics, leaders and members of the cluster cannot change. Start controllers until more ' +
            'than half of the voters run; a voter whose disk is lost is replaced with bin/kafka-metadata-quorum.sh.',
        },
      ]
    }
    const { voters } = quorum
    const behind = voters.filter(({ id, behindMs }) => id !== quorum.leaderId && isBehind(behindMs))
    const spare = Math.floor((voters.length - 1) / 2) - behind.length
    const consequence =
      spare > 0
        ? `The quorum can lose ${spare} more.`
        : 'The quorum cannot lose one more: then nothing about the cluster could change.'
    return behind.map(({ id, behindMs }) => ({
      kind: 'voter',
      what: `Controller ${id} does not follow the metadata quorum${behindMs === null ? '' : ` since ${duration(behindMs)}`}`,
      advice: `Start it, or look into its log. ${consequence}`,
    }))
  }

  brokers(): Problem[] {
    return this.#facts.brokers
      .filter(({ isFenced }) => isFenced)
      .map(({ id, address }) => {
        const replicas = this.#facts.topics.flatMap(({ partitions }) => {
          return partitions.filter((p) => p.replicas.includes(id))
        }).length
        const back = replicas === 0 ? '' : ` Its ${counted(replicas, 'replica')} come back in sync by themselves.`
        return {
          kind: 'broker',
          what: `Broker ${id} (${address}) is fenced: it is down, or cannot reach the controllers`,
          advice:
            `Start it, or look into its log.${back} If it is gone for good, move its replicas with ` +
            `bin/kafka-reassign-partitions.sh and forget it: bin/kafka-cluster.sh unregister --id ${id}.`,
        }
      })
  }

  partitions(): Problem[] {
    const problems: Problem[] = []
    for (const found of this.#offline) problems.push(offline(found, (id) => this.#isThere(id)))
    for (const { name, partition, minIsr } of this.#underMinIsr) {
      const { isr, replicas } = partition
      problems.push({
        kind: 'underMinIsr',
        what: `${name} has ${isr.length} of at least ${minIsr} replicas in sync (in sync: ${isr.join(',')}; missing: ${missing(partition).join(',')})`,
        advice: `Producers with acks=all are refused (NOT_ENOUGH_REPLICAS) until it has them. ${this.#bringBack(replicas, isr)}`,
      })
    }
    // those whose missing replicas are on fenced brokers are told of with these
    const unexplained = this.#underReplicated.filter(({ partition }) => {
      return missing(partition).some((id) => !this.#fenced.has(id))
    })
    for (const { name, partition } of unexplained) {
      problems.push({
        kind: 'underReplicated',
        what: `${name} is not in sync on ${missing(partition).join(',')} (leader ${partition.leader})`,
        advice: this.#bringBack(partition.replicas, partition.isr),
      })
    }
    return problems
  }

  #isThere(id: number): boolean {
    return this.#known.has(id) && !this.#fenced.has(id)
  }

  #bringBack(replicas: readonly number[], isr: readonly number[]): string {
    const out = replicas.filter((id) => !isr.includes(id))
    const unknown = out.filter((id) => !this.#known.has(id))
    const fenced = out.filter((id) => this.#fenced.has(id))
    const slow = out.filter((id) => this.#isThere(id))
    const parts: string[] = []
    if (fenced.length > 0) parts.push(`Start ${named(fenced)}.`)
    if (unknown.length > 0) {
      parts.push(
        `${capital(named(unknown))} ${unknown.length === 1 ? 'is' : 'are'} not in the cluster: move the replicas with bin/kafka-reassign-partitions.sh.`,
      )
    }
    if (slow.length > 0) {
      parts.push(
        `${capital(named(slow))} ${slow.length === 1 ? 'runs: it catches' : 'run: they catch'} up, or a disk failed (bin/kafka-log-dirs.sh --describe, and the log).`,
      )
    }
    return parts.join(' ')
  }
}

function offline({ name, topic, partition }: Found, isThere: (id: number) => boolean): Problem {
  const { replicas, isr, elr, lastKnownElr } = partition
  const safe = [...new Set([...isr, ...(elr ?? [])])]
  const what = `${name} has no leader: nobody can read or write it`
  if (safe.length > 0) {
    return {
      kind: 'offline',
      what,
      advice: `Start ${named(safe, 'or')}: all that was acknowledged is there.`,
    }
  }
  const last = lastKnownElr ?? []
  const candidates = replicas.filter(isThere)
  const unclean =
    candidates.length === 0
      ? ''
      : ` If it is lost for ever, ${named(candidates, 'or')} can lead, without what it does not have: bin/kafka-leader-election.sh --election-type unclean --topic ${topic} --partition ${partition.partition}.`
  return { kind: 'offline', what, advice: `Start ${named(last.length > 0 ? last : replicas, 'or')}.${unclean}` }
}

function missing({ replicas, isr }: DescribedPartition): number[] {
  return replicas.filter((id) => !isr.includes(id))
}

function isBehind(behindMs: number | null): boolean {
  return behindMs === null || behindMs > VOTER_BEHIND_MS
}

function named(ids: readonly number[], word: 'and' | 'or' = 'and'): string {
  const list = ids.length < 2 ? ids.join('') : `${ids.slice(0, -1).join(', ')} ${word} ${ids.at(-1)}`
  return `broker${ids.length === 1 ? '' : 's'} ${list}`
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

function counted(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`
}

export function duration(ms: number): string {
  if (ms < 1_000) return `${ms} ms`
  if (ms < 120_000) return `${Math.floor(ms / 1000)} s`
  return ms < 7_200_000 ? `${Math.floor(ms / 60_000)} min` : `${Math.floor(ms / 3_600_000)} h`
}
