/** Cruise Control, which spreads load over the brokers. */
import { integer, list, object, oneOf, open, required, said, string } from '../schema/types.ts'
import { keySelector, localObjectReference, resources } from './core.ts'
import { jvmOptions, logging, metricsConfig, probes } from './shared.ts'
import {
  containerTemplate,
  deploymentTemplate,
  podDisruptionBudgetTemplate,
  podTemplate,
  resourceTemplate,
  serviceTemplate,
} from './templates.ts'

const network = { pattern: '^[0-9]+([KMG]i?)?B/s$' }

const capacity = {
  cpu: string('Cores: `1`, `1.500`, `1500m`.', { pattern: '^[0-9]+([.][0-9]{0,3}|[m]?)$' }),
  inboundNetwork: string('Network in: `10000KiB/s`.', network),
  outboundNetwork: string('Network out: `10000KiB/s`.', network),
}

export const cruiseControl = object('Cruise Control. Absent: none.', {
  image: string('Its image.'),
  resources,
  ...probes(),
  jvmOptions,
  logging,
  template: object('Templates of the objects.', {
    deployment: deploymentTemplate,
    pod: podTemplate,
    apiService: serviceTemplate('the Service of its API'),
    podDisruptionBudget: podDisruptionBudgetTemplate,
    cruiseControlContainer: containerTemplate('the container'),
    serviceAccount: resourceTemplate('the ServiceAccount'),
  }),
  brokerCapacity: object('What a broker can carry.', {
    ...capacity,
    overrides: list(
      'What differs for some brokers.',
      object(undefined, { brokers: required(list('Node ids of the brokers.', integer())), ...capacity }),
    ),
  }),
  config: open('Its configuration.'),
  metricsConfig: metricsConfig('jmx only'),
  apiUsers: object('Users of its API.', {
    type: required(oneOf('`hashLoginService`: names, passwords and roles in a file.', 'hashLoginService')),
    valueFrom: required(object('Where they stand.', { secretKeyRef: said('A key of a Secret.', keySelector) })),
  }),
  autoRebalance: list(
    'What is rebalanced by itself when the number of brokers changes.',
    object(undefined, {
      mode: required(oneOf('On which change.', 'add-brokers', 'remove-brokers')),
      template: said('The KafkaRebalance that serves as template.', localObjectReference),
    }),
    { minItems: 1 },
  ),
})
