import { errors } from '../protocol/index.ts'
import { type Refusal, refuse } from './refusal.ts'

const lengthMax = 249
const legal = /^[a-zA-Z0-9._-]+$/

/** Why a topic cannot be called so, in Kafka's words; null when it can. */
export function badTopicName(name: string): string | null {
  if (name === '') return 'Topic name is invalid: the empty string is not allowed'
  if (name === '.' || name === '..') return `Topic name is invalid: '${name}' is not allowed`
  if (name.length > lengthMax) {
    return `Topic name is invalid: the length of '${name}' is longer than the max allowed length ${lengthMax}`
  }
  if (legal.test(name)) return null
  return `Topic name is invalid: '${name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'`
}

export function refuseTopicName(name: string): Refusal | null {
  const why = badTopicName(name)
  return why === null ? null : refuse(errors.INVALID_TOPIC_EXCEPTION, why)
}

/** Metric names fold '.' into '_', so two topics that differ only there would share theirs. */
export function collides(name: string, other: string): boolean {
  return name !== other && name.length === other.length && folded(name) === folded(other)
}

export function hasFoldedCharacters(name: string): boolean {
  return name.includes('.') || name.includes('_')
}

function folded(name: string): string {
  return name.replaceAll('.', '_')
}
