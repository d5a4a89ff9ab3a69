/** What runs beside the nodes: the topic and the user operator, the exporter. */
import { boolean, byDefault, integer, object, string } from '../schema/types.ts'
import { resources } from './core.ts'
import { jvmOptions, logging, probe, probes } from './shared.ts'
import {
  containerTemplate,
  deploymentTemplate,
  podDisruptionBudgetTemplate,
  podTemplate,
  resourceTemplate,
} from './templates.ts'

const operator = {
  watchedNamespace: string('Namespace whose resources it works on. Absent: that of the Kafka.'),
  image: string('Its image. Absent: the operator’s own.'),
  reconciliationIntervalMs: byDefault(120_000, integer('Milliseconds between looks at everything.', { minimum: 0 })),
  ...probes(),
  resources,
  logging,
  jvmOptions,
}

export const entityOperator = object('The operators of topics and users. Absent: none of them runs.', {
  topicOperator: object('The topic operator. Absent: it does not run.', {
    ...operator,
    startupProbe: probe('Start-up'),
  }),
  userOperator: object('The user operator. Absent: it does not run.', {
    ...operator,
    secretPrefix: byDefault('', string('What comes before the name of a user in the name of its Secret.')),
  }),
  template: object('Templates of the objects.', {
    deployment: deploymentTemplate,
    pod: podTemplate,
    topicOperatorContainer: containerTemplate('the container of the topic operator'),
    userOperatorContainer: containerTemplate('the container of the user operator'),
    serviceAccount: resourceTemplate('the ServiceAccount'),
    podDisruptionBudget: podDisruptionBudgetTemplate,
    entityOperatorRole: resourceTemplate('the Role'),
    topicOperatorRoleBinding: resourceTemplate('the RoleBinding of the topic operator'),
    userOperatorRoleBinding: resourceTemplate('the RoleBinding of the user operator'),
  }),
})

export const kafkaExporter = object('The exporter of consumer lag for Prometheus. Absent: none.', {
  image: string('Its image.'),
  groupRegex: byDefault('.*', string('Groups to show.')),
  topicRegex: byDefault('.*', string('Topics to show.')),
  groupExcludeRegex: string('Groups not to show.'),
  topicExcludeRegex: string('Topics not to show.'),
  resources,
  logging: byDefault('info', string('Level of its log: `info`, `debug`, `trace`.')),
  ...probes(),
  enableSaramaLogging: boolean('Whether its client logs, too.'),
  showAllOffsets: boolean('Whether groups without members are shown.'),
  template: object('Templates of the objects.', {
    deployment: deploymentTemplate,
    pod: podTemplate,
    container: containerTemplate('the container'),
    serviceAccount: resourceTemplate('the ServiceAccount'),
    podDisruptionBudget: podDisruptionBudgetTemplate,
  }),
})
