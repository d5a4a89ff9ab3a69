/** Pod templates of workloads: whether two are the same, and the hash that tells their pods apart. */
import type { Obj } from '../../kube-client/index.ts'
import { type Fields, recordOf } from '../kinds/read.ts'
import { goJson } from '../schema/errors.ts'
import { sameJson } from '../schema/node.ts'

export const hashLabel = 'pod-template-hash'

const offset = 0x811c9dc5
const prime = 0x01000193
/** Letters and digits that make no words. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789'

/** Of a template's content; not Kubernetes' own hash, which is that of Go's memory. */
export function templateHash(template: Fields, collisions: number): string {
  let hash = offset
  const text = goJson(template) + (collisions > 0 ? String(collisions) : '')
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), prime)
  return [...String(hash >>> 0)].map((digit) => alphabet[digit.charCodeAt(0) % alphabet.length]).join('')
}

/** A template without the label that a Deployment adds. */
export function withoutHash(template: Fields): Fields {
  const metadata = recordOf(template['metadata'])
  const { [hashLabel]: _, ...labels } = recordOf(metadata['labels'])
  return { ...template, metadata: { ...metadata, labels } }
}

export const isSameTemplate = (a: Fields, b: Fields): boolean => sameJson(withoutHash(a), withoutHash(b))

/** `25%` of a number, or a number as it is. */
export function share(value: unknown, of: number, round: 'up' | 'down'): number {
  if (typeof value === 'number') return value
  const percent = typeof value === 'string' ? Number.parseInt(value, 10) : 0
  const exact = (of * percent) / 100
  return round === 'up' ? Math.ceil(exact) : Math.floor(exact)
}

export const templateOf = (object: Obj): Fields => recordOf(recordOf(object['spec'])['template'])
