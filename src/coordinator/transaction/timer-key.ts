import type { StepName } from './inputs.ts'

/** What a timer's name says. A step's name goes with it: the id may have moved on when it fires. */
export type TimerAim =
  | { readonly kind: 'abort-search' | 'expiry-search' }
  | { readonly kind: 'held' | 'abort'; readonly transactionalId: string }
  | ({ readonly kind: 'decided' | 'complete' } & StepName)

export const heldKey = (transactionalId: string): string => `held ${transactionalId}`

export function timerKey(kind: 'decided' | 'complete', step: StepName): string {
  return `${kind} ${step.producerId} ${step.producerEpoch} ${step.preparedMs} ${step.transactionalId}`
}

export function parseTimerKey(key: string): TimerAim {
  const at = key.indexOf(' ')
  const kind = at < 0 ? key : key.slice(0, at)
  const rest = key.slice(at + 1)
  if (kind === 'held' || kind === 'abort') return { kind, transactionalId: rest }
  if (kind === 'decided' || kind === 'complete') {
    const numbers = rest.split(' ', 3)
    const [producerId, producerEpoch, preparedMs] = numbers.map(Number) as [number, number, number]
    return { kind, transactionalId: rest.slice(numbers.join(' ').length + 1), producerId, producerEpoch, preparedMs }
  }
  return { kind: kind as 'abort-search' | 'expiry-search' }
}
