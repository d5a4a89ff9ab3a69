import { badTopicName } from '../config/index.ts'
import { errors } from '../protocol/index.ts'
import { type Refusal, refuse } from './refusal.ts'

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
