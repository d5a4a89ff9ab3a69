import type { Fault } from './types.ts'

export const slowDisk: Fault = ({ nodes }, random) => {
  const { machine } = random.pick(nodes)
  const slowness = random.pick([10, 100, 2000])
  machine.diskSlowness = slowness
  const ms = random.pick([200, 2000, 8000])
  const heal = (): void => void (machine.diskSlowness = 1)
  return { what: `disk of ${machine.name} ${slowness} times slower`, ms, heal }
}

/** What needs room is refused until there is room again. */
export const diskFull: Fault = ({ nodes }, random) => {
  const { machine } = random.pick(nodes)
  machine.diskFault = (operation) => (['write', 'replace', 'mkdir'].includes(operation) ? 'ENOSPC' : null)
  const heal = (): void => void (machine.diskFault = null)
  return { what: `disk of ${machine.name} is full`, ms: random.pick([50, 1000, 5000]), heal }
}

/** One of the next operations fails, as on a broken sector. */
export const diskError: Fault = ({ nodes }, random) => {
  const { machine } = random.pick(nodes)
  let left = random.below(40)
  machine.diskFault = () => {
    if (--left !== 0) return null
    machine.diskFault = null
    return 'EIO'
  }
  const heal = (): void => void (machine.diskFault = null)
  return { what: `disk of ${machine.name} fails once`, ms: 2000, heal }
}
