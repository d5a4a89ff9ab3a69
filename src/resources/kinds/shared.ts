/** Pieces that several of Strimzi's kinds have in common. */
import {
  boolean,
  byDefault,
  each,
  integer,
  list,
  map,
  object,
  oneOf,
  open,
  required,
  said,
  string,
} from '../schema/types.ts'
import { keySelector } from './core.ts'

export const condition = object(undefined, {
  type: string('What it says something about: `Ready`, `NotReady`, `Warning`, `ReconciliationPaused`…'),
  status: string('`True`, `False` or `Unknown`.'),
  lastTransitionTime: string('Since when it is so (RFC 3339, UTC).'),
  reason: string('One word, for machines.'),
  message: string('A sentence, for people.'),
})

export const commonStatus = {
  conditions: list('What is to be said about the resource now.', condition),
  observedGeneration: integer('Generation of the resource that the operator last worked on.'),
}

/** `delaySeconds` is how long the operator waits before the first check unless the resource says otherwise. */
export const probe = (what: string, delaySeconds = 0, timeoutSeconds = 5) =>
  object(`${what} check.`, {
    initialDelaySeconds: byDefault(delaySeconds, integer('Seconds before the first check.', { minimum: 0 })),
    timeoutSeconds: byDefault(timeoutSeconds, integer('Seconds for one check.', { minimum: 1 })),
    periodSeconds: byDefault(10, integer('Seconds between checks.', { minimum: 1 })),
    successThreshold: byDefault(1, integer('Successes in a row until it counts as good.', { minimum: 1 })),
    failureThreshold: byDefault(3, integer('Failures in a row until it counts as bad.', { minimum: 1 })),
  })

export const probes = (delaySeconds = 0) => ({
  livenessProbe: probe('Liveness', delaySeconds),
  readinessProbe: probe('Readiness', delaySeconds),
})

const heap = { pattern: '^[0-9]+[mMgG]?$' }

export const jvmOptions = object(
  'Options of the Java virtual machine. Programs of Millrace take only the properties.',
  {
    '-XX': map('`-XX` options, without the prefix: `UseG1GC: "true"`.', string()),
    '-Xmx': string('Maximum heap.', heap),
    '-Xms': string('Initial heap.', heap),
    gcLoggingEnabled: byDefault(false, boolean('Whether the garbage collector logs.')),
    javaSystemProperties: list('System properties (`-D`).', object(undefined, each(string(), 'name', 'value'))),
  },
)

export const jmxOptions = object('Remote JMX. Absent: none.', {
  authentication: object('Who may connect. Absent: everybody.', {
    type: required(oneOf('`password`: a user and a password, kept in a Secret.', 'password')),
  }),
})

const configMapKey = object('Where it stands.', { configMapKeyRef: said('A key of a ConfigMap.', keySelector) })

export const logging = object('Logging.', {
  type: required(
    oneOf('`inline`: levels stand here; `external`: a ConfigMap has the whole file.', 'inline', 'external'),
  ),
  loggers: map('Levels by logger (`inline`).', string()),
  valueFrom: said('The ConfigMap and its key (`external`).', configMapKey),
})

const jmxNeedsSource = {
  rule: "self.type != 'jmxPrometheusExporter' || has(self.valueFrom)",
  message: 'valueFrom property is required',
}
const noReporter = { rule: "self.type != 'strimziMetricsReporter'", message: 'value type not supported' }

export const metricsConfig = (reporter: 'any' | 'jmx only' = 'any') =>
  object(
    'Metrics for Prometheus. Absent: none.',
    {
      type: required(
        oneOf(
          '`jmxPrometheusExporter` with rules in a ConfigMap, or `strimziMetricsReporter` with an allow list.',
          'jmxPrometheusExporter',
          'strimziMetricsReporter',
        ),
      ),
      valueFrom: said('The ConfigMap with the rules (`jmxPrometheusExporter`).', configMapKey),
      values: object('Settings of `strimziMetricsReporter`.', {
        allowList: list('Regular expressions of the metrics to show. Absent: all.', string()),
      }),
    },
    { rules: reporter === 'any' ? [jmxNeedsSource] : [jmxNeedsSource, noReporter] },
  )

const empty = (type: string, field: string, otherwise: string) => ({
  rule: `${otherwise} self.type != "${type}" || self.${field} != ""`,
  message: `${field} property is required`,
})

export const rack = object(
  'How nodes learn in which rack (zone) they are. Absent: they do not know.',
  {
    type: byDefault(
      'topology-label',
      oneOf(
        '`topology-label`: a label of the Kubernetes node; `environment-variable`: a variable of the container.',
        'topology-label',
        'environment-variable',
      ),
    ),
    topologyKey: string('The label of the Kubernetes node.', { example: 'topology.kubernetes.io/zone' }),
    envVarName: string('The environment variable.'),
  },
  {
    rules: [
      {
        rule: '(has(self.type) && self.type != "topology-label") || self.topologyKey != ""',
        message: 'topologyKey property is required',
      },
      empty('environment-variable', 'envVarName', 'has(self.type) == false ||'),
    ],
  },
)

export const certificateAndKey = (what: string) =>
  object(what, {
    secretName: required(string('The Secret.')),
    certificate: required(string('Its key with the certificate (PEM).')),
    key: required(string('Its key with the private key (PEM).')),
  })

export const trustedCertificate = object(
  undefined,
  {
    secretName: required(string('The Secret.')),
    certificate: string('Its key with the certificate (PEM).'),
    pattern: string('Glob of its keys with certificates (PEM).'),
  },
  { oneOf: [['certificate'], ['pattern']] },
)

export const clientTls = object('TLS towards the brokers. Absent: plain text.', {
  trustedCertificates: list('Certificates to trust.', trustedCertificate),
})

export const clientAuthentication = object('How to authenticate to the brokers. Absent: not at all.', {
  type: required(oneOf('The mechanism.', 'tls', 'scram-sha-256', 'scram-sha-512', 'plain', 'custom')),
  certificateAndKey: certificateAndKey('Certificate and private key (`tls`).'),
  username: string('User (`scram-sha-*`, `plain`).'),
  passwordSecret: object('The Secret with the password (`scram-sha-*`, `plain`).', {
    secretName: required(string('The Secret.')),
    password: required(string('Its key with the password.')),
  }),
  sasl: boolean('Whether SASL is used (`custom`).'),
  config: open('Client configuration that starts with `ssl.`, `sasl.` or `security.` (`custom`).'),
})

export const tracing = object('Tracing. Absent: none.', {
  type: required(oneOf('`opentelemetry`.', 'opentelemetry')),
})

/** Of resources that run pods and can be scaled. */
export const scaledStatus = {
  replicas: integer('Number of pods.'),
  labelSelector: string('Selector of the pods, for autoscalers.'),
}
