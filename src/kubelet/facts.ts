/** What a pass over a pod knows, and what it may ask for. */
import type { ContainerExit } from '../env/index.ts'
import type { Action } from '../kube-client/index.ts'
import type { Pod, PodStatus } from './pod-types.ts'

export type ProbeKind = 'startup' | 'readiness' | 'liveness'

/** What a probe has told in this life of the container. */
export interface ProbeFacts {
  readonly isAsking: boolean
  /** When the last answer came. */
  readonly lastMs: number | null
  /** Successes in a row. */
  readonly successes: number
  /** Failures in a row that count: at most one each period. */
  readonly failures: number
  readonly countedMs: number | null
  /** Whether it passed its thresholds; null: neither way yet. */
  readonly passes: boolean | null
  readonly hasPassed: boolean
}

export const noProbe: ProbeFacts = {
  ...{ isAsking: false, lastMs: null, successes: 0, failures: 0, countedMs: null, passes: null, hasPassed: false },
}

/** One start of a container; also one that did not come to be (exit 128). */
export interface LifeFacts {
  /** As the API shows it. */
  readonly id: string
  /** 0 for the first. */
  readonly attempt: number
  /** Lives before it that ended too soon, in a row: they make the wait longer. */
  readonly hurried: number
  readonly startedAtMs: number
  readonly exit: (ContainerExit & { readonly reason?: string; readonly message?: string }) | null
  /** When it was asked to end, how long it may take, and whether it was killed. */
  readonly stopping: { readonly atMs: number; readonly graceMs: number; readonly isKilled: boolean } | null
  readonly probes: Readonly<Partial<Record<ProbeKind, ProbeFacts>>>
}

export interface ContainerFacts {
  /** The newest first. */
  readonly lives: readonly LifeFacts[]
  /** Its start is under way. */
  readonly isStarting: boolean
  /** Why it cannot be started, as the API says it (`ErrImagePull`, `CreateContainerConfigError`); since when. */
  readonly problem: { readonly reason: string; readonly message: string; readonly sinceMs: number } | null
  /** What its status names as the image's id. */
  readonly imageId: string
}

export interface PodFacts {
  readonly uid: string
  /** Null: the API knows it no more. */
  readonly pod: Pod | null
  /** Another pod of this name, of before, is still here. */
  readonly isWaitingFor: string | null
  readonly hostIp: string
  readonly podIp: string | null
  /** Its directories are there, with what is projected into them as the API has it now. */
  readonly isPrepared: boolean
  readonly mountProblem: string | null
  /** When this kubelet first saw it. */
  readonly seenMs: number
  readonly containers: ReadonlyMap<string, ContainerFacts>
}

export type KubeletAction =
  | { readonly do: 'prepare'; readonly uid: string }
  | {
      readonly do: 'start'
      readonly uid: string
      readonly container: string
      readonly attempt: number
      readonly hurried: number
    }
  | {
      readonly do: 'stop'
      readonly uid: string
      readonly container: string
      readonly life: string
      readonly signal: 'TERM' | 'KILL'
      readonly graceMs: number
    }
  | {
      readonly do: 'probe'
      readonly uid: string
      readonly container: string
      readonly life: string
      readonly probe: ProbeKind
    }
  /** The processes are gone: so do its directories and its address. */
  | { readonly do: 'remove'; readonly uid: string }
  | { readonly do: 'kube'; readonly action: Action }

export const emptyContainer: ContainerFacts = { lives: [], isStarting: false, problem: null, imageId: '' }

export type { PodStatus }
