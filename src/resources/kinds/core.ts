/**
 * Objects of Kubernetes itself that Strimzi's resources hold: their fields mean what the Kubernetes documentation says,
 * so they need no words here.
 */
import { boolean, each, integer, list, map, object, oneOf, quantity, string } from '../schema/types.ts'

const strings = list(undefined, string())
const stringMap = map(undefined, string())

export const labelSelector = object(undefined, {
  matchExpressions: list(undefined, object(undefined, { ...each(string(), 'key', 'operator'), values: strings })),
  matchLabels: stringMap,
})

export const keySelector = object(undefined, { ...each(string(), 'key', 'name'), optional: boolean() })

export const resources = object('CPU and memory to reserve (`requests`) and to allow at most (`limits`).', {
  claims: list(undefined, object(undefined, each(string(), 'name', 'request'))),
  limits: map(undefined, quantity()),
  requests: map(undefined, quantity()),
})

const profile = object(undefined, each(string(), 'localhostProfile', 'type'))
const seLinuxOptions = object(undefined, each(string(), 'level', 'role', 'type', 'user'))
const windowsOptions = object(undefined, {
  ...each(string(), 'gmsaCredentialSpec', 'gmsaCredentialSpecName', 'runAsUserName'),
  hostProcess: boolean(),
})

/** Of a pod and of a container alike. */
const security = {
  appArmorProfile: profile,
  ...each(integer(), 'runAsGroup', 'runAsUser'),
  runAsNonRoot: boolean(),
  seLinuxOptions,
  seccompProfile: profile,
  windowsOptions,
}

export const podSecurityContext = object(undefined, {
  ...security,
  fsGroup: integer(),
  ...each(string(), 'fsGroupChangePolicy', 'seLinuxChangePolicy', 'supplementalGroupsPolicy'),
  supplementalGroups: list(undefined, integer()),
  sysctls: list(undefined, object(undefined, each(string(), 'name', 'value'))),
})

export const securityContext = object(undefined, {
  ...security,
  ...each(boolean(), 'allowPrivilegeEscalation', 'privileged', 'readOnlyRootFilesystem'),
  capabilities: object(undefined, each(strings, 'add', 'drop')),
  procMount: string(),
})

const nodeSelectorTerms = each(
  list(undefined, object(undefined, { ...each(string(), 'key', 'operator'), values: strings })),
  'matchExpressions',
  'matchFields',
)

const podAffinityTerm = object(undefined, {
  ...each(labelSelector, 'labelSelector', 'namespaceSelector'),
  ...each(strings, 'matchLabelKeys', 'mismatchLabelKeys', 'namespaces'),
  topologyKey: string(),
})

const podAffinity = object(undefined, {
  preferredDuringSchedulingIgnoredDuringExecution: list(
    undefined,
    object(undefined, { podAffinityTerm, weight: integer() }),
  ),
  requiredDuringSchedulingIgnoredDuringExecution: list(undefined, podAffinityTerm),
})

export const affinity = object(undefined, {
  nodeAffinity: object(undefined, {
    preferredDuringSchedulingIgnoredDuringExecution: list(
      undefined,
      object(undefined, { preference: object(undefined, nodeSelectorTerms), weight: integer() }),
    ),
    requiredDuringSchedulingIgnoredDuringExecution: object(undefined, {
      nodeSelectorTerms: list(undefined, object(undefined, nodeSelectorTerms)),
    }),
  }),
  podAffinity,
  podAntiAffinity: podAffinity,
})

export const toleration = object(undefined, {
  ...each(string(), 'effect', 'key', 'operator', 'value'),
  tolerationSeconds: integer(),
})

export const topologySpreadConstraint = object(undefined, {
  labelSelector,
  matchLabelKeys: strings,
  ...each(integer(), 'maxSkew', 'minDomains'),
  ...each(string(), 'nodeAffinityPolicy', 'nodeTaintsPolicy', 'topologyKey', 'whenUnsatisfiable'),
})

export const localObjectReference = object(undefined, { name: string() })

export const hostAlias = object(undefined, { hostnames: strings, ip: string() })

export const dnsConfig = object(undefined, {
  ...each(strings, 'nameservers', 'searches'),
  options: list(undefined, object(undefined, each(string(), 'name', 'value'))),
})

const volumeItems = list(undefined, object(undefined, { ...each(string(), 'key', 'path'), mode: integer() }))
const volumeFile = { defaultMode: integer(), items: volumeItems, optional: boolean() }

export const secretVolume = object(undefined, { ...volumeFile, secretName: string() })
export const configMapVolume = object(undefined, { ...volumeFile, name: string() })
export const claimVolume = object(undefined, { claimName: string(), readOnly: boolean() })

/** The shape of a quantity of bytes, where a schema wants it as text. */
export const byteQuantity = '^([0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'

export const emptyDirVolume = object(undefined, {
  medium: oneOf(undefined, 'Memory'),
  sizeLimit: string(undefined, { pattern: byteQuantity }),
})
export const csiVolume = object(undefined, {
  ...each(string(), 'driver', 'fsType'),
  nodePublishSecretRef: localObjectReference,
  readOnly: boolean(),
  volumeAttributes: stringMap,
})
export const imageVolume = object(undefined, each(string(), 'pullPolicy', 'reference'))

export const volumeMount = object(undefined, {
  ...each(string(), 'mountPath', 'mountPropagation', 'name', 'recursiveReadOnly', 'subPath', 'subPathExpr'),
  readOnly: boolean(),
})

export const networkPolicyPeer = object(undefined, {
  ipBlock: object(undefined, { cidr: string(), except: strings }),
  ...each(labelSelector, 'namespaceSelector', 'podSelector'),
})
