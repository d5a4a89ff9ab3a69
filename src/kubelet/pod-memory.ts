/** What the kubelet remembers of a pod between passes; all that matters comes back from the runtime's records. */
import type { Running } from '../env/index.ts'
import { type ContainerFacts, emptyContainer, type LifeFacts } from './facts.ts'

/** Labels of a container's record. */
export interface LifeLabels {
  readonly uid: string
  readonly namespace: string
  readonly pod: string
  readonly container: string
  readonly attempt: string
  readonly hurried: string
  readonly imageId: string
}

/** Of a container's lives, those that are kept: the present one and the one before. */
const livesKept = 2

export class PodMemory {
  readonly uid: string
  /** `namespace/name` */
  readonly key: string
  readonly seenMs: number
  podIp: string | null = null
  /** What its volumes were last made from; null: they were not. */
  prepared: string | null = null
  mountProblem: string | null = null
  /** What runs was found and not started by this kubelet: what the API says of its readiness holds until probes say more. */
  isAdopted = false
  /** By name of the volume, on the host. */
  volumePaths: ReadonlyMap<string, string> = new Map()
  readonly tokens = new Map<string, string>()
  readonly containers = new Map<string, ContainerFacts>()

  constructor(uid: string, key: string, seenMs: number) {
    this.uid = uid
    this.key = key
    this.seenMs = seenMs
  }

  of(container: string): ContainerFacts {
    return this.containers.get(container) ?? emptyContainer
  }

  change(container: string, change: Partial<ContainerFacts>): void {
    this.containers.set(container, { ...this.of(container), ...change })
  }

  changeLife(container: string, id: string, change: Partial<LifeFacts>): void {
    const { lives } = this.of(container)
    this.change(container, { lives: lives.map((life) => (life.id === id ? { ...life, ...change } : life)) })
  }

  life(container: string, id: string): LifeFacts | undefined {
    return this.of(container).lives.find((life) => life.id === id)
  }

  /** Answers the lives that need not be kept any more. */
  begin(container: string, life: LifeFacts): readonly LifeFacts[] {
    const lives = [life, ...this.of(container).lives].sort((a, b) => b.attempt - a.attempt)
    this.change(container, { lives: lives.slice(0, livesKept) })
    return lives.slice(livesKept)
  }
}

export function lifeOf({ id, labels, startedAtMs, exit }: Running): LifeFacts {
  const { attempt, hurried } = labels as unknown as LifeLabels
  return { id, attempt: Number(attempt), hurried: Number(hurried), startedAtMs, exit, stopping: null, probes: {} }
}
