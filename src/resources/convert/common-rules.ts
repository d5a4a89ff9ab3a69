/** Rules that several kinds share. */
import { drop, move, type Note, type Rule } from './rule.ts'
import { at, get, type Path, set, type Tree } from './tree.ts'

export const note = (reason: string, message: string): Note => ({ reason, message })

const gone = (what: string): Note => note('DeprecatedFields', `${what} means nothing any more and is not acted upon.`)

/** A path within a component; the component '' is the spec itself. */
export const under = (component: string, ...keys: readonly string[]): Path =>
  component === '' ? keys : [...at(component), ...keys]

/** Fields that mean nothing today, each said with its path. */
export const dead = (age: Rule['age'], ...paths: readonly string[]): Rule =>
  drop(age, paths.map(at), (kept) =>
    paths.filter((path) => get(kept, at(path)) !== undefined).map((path) => gone(`spec.${path}`)),
  )

/** Affinity and tolerations stood at the component itself; now they stand in the template of its pods. */
export const scheduling = (component: string, template = component): readonly Rule[] =>
  ['affinity', 'tolerations'].map((field) =>
    move('early', under(component, field), under(template, 'template', 'pod', field)),
  )

/** `logging: {type: external, name: NAME}` names a ConfigMap whose key was fixed. */
export const externalLogging = (component: string, key: string): Rule =>
  move('early', under(component, 'logging', 'name'), under(component, 'logging', 'valueFrom'), (name) => ({
    configMapKeyRef: { name, key },
  }))

/** Metrics were written into the resource; now a ConfigMap has them, which a converter of one object cannot make. */
export const inlineMetrics = (component: string): Rule => {
  const path = under(component, 'metrics')
  return drop('early', [path], () => [
    note(
      'InlineMetrics',
      `spec.${path.join('.')} is kept but not acted upon: its rules belong into a ConfigMap, named in metricsConfig; \`millrace convert -f\` writes both.`,
    ),
  ])
}

/** Authentication that v1 has no type for. It becomes `custom`, which never opens anything. */
export const oauthClient = (component: string): Rule => {
  const path = under(component, 'authentication')
  return {
    age: 'late',
    takes: [path],
    makes: [path],
    when: (spec) => get(spec, [...path, 'type']) === 'oauth',
    up: (spec) => set(spec, path, { type: 'custom', sasl: true }),
    says: (kept) => (get(kept, [...path, 'type']) === 'oauth' ? [typeGone(`spec.${path.join('.')}`, 'oauth')] : []),
  }
}

export const typeGone = (path: string, type: string): Note =>
  note(
    'UnsupportedType',
    `${path}: type ${type} is no more; it is read as type custom, whose settings have to be written by hand.`,
  )

/** A value that v1 wants where the old version had a default. */
export const nowWanted = (field: string, value: number): Rule => ({
  age: 'late',
  takes: [],
  makes: [[field]],
  when: (spec) => spec[field] === undefined,
  up: (spec) => ({ ...spec, [field]: value }),
})

/** Seconds became milliseconds. */
export const intervalMs = (component: string): Rule =>
  move(
    'late',
    at(`${component}.reconciliationIntervalSeconds`),
    at(`${component}.reconciliationIntervalMs`),
    (seconds) => Number(seconds) * 1000,
  )

/** `pause: true` became `state: paused`. */
export const pausedState = (connector: Tree): Tree => {
  if (!('pause' in connector)) return connector
  const { pause, ...rest } = connector
  return pause === true && rest['state'] === undefined ? { ...rest, state: 'paused' } : rest
}

/** Tracing by Jaeger's own client. */
export const jaeger: Rule = {
  age: 'late',
  takes: [at('tracing')],
  when: (spec) => get(spec, at('tracing.type')) === 'jaeger',
  says: () => [note('DeprecatedFields', 'spec.tracing: jaeger is no more; only opentelemetry is.')],
}
