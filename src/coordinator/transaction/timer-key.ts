import type { StepName } from './inputs.ts'

/** What a timer's name says. A step's name goes with it: the id may have moved on when it fires. */
export type TimerAim =
  | { readonly kind: 'abort-search' | 'expiry-search' }
  | { readonly kind: 'held' | 'abort'; readonly transactionalId: string }
  | ({ readonly kind: 'decided' | 'complete' } & StepName)

export const heldKey = (transactionalId: string): string => `held ${transactionalId}`

export function timerKey(kind: 'decided' | 'complete', step: StepName): string {
  return `${kind} ${step.producerId} ${step.producerEpoch} ${step.transactionalId}`
}

export function parseTimerKey(key: string): TimerAim {
  const at = key.indexOf(' ')
  const kind = at < 0 ? key : key.slice(0, at)
  const rest = key.slice(at + 1)
  if (kind === 'held' || kind === 'abort') return { kind, transactionalId: rest }
  if (kind === 'decided' || kind === 'complete') {
    const [producerId, producerEpoch] = rest.split(' ', 2)
    const transactionalId = rest.slice(producerId!.length + producerEpoch!.length + 2)
    return { kind, transactionalId, producerId: Number(producerId), producerEpoch: Number(producerEpoch) }
  }
  return { kind: kind as 'abort-search' | 'expiry-search' }
}
