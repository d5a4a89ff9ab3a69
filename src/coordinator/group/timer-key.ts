/** What a group's timers are for. One of a kind per group, or per member where there is one. */
export type TimerKind =
  | 'classic-session'
  | 'classic-join'
  | 'classic-sync'
  | 'classic-over-capacity'
  | 'consumer-session'
  | 'consumer-rebalance'
  | 'consumer-join'
  | 'consumer-sync'
  | 'expire-offsets'
  | 'sweep'

export interface TimerName {
  readonly kind: TimerKind
  readonly groupId: string
  readonly memberId: string
}

/** The length keeps apart what a hostile name would run together. */
export function timerKey(kind: TimerKind, groupId = '', memberId = ''): string {
  return `${kind}:${groupId.length}:${groupId}${memberId}`
}

export function parseTimerKey(key: string): TimerName {
  const first = key.indexOf(':')
  const second = key.indexOf(':', first + 1)
  const groupEnd = second + 1 + Number(key.slice(first + 1, second))
  return {
    kind: key.slice(0, first) as TimerKind,
    groupId: key.slice(second + 1, groupEnd),
    memberId: key.slice(groupEnd),
  }
}
