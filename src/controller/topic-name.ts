import { badTopicName } from '../config/index.ts'
import { errors } from '../protocol/index.ts'
import { type Refusal, refuse } from './refusal.ts'

export function refuseTopicName(name: string): Refusal | null {
  const why = badTopicName(name)
  return why === null ? null : refuse(errors.INVALID_TOPIC_EXCEPTION, why)
}

/** Metric names fold '.' into '_', so two topics that differ only there would share theirs. */
export function foldedName(name: string): string {
  return name.replaceAll('.', '_')
}
