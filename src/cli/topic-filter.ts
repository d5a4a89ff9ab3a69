import { ToolFailure } from './world.ts'

/** Topics that only Kafka itself writes. */
const internalTopics: ReadonlySet<string> = new Set([
  '__consumer_offsets',
  '__transaction_state',
  '__share_group_state',
])

export function isInternalTopic(name: string): boolean {
  return internalTopics.has(name)
}

/**
 * Kafka's include lists: a regular expression that must match the whole name; a comma stands for "or", blanks and
 * quotation marks around it are dropped.
 */
export function includeList(list: string): (topic: string) => boolean {
  const pattern = list
    .trim()
    .replaceAll(',', '|')
    .replaceAll(' ', '')
    .replace(/^["']+/, '')
    .replace(/["']+$/, '')
  let regex: RegExp
  try {
    regex = new RegExp(`^(?:${pattern})$`)
  } catch {
    throw new ToolFailure(`${pattern} is an invalid regex.`)
  }
  return (topic) => regex.test(topic)
}
