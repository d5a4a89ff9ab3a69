import { topicName } from '../workloads/topic.ts'
import type { Fault } from './types.ts'

export const slowDisk: Fault = ({ nodes }, random) => {
  const node = random.pick(nodes)
  const { machine } = node
  const slowness = random.pick([10, 100, 2000])
  machine.diskSlowness = slowness
  const ms = random.pick([200, 2000, 8000])
  const heal = (): void => void (machine.diskSlowness = 1)
  return { at: [node], what: `disk of ${machine.name} ${slowness} times slower`, ms, heal }
}

/** What needs room is refused until there is room again. */
export const diskFull: Fault = ({ nodes }, random) => {
  const node = random.pick(nodes)
  const { machine } = node
  machine.diskFault = (operation) => (['write', 'replace', 'mkdir'].includes(operation) ? 'ENOSPC' : null)
  const heal = (): void => void (machine.diskFault = null)
  return { at: [node], what: `disk of ${machine.name} is full`, ms: random.pick([50, 1000, 5000]), heal }
}

/** One of the next operations fails, as on a broken sector. */
export const diskError: Fault = ({ nodes }, random) => {
  const node = random.pick(nodes)
  const { machine } = node
  let left = random.below(40)
  machine.diskFault = () => {
    if (--left !== 0) return null
    machine.diskFault = null
    return 'EIO'
  }
  const heal = (): void => void (machine.diskFault = null)
  return { at: [node], what: `disk of ${machine.name} fails once`, ms: 2000, heal }
}

/**
 * Rot: a bit of a segment changes while its node is down. Always of the same node, as long as replicas have what it
 * damages; a checksum must see it before anybody reads it.
 */
export const bitFlip: Fault = (scene, random) => {
  const node = scene.nodes[0]!
  const { machine } = node
  if (scene.nodes.length < 3 || machine.life === null) return null
  machine.kill()
  const segments = machine.disk.files().filter((path) => path.includes(`/${topicName}-`) && path.endsWith('.log'))
  const size = (path: string): number => machine.disk.sizeOf(path)
  const path = segments.filter((one) => size(one) > 0).at(-1)
  if (path === undefined) return { at: [node], what: 'kill node1', ms: 0, heal: () => {} }
  const at = random.below(size(path))
  machine.disk.rot(path, at, 1 << random.below(8))
  return { at: [node], what: `a bit of ${machine.name}${path} at ${at} flips`, ms: 0, heal: () => {} }
}
