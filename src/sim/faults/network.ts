import type { Machine } from '../machine.ts'
import type { Link } from '../network.ts'
import type { SimNode } from '../nodes.ts'
import type { SeededRandom } from '../random.ts'
import type { Scene } from '../scene.ts'
import type { Fault, Strike } from './types.ts'

const durationMs = (random: SeededRandom): number => random.pick([100, 1000, 5000, 15_000]) * random.between(0.5, 1.5)

/** Some of the cluster, and the others. */
function sides({ nodes }: Scene, random: SeededRandom): { at: SimNode[]; some: Machine[]; others: Machine[] } {
  const at = nodes.filter(() => random.chance(0.5))
  const some = at.map(({ machine }) => machine)
  return { at, some, others: nodes.flatMap((node) => (at.includes(node) ? [] : node.machine)) }
}

function linksBetween(scene: Scene, from: readonly Machine[], to: readonly Machine[]): Link[] {
  return from.flatMap((a) => to.map((b) => scene.network.link(a, b)))
}

function cut(at: readonly SimNode[], what: string, links: readonly Link[], ms: number): Strike | null {
  if (links.length === 0) return null
  for (const link of links) link.cut = true
  return {
    at,
    what: `${what} for ${ms.toFixed(0)} ms`,
    ms,
    heal: () => {
      for (const link of links) link.cut = false
    },
  }
}

const names = (machines: readonly Machine[]): string => machines.map(({ name }) => name).join(' ')

/** Nodes against nodes; clients reach all. */
export const partition: Fault = (scene, random) => {
  const { at, some, others } = sides(scene, random)
  const links = [...linksBetween(scene, some, others), ...linksBetween(scene, others, some)]
  return cut(at, `partition ${names(some)} | ${names(others)}`, links, durationMs(random))
}

/** One side hears the other and is not heard. */
export const oneWay: Fault = (scene, random) => {
  const { at, some, others } = sides(scene, random)
  return cut(
    at,
    `one way: nothing from ${names(some)} to ${names(others)}`,
    linksBetween(scene, some, others),
    durationMs(random),
  )
}

/** The links between two sides come and go. */
export const flapping: Fault = (scene, random) => {
  const { at, some, others } = sides(scene, random)
  const links = [...linksBetween(scene, some, others), ...linksBetween(scene, others, some)]
  if (links.length === 0) return null
  let isOver = false
  const flap = (): void => {
    if (isOver) return
    for (const link of links) link.cut = !link.isCut
    scene.world.schedule(null, random.between(20, 600), 'flap', flap)
  }
  flap()
  const heal = (): void => {
    isOver = true
    for (const link of links) link.cut = false
  }
  return { at, what: `flapping ${names(some)} | ${names(others)}`, ms: durationMs(random), heal }
}

export const slowLinks: Fault = (scene, random) => {
  const { at, some, others } = sides(scene, random)
  const links = linksBetween(scene, some, others)
  if (links.length === 0) return null
  const slowness = random.pick([10, 100, 2000])
  for (const link of links) link.slowness = slowness
  const heal = (): void => {
    for (const link of links) link.slowness = 1
  }
  return { at, what: `${slowness} times slower from ${names(some)} to ${names(others)}`, ms: durationMs(random), heal }
}

/** What is lost is sent again, and everything behind it waits. */
export const loss: Fault = (scene, random) => {
  const { at, some, others } = sides(scene, random)
  const links = [...linksBetween(scene, some, others), ...linksBetween(scene, others, some)]
  if (links.length === 0) return null
  const probability = random.pick([0.01, 0.1, 0.4])
  for (const link of links) link.loss = probability
  const heal = (): void => {
    for (const link of links) link.loss = 0
  }
  return { at, what: `loses ${probability} between ${names(some)} | ${names(others)}`, ms: durationMs(random), heal }
}

/** Open connections break, also in the middle of a frame; whoever had asked does not know what became of it. */
export const resets: Fault = ({ network }, random) => {
  const share = random.pick([0.05, 0.3, 1])
  const broken = [...network.sockets].filter(() => random.chance(share))
  for (const socket of broken) socket.reset()
  return broken.length === 0 ? null : { at: [], what: `${broken.length} connections break`, ms: 0, heal: () => {} }
}
