/** StrimziPodSet: pods that differ from one another, kept as they are written. */
import type { Obj } from '../../kube-client/index.ts'
import { integer, list, object, open, required, said, type Value } from '../schema/types.ts'
import { labelSelector } from './core.ts'
import { commonStatus } from './shared.ts'

export const podSetSpec = object('What is wanted.', {
  selector: required(said('Which pods belong to it.', labelSelector)),
  pods: required(list('The pods, each whole.', open())),
})

export const podSetStatus = object('What is.', {
  ...commonStatus,
  pods: integer('Number of pods.'),
  readyPods: integer('Number of pods that are ready.'),
  currentPods: integer('Number of pods that are as written.'),
})

export interface StrimziPodSetSpec extends Value<typeof podSetSpec> {}
export interface StrimziPodSetStatus extends Value<typeof podSetStatus> {}
export interface StrimziPodSet extends Obj {
  readonly kind: 'StrimziPodSet'
  readonly spec: StrimziPodSetSpec
  readonly status?: StrimziPodSetStatus
}
