export const GROUP_TOPIC = '__consumer_offsets'
export const TRANSACTION_TOPIC = '__transaction_state'
export const SHARE_TOPIC = '__share_group_state'

const internal: ReadonlySet<string> = new Set([GROUP_TOPIC, TRANSACTION_TOPIC, SHARE_TOPIC])

/** Topics that brokers write for themselves; clients may read them but not write, and listings can leave them out. */
export function isInternalTopic(name: string): boolean {
  return internal.has(name)
}
