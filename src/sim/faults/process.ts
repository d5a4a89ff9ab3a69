import type { SimNode } from '../nodes.ts'
import type { SeededRandom } from '../random.ts'
import { rolesOf } from '../roles.ts'
import type { Scene } from '../scene.ts'
import type { Fault } from './types.ts'

const nothing = (): void => {}

/** A node that has a process; every other time one that the others depend on. */
function anyRunning(scene: Scene, random: SeededRandom): SimNode | null {
  const running = scene.nodes.filter(({ machine }) => machine.life !== null)
  if (running.length === 0) return null
  const role = random.pick([null, null, null, 'active controller', 'leader', 'coordinator'] as const)
  const chosen = role === null ? [] : running.filter((node) => rolesOf(scene, node).includes(role))
  return random.pick(chosen.length > 0 ? chosen : running)
}

/** From at once to long after its session has run out. */
const downtimeMs = (random: SeededRandom): number => random.pick([0, 50, 1000, 4000, 12_000]) * random.between(0.5, 1.5)

function staysDown(scene: Scene, node: SimNode, ms: number): () => void {
  scene.downUntilMs.set(node.id, scene.world.nowMs + ms)
  return () => void scene.downUntilMs.delete(node.id)
}

/** kill -9, between two of its callbacks. */
export const kill: Fault = (scene, random) => {
  const node = anyRunning(scene, random)
  if (node === null) return null
  const ms = downtimeMs(random)
  node.machine.kill()
  return { at: [node], what: `kill ${node.machine.name} for ${ms.toFixed(0)} ms`, ms, heal: staysDown(scene, node, ms) }
}

/** kill -9 before one of its next callbacks, also in the middle of a turn or of its start. */
export const killAtCallback: Fault = (scene, random) => {
  const node = anyRunning(scene, random)
  if (node?.machine.life == null) return null
  const callbacks = random.below(random.pick([10, 100, 1000]))
  node.machine.life.callbacksLeft = callbacks
  const ms = downtimeMs(random)
  return {
    at: [node],
    what: `kill ${node.machine.name} after ${callbacks} callbacks`,
    ms,
    heal: staysDown(scene, node, ms),
  }
}

export const powerCut: Fault = (scene, random) => {
  const node = anyRunning(scene, random)
  if (node === null) return null
  const ms = downtimeMs(random)
  const heal = cutPower(scene, random, [node], () => ms)
  return { at: [node], what: `power cut at ${node.machine.name} for ${ms.toFixed(0)} ms`, ms: ms + 100, heal }
}

/** All machines at once: one power supply. */
export const blackout: Fault = (scene, random) => {
  const heal = cutPower(scene, random, scene.nodes, () => downtimeMs(random))
  return { at: scene.nodes, what: 'blackout', ms: 18_000, heal }
}

/**
 * At once, or after some disks have fallen behind for a moment: much is written by then that is not synced, and others do
 * not know.
 */
function cutPower(
  { world, downUntilMs }: Scene,
  random: SeededRandom,
  nodes: readonly SimNode[],
  downMs: () => number,
): () => void {
  const behindMs = random.pick([0, 0, 2, 10, 50])
  let isHealed = false
  const late = behindMs === 0 ? [] : nodes.filter(() => random.chance(0.6))
  for (const { machine } of late) machine.diskSlowness = 500
  world.schedule(null, behindMs, 'power goes', () => {
    for (const { machine } of late) machine.diskSlowness = 1
    if (isHealed) return
    for (const { id, machine } of nodes) {
      machine.powerCut()
      downUntilMs.set(id, world.nowMs + downMs())
    }
  })
  return () => {
    isHealed = true
    for (const { id } of nodes) downUntilMs.delete(id)
  }
}

/** In order, as a rolling restart does. */
export const restart: Fault = (scene, random) => {
  const node = anyRunning(scene, random)
  if (node === null) return null
  node.stop()
  return { at: [node], what: `restart ${node.machine.name}`, ms: 0, heal: nothing }
}

/** As a collection of garbage or a suspended machine: it goes on later, and does not know. */
export const pause: Fault = (scene, random) => {
  const node = anyRunning(scene, random)
  if (node === null) return null
  const ms = random.pick([50, 500, 3000, 12_000]) * random.between(0.5, 1.5)
  node.machine.pauseFor(ms)
  const { life } = node.machine
  const heal = (): void => life?.resume()
  return { at: [node], what: `pause ${node.machine.name} for ${ms.toFixed(0)} ms`, ms, heal }
}

/** The wall clock alone, until it is set right again: time that is measured goes on. */
export const clockJump: Fault = ({ nodes }, random) => {
  const node = random.pick(nodes)
  const { machine } = node
  const ms = Math.round(random.pick([100, 5000, 600_000, 7_200_000]) * random.between(-1, 1))
  machine.wallAheadMs += ms
  const heal = (): void => void (machine.wallAheadMs -= ms)
  return {
    at: [node],
    what: `wall clock of ${machine.name} jumps by ${ms} ms`,
    ms: random.pick([500, 5000, 60_000]),
    heal,
  }
}

/** A client that stops for a while, and goes on as if it still were who it was. */
export const pauseClient: Fault = ({ clients }, random) => {
  if (clients.length === 0) return null
  const life = random.pick(clients)
  const ms = random.pick([500, 3000, 9000, 15_000]) * random.between(0.5, 1.5)
  life.machine.pauseFor(ms)
  const heal = (): void => life.resume()
  return { what: `pause ${life.machine.name} for ${ms.toFixed(0)} ms`, ms, heal }
}
