/** The controllers that a control plane has of its own. */
import type { Controller, KindRef, Kube } from '../../kube-client/index.ts'
import { budgetController } from './budgets.ts'
import { deploymentController } from './deployments.ts'
import { endpointsController } from './endpoints.ts'
import { eventSweeper, unenforcedController } from './events.ts'
import { garbageCollector } from './garbage.ts'
import { namespaceController } from './namespaces.ts'
import { replicaSetController } from './replica-sets.ts'
import { scheduler } from './scheduler.ts'
import { claimController, type VolumeOptions, volumeController } from './volumes.ts'

export { garbageCollector } from './garbage.ts'
export { localProvisioner, type VolumeOptions } from './volumes.ts'

export interface ControllerOptions {
  readonly kube: Kube
  /** All kinds that are served now: what a namespace holds, what owns and is owned. */
  kinds(): readonly KindRef[]
  /** PEM; see {@link namespaceController}. */
  readonly rootCa: string | null
  readonly volumes: VolumeOptions
}

// biome-ignore lint/suspicious/noExplicitAny: controllers differ in their facts and actions, which only they look into
export type AnyController = Controller<any, any>

/** To be given to `runControllers`. The garbage collector knows the kinds of now; for later ones start another. */
export function builtinControllers(options: ControllerOptions): readonly AnyController[] {
  const { kube, kinds, rootCa, volumes } = options
  return [
    namespaceController({ kube, rootCa, kinds: () => kinds().filter(({ namespaced }) => namespaced) }),
    garbageCollector({ kube, kinds: kinds() }),
    scheduler(),
    deploymentController(),
    replicaSetController(),
    endpointsController(),
    claimController(volumes),
    volumeController(volumes),
    budgetController(),
    eventSweeper(),
    unenforcedController(),
  ]
}
