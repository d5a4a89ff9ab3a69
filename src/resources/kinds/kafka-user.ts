/** KafkaUser: a user, its credentials, rights and quotas. */
import type { Obj } from '../../kube-client/index.ts'
import { byDefault, integer, list, number, object, oneOf, required, said, string, type Value } from '../schema/types.ts'
import { keySelector } from './core.ts'
import { commonStatus } from './shared.ts'
import { resourceTemplate } from './templates.ts'

export const aclOperations = [
  'Read',
  'Write',
  'Create',
  'Delete',
  'Alter',
  'Describe',
  'ClusterAction',
  'AlterConfigs',
  'DescribeConfigs',
  'IdempotentWrite',
  'All',
] as const

const authentication = object(
  'How the user authenticates. Absent: only rights and quotas are kept.',
  {
    type: required(
      oneOf(
        '`tls`: a certificate that the operator makes; `tls-external`: one made elsewhere; `scram-sha-512`: a password.',
        'tls',
        'tls-external',
        'scram-sha-512',
      ),
    ),
    password: object('The password (`scram-sha-512`). Absent: one is made.', {
      valueFrom: required(object('Where it stands.', { secretKeyRef: said('A key of a Secret.', keySelector) })),
    }),
    validityDays: integer('Days for which the certificate is valid (`tls`). Absent: as the clients CA says.', {
      minimum: 1,
    }),
    renewalDays: integer('Days before its end at which it is renewed (`tls`).', { minimum: 1 }),
  },
  {
    rules: [
      {
        rule: "self.type == 'tls' || (!has(self.validityDays) && !has(self.renewalDays))",
        message: "'validityDays' and 'renewalDays' can be configured only with 'type: tls'",
      },
      {
        rule: "self.type != 'tls' || (has(self.renewalDays) == has(self.validityDays))",
        message: "Both 'validityDays' and 'renewalDays' must be set together, or both must be unset.",
      },
      {
        rule: "self.type != 'tls' || !has(self.renewalDays) || !has(self.validityDays) || self.renewalDays < self.validityDays",
        message: "'renewalDays' must be less than 'validityDays'.",
      },
    ],
  },
)

const acl = object(undefined, {
  type: byDefault('allow', oneOf('Whether it allows or denies.', 'allow', 'deny')),
  resource: required(
    object('To what.', {
      type: required(oneOf('Kind of the thing.', 'topic', 'group', 'cluster', 'transactionalId')),
      name: string('Its name, or what names begin with; for all but `cluster`.'),
      patternType: byDefault(
        'literal',
        oneOf('Whether the name is the whole one or the beginning.', 'literal', 'prefix'),
      ),
    }),
  ),
  host: byDefault('*', string('From which host.')),
  operations: required(list('To do what.', oneOf(undefined, ...aclOperations))),
})

export const userSpec = object('What is wanted.', {
  authentication,
  authorization: object('What the user may do. Absent: what nobody has denied or everybody may.', {
    type: required(oneOf('`simple`: ACLs kept in Kafka.', 'simple')),
    acls: required(list('Its rights.', acl)),
  }),
  quotas: object('Its quotas. Absent: none.', {
    producerByteRate: integer('Bytes a second produced to one broker.', { minimum: 0 }),
    consumerByteRate: integer('Bytes a second consumed from one broker.', { minimum: 0 }),
    requestPercentage: integer('Share of a broker’s threads, in percent.', { minimum: 0 }),
    controllerMutationRate: number('Partitions created and deleted a second.', { minimum: 0 }),
  }),
  template: object('Templates of the objects.', { secret: resourceTemplate('the Secret with the credentials') }),
})

export const userStatus = object('What is.', {
  ...commonStatus,
  username: string('Name of the user in Kafka: `CN=…` with TLS.'),
  secret: string('The Secret with the credentials.'),
})

export interface KafkaUserSpec extends Value<typeof userSpec> {}
export interface KafkaUserStatus extends Value<typeof userStatus> {}
export interface KafkaUser extends Obj {
  readonly kind: 'KafkaUser'
  readonly spec: KafkaUserSpec
  readonly status?: KafkaUserStatus
}
