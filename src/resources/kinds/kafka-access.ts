/** KafkaAccess: what a client needs to reach a cluster, in one Secret. */
import type { Obj } from '../../kube-client/index.ts'
import { list, object, required, string, type Value } from '../schema/types.ts'
import { commonStatus, condition } from './shared.ts'
import { resourceTemplate } from './templates.ts'

export const accessSpec = object('What is wanted.', {
  kafka: required(
    object('The cluster.', {
      name: required(string('Its name.')),
      namespace: string('Its namespace; absent: that of this object.'),
      listener: string('Listener. Absent: one that fits the user, internal ones first.'),
    }),
  ),
  user: object('The user. Absent: none.', {
    kind: required(string('Its kind: `KafkaUser`.')),
    apiGroup: required(string('Its group: `kafka.strimzi.io`.')),
    name: required(string('Its name.')),
    namespace: string('Its namespace; absent: that of this object.'),
  }),
  secretName: string('Name of the Secret. Absent: that of this object.'),
  template: object('Templates of the objects.', { secret: resourceTemplate('the Secret') }),
})

export const accessStatus = object('What is.', {
  ...commonStatus,
  conditions: list('What is to be said about the resource now.', { ...condition, andMore: true as const }),
  binding: object('The Secret (servicebinding.io).', { name: string('Its name.') }),
})

export interface KafkaAccessSpec extends Value<typeof accessSpec> {}
export interface KafkaAccessStatus extends Value<typeof accessStatus> {}
export interface KafkaAccess extends Obj {
  readonly kind: 'KafkaAccess'
  readonly spec: KafkaAccessSpec
  readonly status?: KafkaAccessStatus
}
