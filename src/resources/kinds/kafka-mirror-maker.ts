/** KafkaMirrorMaker: the first MirrorMaker. It never had a v1; resources are kept, and told to become KafkaMirrorMaker2. */
import type { Obj } from '../../kube-client/index.ts'
import type { Version } from '../schema/kind.ts'
import { older } from '../schema/older.ts'
import { boolean, integer, object, oneOf, open, required, string, type Type, type Value } from '../schema/types.ts'
import { resources } from './core.ts'
import { clusterAccess } from './kafka-connect.ts'
import { oauth, workersEarly } from './old.ts'
import { commonStatus, jvmOptions, logging, metricsConfig, probes, scaledStatus } from './shared.ts'
import {
  containerTemplate,
  deploymentTemplate,
  podDisruptionBudgetTemplate,
  podTemplate,
  resourceTemplate,
} from './templates.ts'

export const mirrorMakerSpec = object(
  'What is wanted.',
  {
    version: string('Kafka version.'),
    replicas: required(integer('Number of pods.', { minimum: 0 })),
    image: string('Image.'),
    consumer: required(
      object('The cluster that is copied.', {
        ...clusterAccess,
        groupId: required(string('Group in which it consumes.')),
        numStreams: integer('Consumers for each pod.', { minimum: 1 }),
        offsetCommitInterval: integer('Milliseconds between commits.'),
        config: open('Consumer configuration.'),
      }),
    ),
    producer: required(
      object('The cluster that receives the copies.', {
        ...clusterAccess,
        abortOnSendFailure: boolean('Whether it stops when a record could not be sent.'),
        config: open('Producer configuration.'),
      }),
    ),
    whitelist: string('Topics to copy: a regular expression.'),
    include: string('Topics to copy: a regular expression.'),
    resources,
    jvmOptions,
    logging,
    metricsConfig: metricsConfig(),
    tracing: object('Tracing.', { type: required(oneOf('How.', 'jaeger', 'opentelemetry')) }),
    template: object('Templates of the objects.', {
      deployment: deploymentTemplate,
      pod: podTemplate,
      podDisruptionBudget: podDisruptionBudgetTemplate,
      mirrorMakerContainer: containerTemplate('the container'),
      serviceAccount: resourceTemplate('the ServiceAccount'),
    }),
    ...probes(60),
  },
  { oneOf: [['include'], ['whitelist']] },
)

export const mirrorMakerStatus = object('What is.', { ...commonStatus, ...scaledStatus })

/** Older ones have more fields and are stored as they are. */
export const mirrorMakerVersions = (v1beta2: Type): readonly Version[] => {
  const spec = older(v1beta2, [...oauth('consumer'), ...oauth('producer'), ...workersEarly])
  const warning =
    'KafkaMirrorMaker is no more: "millrace convert -f FILE" prints the KafkaMirrorMaker2 that does the same'
  // `kubectl get strimzi` asks for the first one: a warning there would be said to everybody.
  return [{ name: 'v1beta2', spec }, ...['v1beta1', 'v1alpha1'].map((name) => ({ name, spec, warning }))]
}

export interface KafkaMirrorMakerSpec extends Value<typeof mirrorMakerSpec> {}
export interface KafkaMirrorMaker extends Obj {
  readonly kind: 'KafkaMirrorMaker'
  readonly spec: KafkaMirrorMakerSpec
}
