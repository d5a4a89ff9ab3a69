/** What differs from Kubernetes on purpose, by the name of the request: docs/kubernetes-api.md says why. */

/** Pods are given no token of their service account. */
const token = ['.spec.volumes', '.spec.containers[0].volumeMounts', '.spec.initContainers[0].volumeMounts']
/** Refusals show the value as it is in JSON, not as Kubernetes holds it inside. */
const inside = ['.message: ', '.details.causes[0].message: ']
/** Which fields of a pod changed is said by name, not as a diff of Go structures. */
const changed = inside
const refusedPatch = ['.details.causes: ']

export const known: Readonly<Record<string, readonly string[]>> = {
  'group: none': [': '],
  'configmap: other version': ['.message: '],
  'json patch: test fails': refusedPatch,
  'json patch: no such path': refusedPatch,
  'json patch: unknown operation': refusedPatch,
  'patch of another media type': ['.message: ', '.details: '],
  'patch with a wrong uid': ['status: ', '.message: ', '.reason: ', '.details.', '.code: '],
  'list: bad label selector': ['.message: '],
  'list: field selector': ['.items[0].apiVersion: ', '.items[0].kind: '],
  'list: unknown field selector': ['.message: '],
  'list: bad limit': ['status: ', '.'],
  'list: bad continue': ['.message: '],
  'service: the same port twice': inside,
  'pod: create': token,
  'pod: full': token,
  'pod: image': token,
  'pod: another command': changed,
  'pod: status': token,
  'pod: delete': [...token, '.metadata.'],
  'deployment: bad strategy': inside,
  'deployment: retainKeys': ['.metadata.managedFields', '.metadata.annotations', '.status.'],
  'claim: another class': changed,
  'binding: another role': inside,
  'budget: both': inside,
  'definition: bad rule': inside,
}
