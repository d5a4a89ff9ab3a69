/**
 * Topic configurations and the broker keys their defaults come from, in order of priority; the first that is set wins.
 * Units differ: log.retention.hours counts hours where retention.ms counts milliseconds.
 */
export interface Synonym {
  readonly name: string
  readonly unitMs: number
}

const hours = 3_600_000
const minutes = 60_000
const one = (name: string): readonly Synonym[] => [{ name, unitMs: 1 }]

export const topicSynonyms: ReadonlyMap<string, readonly Synonym[]> = new Map([
  ['cleanup.policy', one('log.cleanup.policy')],
  ['compression.gzip.level', one('compression.gzip.level')],
  ['compression.lz4.level', one('compression.lz4.level')],
  ['compression.type', one('compression.type')],
  ['compression.zstd.level', one('compression.zstd.level')],
  ['delete.retention.ms', one('log.cleaner.delete.retention.ms')],
  ['file.delete.delay.ms', one('log.segment.delete.delay.ms')],
  ['flush.messages', one('log.flush.interval.messages')],
  [
    'flush.ms',
    [
      { name: 'log.flush.interval.ms', unitMs: 1 },
      { name: 'log.flush.scheduler.interval.ms', unitMs: 1 },
    ],
  ],
  ['index.interval.bytes', one('log.index.interval.bytes')],
  ['local.retention.bytes', one('log.local.retention.bytes')],
  ['local.retention.ms', one('log.local.retention.ms')],
  ['max.compaction.lag.ms', one('log.cleaner.max.compaction.lag.ms')],
  ['max.message.bytes', one('message.max.bytes')],
  ['message.timestamp.after.max.ms', one('log.message.timestamp.after.max.ms')],
  ['message.timestamp.before.max.ms', one('log.message.timestamp.before.max.ms')],
  ['message.timestamp.type', one('log.message.timestamp.type')],
  ['min.cleanable.dirty.ratio', one('log.cleaner.min.cleanable.ratio')],
  ['min.compaction.lag.ms', one('log.cleaner.min.compaction.lag.ms')],
  ['min.insync.replicas', one('min.insync.replicas')],
  ['preallocate', one('log.preallocate')],
  ['retention.bytes', one('log.retention.bytes')],
  [
    'retention.ms',
    [
      { name: 'log.retention.ms', unitMs: 1 },
      { name: 'log.retention.minutes', unitMs: minutes },
      { name: 'log.retention.hours', unitMs: hours },
    ],
  ],
  ['segment.bytes', one('log.segment.bytes')],
  ['segment.index.bytes', one('log.index.size.max.bytes')],
  [
    'segment.jitter.ms',
    [
      { name: 'log.roll.jitter.ms', unitMs: 1 },
      { name: 'log.roll.jitter.hours', unitMs: hours },
    ],
  ],
  [
    'segment.ms',
    [
      { name: 'log.roll.ms', unitMs: 1 },
      { name: 'log.roll.hours', unitMs: hours },
    ],
  ],
  ['unclean.leader.election.enable', one('unclean.leader.election.enable')],
])

/** Broker keys that share one meaning, most important first; every member answers with the whole family. */
const brokerFamilies: readonly (readonly string[])[] = [
  ['log.retention.ms', 'log.retention.minutes', 'log.retention.hours'],
  ['log.roll.ms', 'log.roll.hours'],
  ['log.roll.jitter.ms', 'log.roll.jitter.hours'],
]

/** The broker keys to look up for one, in order; a listener's own key falls back on the general one. */
export function brokerSynonyms(name: string): readonly string[] {
  if (name === 'log.flush.interval.ms') return ['log.flush.interval.ms', 'log.flush.scheduler.interval.ms']
  const family = brokerFamilies.find((f) => f.includes(name))
  if (family !== undefined) return family
  const general = withoutListenerPrefix(name)
  return general === name ? [name] : [name, general]
}

/** `listener.name.internal.ssl.keystore.location` is `ssl.keystore.location`; a mechanism in front of SASL keys goes too. */
export function withoutListenerPrefix(name: string): string {
  const m = /^listener\.name\.[^.]*\.(.*)$/.exec(name)
  if (m === null) return name
  const rest = m[1]!
  const perMechanism =
    /^[^.]+\.(sasl\.(?:jaas\.config|login\..*|server\.callback\.handler\.class|kerberos\..*)|connections\.max\.reauth\.ms|sasl\.server\.max\.receive\.size)$/.exec(
      rest,
    )
  return perMechanism?.[1] ?? rest
}

/** Group configurations and the broker key that gives their default; the three without one have their own. */
export const groupSynonyms: ReadonlyMap<string, string> = new Map([
  ['consumer.assignment.interval.ms', 'group.consumer.assignment.interval.ms'],
  ['consumer.heartbeat.interval.ms', 'group.consumer.heartbeat.interval.ms'],
  ['consumer.session.timeout.ms', 'group.consumer.session.timeout.ms'],
  ['share.assignment.interval.ms', 'group.share.assignment.interval.ms'],
  ['share.delivery.count.limit', 'group.share.delivery.count.limit'],
  ['share.heartbeat.interval.ms', 'group.share.heartbeat.interval.ms'],
  ['share.partition.max.record.locks', 'group.share.partition.max.record.locks'],
  ['share.record.lock.duration.ms', 'group.share.record.lock.duration.ms'],
  ['share.session.timeout.ms', 'group.share.session.timeout.ms'],
  ['streams.assignment.interval.ms', 'group.streams.assignment.interval.ms'],
  ['streams.heartbeat.interval.ms', 'group.streams.heartbeat.interval.ms'],
  ['streams.initial.rebalance.delay.ms', 'group.streams.initial.rebalance.delay.ms'],
  ['streams.num.standby.replicas', 'group.streams.num.standby.replicas'],
  ['streams.session.timeout.ms', 'group.streams.session.timeout.ms'],
])
