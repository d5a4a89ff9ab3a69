/** Our definitions of Strimzi's kinds beside those that Strimzi's own generator writes, field by field. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { parse } from 'yaml'
import { strimziVersion, strimziVersionBefore } from '../../scripts/strimzi-crds.ts'
import { customResourceDefinitions } from '../../src/resources/index.ts'
import { needs, placeOf } from './world.ts'

type Tree = Record<string, unknown>
interface Definition {
  readonly spec: { readonly names: { readonly kind: string }; readonly versions: readonly (Tree & { name: string })[] }
}

/** Where ours differ on purpose: the beginning of a path, and why. */
const differences: readonly (readonly [version: string, path: RegExp, why: string])[] = [
  ['v1', /status\.clusterSecurity\.properties$/, 'theirs is empty: the same as none'],
]

/** What theirs had and ours lack. */
const lackedBefore: readonly (readonly [path: RegExp, why: string])[] = [
  [/\.(storage|served|deprecated|deprecationWarning|additionalPrinterColumns)\b/, 'it is an old version here'],
  [/status\b/, 'the status is that of v1'],
  [
    /(authentication|authorization)\b/,
    'fields of oauth, keycloak and opa are kept without being named; v1 has more types',
  ],
  [/\b(statefulset|tlsSidecar|tlsSidecarContainer|jmxTrans|externalConfiguration)\b/, 'kept, acted upon no more'],
  [/kafkaExporter\.template\.service|template\.deployment\b/, 'kept, acted upon no more'],
  [
    /(zookeeperSessionTimeoutSeconds|topicMetadataMaxAttempts|cpuUtilization|brokerCapacity\.disk)\b/,
    'kept, any number',
  ],
  [/\brack\b/, 'v1 has a second way, so fewer fields are required'],
  [/\bmetricsConfig\b/, 'v1 has a second type'],
  [/emptyDir\.(sizeLimit|medium)\b/, 'theirs is an object that Kubernetes refuses; ours is text'],
  [/volumes\[\]\.(image|oneOf)|oneOf\[0\]\.properties\.image|\btemplatedVolumes\b/, 'v1 has more kinds of volumes'],
  [/\bspec\.required\b|\.required\b/, 'v1 says it elsewhere, or wants it where v1beta2 did not'],
]

interface Difference {
  readonly path: string
  readonly ours: unknown
  readonly theirs: unknown
}

const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null
const named: ReadonlySet<string> = new Set(['properties', 'schema', 'openAPIV3Schema'])
const isProse = (key: string, value: unknown) => key === 'description' && typeof value === 'string'

/** Text for people is our own, and the order of names means nothing. */
function differ(ours: unknown, theirs: unknown, path: string, found: Difference[]): Difference[] {
  if (path.endsWith('.required') && Array.isArray(ours) && Array.isArray(theirs)) {
    ours = [...ours].sort()
    theirs = [...theirs].sort()
  }
  if (isTree(ours) && isTree(theirs)) {
    for (const key of new Set([...Object.keys(ours), ...Object.keys(theirs)])) {
      if (isProse(key, ours[key] ?? theirs[key])) continue
      const step = key === 'items' ? '[]' : named.has(key) && !path.endsWith('clusterSecurity') ? '' : `.${key}`
      differ(ours[key], theirs[key], path + step, found)
    }
  } else if (ours !== theirs) found.push({ path, ours, theirs })
  return found
}

const ours = customResourceDefinitions() as unknown as readonly Definition[]

function compared(kind: string, version: string, folder: string): Difference[] {
  const theirs = parse(readFileSync(join(folder, `${kind}.yaml`), 'utf8')) as Definition
  const own = ours.find((definition) => definition.spec.names.kind === kind)!
  const only = (definition: Definition) => ({
    ...definition,
    spec: { ...definition.spec, versions: definition.spec.versions.filter((v) => v.name === version) },
  })
  return differ(structuredClone(only(own)), only(theirs), kind, [])
}

const kindsOfV1 = ours.filter((d) => d.spec.versions[0]!.name === 'v1').map((d) => d.spec.names.kind)

describe(`the definitions of Strimzi ${strimziVersion}`, { skip: needs('strimzi') }, () => {
  for (const kind of kindsOfV1)
    test(`${kind} v1 is the same, but for what is listed`, () => {
      const found = compared(kind, 'v1', placeOf('strimzi'))
      const unexpected = found.filter(({ path }) => !differences.some(([, pattern]) => pattern.test(path)))
      assert.deepEqual(unexpected, [])
    })
})

describe(`the definitions of Strimzi ${strimziVersionBefore}`, { skip: needs('strimzi-before') }, () => {
  for (const kind of [...kindsOfV1, 'KafkaMirrorMaker'])
    test(`${kind} v1beta2 lacks no field of theirs, but for what is listed`, () => {
      const lacking = compared(kind, 'v1beta2', placeOf('strimzi-before')).filter(({ ours }) => ours === undefined)
      assert.deepEqual(
        lacking.filter(({ path }) => !lackedBefore.some(([pattern]) => pattern.test(path))),
        [],
      )
    })
})
