import { faults } from './faults/index.ts'
import type { Strike } from './faults/types.ts'
import type { SimNode } from './nodes.ts'
import { rolesOf } from './roles.ts'
import type { Scene } from './scene.ts'

/**
 * Makes the faults of the plan happen, one after another and overlapping, and takes them back. It also is the one who
 * starts nodes again that went down.
 */
export class Nemesis {
  readonly #scene: Scene
  readonly #active = new Set<Strike>()
  #isOver = false
  /** The faults that there were, by their number, and what they were. */
  readonly strikes = new Map<number, string>()
  /** How often each fault met a node that serves in which role, or in which other state it is: `fault: role`. */
  readonly coverage = new Map<string, number>()
  #drawn = 0

  constructor(scene: Scene) {
    this.#scene = scene
  }

  start(): void {
    const { plan, world } = this.#scene
    this.#watch()
    if (plan.faults.length > 0) world.schedule(null, 0, 'nemesis', () => this.#strikeLater())
  }

  /** All faults end; nodes are started as soon as they are down. */
  stop(): void {
    this.#isOver = true
    for (const strike of this.#active) strike.heal()
    this.#active.clear()
    this.#scene.downUntilMs.clear()
    for (const { machine } of this.#scene.nodes) {
      if (machine.life !== null) machine.life.callbacksLeft = Number.POSITIVE_INFINITY
      machine.diskFault = null
    }
  }

  #strikeLater(): void {
    const { world, random, plan } = this.#scene
    world.schedule(null, random.between(0, 2 * plan.faultEveryMs), 'nemesis', () => {
      if (this.#isOver) return
      this.#strike()
      this.#strikeLater()
    })
  }

  #strike(): void {
    const { world, plan } = this.#scene
    const number = this.#drawn++
    // Luck of its own, so that one that is left out changes no other.
    const random = this.#scene.random.fork(`strike ${number}`)
    const name = random.pick(plan.faults)
    if (plan.strikes?.includes(number) === false) return
    const were = new Map(this.#scene.nodes.map((node) => [node, this.#standing(node)]))
    const strike = faults[name](this.#scene, random)
    if (strike === null) return
    for (const standing of strike.at?.flatMap((node) => were.get(node)!) ?? ['client, network']) {
      const key = `${name}: ${standing}`
      this.coverage.set(key, (this.coverage.get(key) ?? 0) + 1)
    }
    this.strikes.set(number, `${(world.nowMs / 1000).toFixed(3)} s: ${strike.what}`)
    world.trace.note(world.nowMs, 'FAULT', strike.what)
    this.#active.add(strike)
    world.schedule(null, strike.ms, 'heal', () => {
      if (!this.#active.delete(strike)) return
      world.trace.note(world.nowMs, 'HEAL', strike.what)
      strike.heal()
    })
  }

  #standing(node: SimNode): string[] {
    const state = node.observe()
    return state === 'serving' ? rolesOf(this.#scene, node) : [state]
  }

  /** As whoever supervises processes: starts again what went down, after a while. */
  #watch(): void {
    const { world, nodes, downUntilMs } = this.#scene
    world.schedule(null, 100, 'watch', () => {
      for (const node of nodes) {
        if (node.observe() === 'down' && (downUntilMs.get(node.id) ?? 0) <= world.nowMs) node.start()
      }
      this.#watch()
    })
  }
}
