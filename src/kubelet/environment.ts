/** The environment and the words of a container. */
import { base64Decode } from '../bytes/index.ts'
import { fieldOf, type Placed, resourceOf } from './downward.ts'
import type { ConfigMap, Container, EnvFrom, EnvVar, Pod, Secret } from './pod-types.ts'

/** The pod's own namespace. */
export interface Neighbours {
  configMap(name: string): ConfigMap | undefined
  secret(name: string): Secret | undefined
}

/** What cannot be resolved, in the kubelet's words. */
export interface Lacking {
  readonly lacks: string
}

export const isLacking = (value: object): value is Lacking => 'lacks' in value

/** `base` is the image's own, which the pod's overrides and may refer to. */
export function environmentOf(
  pod: Pod,
  container: Container,
  base: Readonly<Record<string, string>>,
  neighbours: Neighbours,
  placed: Placed,
): Record<string, string> | Lacking {
  const env: Record<string, string> = { ...base }
  for (const from of container.envFrom ?? []) {
    const values = allOf(pod, from, neighbours)
    if (isLacking(values)) return values
    Object.assign(env, (values as { readonly all: Record<string, string> }).all)
  }
  for (const variable of container.env ?? []) {
    const value = variableOf(pod, container, variable, neighbours, placed, env)
    if (typeof value === 'object' && value !== null) return value
    if (value !== null) env[variable.name] = value
  }
  return env
}

/** Null: an optional one that is not there. */
function variableOf(
  pod: Pod,
  container: Container,
  { value, valueFrom }: EnvVar,
  neighbours: Neighbours,
  placed: Placed,
  env: Readonly<Record<string, string>>,
): string | null | Lacking {
  if (valueFrom === undefined) return expanded(value ?? '', env)
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = valueFrom
  const lacks = (text: string): Lacking => ({ lacks: text })
  if (fieldRef !== undefined) {
    return fieldOf(pod, fieldRef, placed) ?? lacks(`unsupported fieldPath: ${fieldRef.fieldPath}`)
  }
  if (resourceFieldRef !== undefined) {
    const found = resourceOf(pod, resourceFieldRef, container, placed)
    return found ?? lacks(`unsupported container resource: ${resourceFieldRef.resource}`)
  }
  const ref = configMapKeyRef ?? secretKeyRef
  if (ref === undefined) return ''
  const what = configMapKeyRef === undefined ? 'secret' : 'configmap'
  const object = configMapKeyRef === undefined ? neighbours.secret(ref.name) : neighbours.configMap(ref.name)
  if (object === undefined) return ref.optional === true ? null : lacks(`${what} "${ref.name}" not found`)
  const text = object.data?.[ref.key]
  if (text !== undefined) return configMapKeyRef === undefined ? decoded(text) : text
  if (ref.optional === true) return null
  const kind = configMapKeyRef === undefined ? 'Secret' : 'ConfigMap'
  return lacks(`couldn't find key ${ref.key} in ${kind} ${pod.metadata.namespace}/${ref.name}`)
}

function allOf(
  _pod: Pod,
  { prefix = '', configMapRef, secretRef }: EnvFrom,
  neighbours: Neighbours,
): { readonly all: Record<string, string> } | Lacking {
  const ref = configMapRef ?? secretRef
  if (ref === undefined) return { all: {} }
  const object = configMapRef === undefined ? neighbours.secret(ref.name) : neighbours.configMap(ref.name)
  if (object === undefined) {
    if (ref.optional === true) return { all: {} }
    return { lacks: `${configMapRef === undefined ? 'secret' : 'configmap'} "${ref.name}" not found` }
  }
  const all: Record<string, string> = {}
  for (const [key, text] of Object.entries(object.data ?? {})) {
    all[prefix + key] = configMapRef === undefined ? decoded(text) : text
  }
  return { all }
}

const decoded = (text: string): string => new TextDecoder().decode(base64Decode(text))

/** `$(NAME)` is the variable's value when there is one; `$$(NAME)` is `$(NAME)`. */
export function expanded(text: string, env: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$(\$|\(([^()]*)\))/g, (whole, after: string, name: string | undefined) => {
    if (after === '$') return '$'
    return env[name!] ?? whole
  })
}
