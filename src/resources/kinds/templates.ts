/** What a `template` section may say about the objects that the operators make. */
import { boolean, byDefault, integer, list, map, object, oneOf, said, string } from '../schema/types.ts'
import {
  affinity,
  byteQuantity,
  claimVolume,
  configMapVolume,
  csiVolume,
  dnsConfig,
  emptyDirVolume,
  hostAlias,
  imageVolume,
  keySelector,
  localObjectReference,
  podSecurityContext,
  secretVolume,
  securityContext,
  toleration,
  topologySpreadConstraint,
  volumeMount,
} from './core.ts'

export const metadataTemplate = object('Metadata of the object.', {
  labels: map('Labels to add.', string()),
  annotations: map('Annotations to add.', string()),
})

export const resourceFields = { metadata: metadataTemplate }

/** Of an object about which only metadata can be said. */
export const resourceTemplate = (what: string) => object(`Template for ${what}.`, resourceFields)

export const ipFamilies = {
  ipFamilyPolicy: oneOf(
    'IP families of the Service: `SingleStack`, `PreferDualStack` or `RequireDualStack`. Absent: Kubernetes decides.',
    'SingleStack',
    'PreferDualStack',
    'RequireDualStack',
  ),
  ipFamilies: list('IP families of the Service, in order of preference.', oneOf(undefined, 'IPv4', 'IPv6')),
}

export const serviceFields = { metadata: metadataTemplate, ...ipFamilies }

export const serviceTemplate = (what: string) => object(`Template for ${what}.`, serviceFields)

export const deploymentTemplate = object('Template for the Deployment.', {
  metadata: metadataTemplate,
  deploymentStrategy: byDefault(
    'RollingUpdate',
    oneOf('How pods are replaced: `RollingUpdate` or `Recreate`.', 'RollingUpdate', 'Recreate'),
  ),
})

export const podDisruptionBudgetTemplate = object('Template for the PodDisruptionBudget.', {
  metadata: metadataTemplate,
  maxUnavailable: byDefault(1, integer('How many pods may be evicted at once.', { minimum: 0 })),
})

const templatedSources = {
  secret: said('A Secret as files.', secretVolume),
  configMap: said('A ConfigMap as files.', configMapVolume),
  persistentVolumeClaim: said('A PersistentVolumeClaim.', claimVolume),
}

const volume = object(
  undefined,
  {
    name: string('Name by which containers mount it.'),
    ...templatedSources,
    emptyDir: said('A directory that lives as long as the pod.', emptyDirVolume),
    csi: said('A volume of a CSI driver.', csiVolume),
    image: said('The contents of an OCI image.', imageVolume),
  },
  { oneOf: [['secret', 'configMap', 'emptyDir', 'persistentVolumeClaim', 'csi', 'image']] },
)

const templatedVolume = object(
  undefined,
  { name: string('Name by which containers mount it.'), ...templatedSources },
  { oneOf: [['secret', 'configMap', 'persistentVolumeClaim']] },
)

export const podFields = {
  metadata: metadataTemplate,
  imagePullSecrets: list('Secrets with credentials of image registries.', localObjectReference),
  securityContext: said('Security attributes of the pod.', podSecurityContext),
  terminationGracePeriodSeconds: byDefault(
    30,
    integer('Seconds between asking the processes to stop and ending them.', { minimum: 0 }),
  ),
  affinity: said('On which nodes, and beside which pods, the pod may run.', affinity),
  tolerations: list('Taints that the pod tolerates.', toleration),
  topologySpreadConstraints: list('How pods spread over the topology.', topologySpreadConstraint),
  priorityClassName: string('Priority class of the pod.'),
  schedulerName: string('Scheduler of the pod. Absent: the default one.'),
  hostAliases: list('Entries of the hosts file of the pod.', hostAlias),
  dnsPolicy: oneOf('DNS policy of the pod.', 'ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None'),
  dnsConfig: said('DNS settings of the pod.', dnsConfig),
  enableServiceLinks: boolean('Whether Services appear as environment variables.'),
  tmpDirSizeLimit: byDefault('5Mi', string('Size of the directory for temporary files.', { pattern: byteQuantity })),
  volumes: list('More volumes that containers of the pod can mount.', volume),
  hostUsers: boolean('Whether the pod shares the user namespace of its host. Absent: Kubernetes decides.'),
}

export const podTemplate = object('Template for the Pods.', podFields)

/** Of pods that have a number each. */
export const nodePodTemplate = object('Template for the Pods.', {
  ...podFields,
  templatedVolumes: list(
    'More volumes whose names hold `{nodeId}` or `{nodePodName}` and so differ from pod to pod.',
    templatedVolume,
  ),
})

const envValueFrom = object(
  'Where the value comes from.',
  {
    secretKeyRef: said('A key of a Secret.', keySelector),
    configMapKeyRef: said('A key of a ConfigMap.', keySelector),
  },
  { oneOf: [['secretKeyRef'], ['configMapKeyRef']] },
)

const environmentVariable = object(
  undefined,
  { name: string('Its name.'), value: string('Its value.'), valueFrom: envValueFrom },
  { oneOf: [['value'], ['valueFrom']] },
)

export const containerFields = {
  env: list('Environment variables to set.', environmentVariable),
  securityContext: said('Security attributes of the container.', securityContext),
  volumeMounts: list('More volumes to mount.', volumeMount),
}

export const containerTemplate = (what: string) => object(`Template for ${what}.`, containerFields)

export const buildConfigTemplate = object('Template for the BuildConfig (OpenShift).', {
  metadata: metadataTemplate,
  pullSecret: string('Secret with the credentials of the registry of the base image.'),
})

export const nodeTemplates = {
  podSet: resourceTemplate('the StrimziPodSet'),
  pod: nodePodTemplate,
  perPodService: resourceTemplate('the Service of each pod, used from outside'),
  perPodRoute: resourceTemplate('the Route of each pod, used from outside'),
  perPodIngress: resourceTemplate('the Ingress of each pod, used from outside'),
  persistentVolumeClaim: resourceTemplate('the PersistentVolumeClaims'),
  kafkaContainer: containerTemplate('the Kafka container'),
  initContainer: containerTemplate('the init container'),
}
