/** Which resources a command line means: `pods`, `po,svc`, `pod a b`, `deploy/x pod/y`, or those in files. */
import { readResources, type Written } from '../../../cli/manifests/read.ts'
import type { Obj } from '../../../kube-client/index.ts'
import { nodeWorld } from '../../cli-world.ts'
import { type Kind, pathOf } from './kinds.ts'
import { isMissing } from './requests.ts'
import { type Call, Mistake } from './verb.ts'

export interface Target {
  readonly kind: Kind
  /** Null: all that the selector lets through. */
  readonly name: string | null
  readonly namespace: string | null
}

export async function targetsOf(call: Call, wants: string): Promise<readonly Target[]> {
  const files = call.values('filename')
  if (files.length > 0) {
    const written = await writtenIn(call, files)
    return Promise.all(written.map((one) => targetOf(call, one.object)))
  }
  const [first, ...names] = call.args
  if (first === undefined) throw new Mistake(wants)
  const targets: Target[] = []
  const place = (kind: Kind, name: string | null): Target => {
    if (name !== null && call.namespace === null && kind.namespaced) {
      throw new Mistake('a resource cannot be retrieved by name across all namespaces')
    }
    return { kind, name, namespace: kind.namespaced ? call.namespace : null }
  }
  if (first.includes('/')) {
    for (const word of call.args) {
      const [type = '', name = '', more] = word.split('/')
      if (type === '' || name === '' || more !== undefined) {
        throw new Mistake('arguments in resource/name form must have a single resource and name')
      }
      for (const kind of await call.kinds.named(type)) targets.push(place(kind, name))
    }
    return targets
  }
  for (const type of first.split(',')) {
    for (const kind of await call.kinds.named(type)) {
      if (names.length === 0) targets.push(place(kind, null))
      else for (const name of names) targets.push(place(kind, name))
    }
  }
  return targets
}

export async function targetOf(call: Call, object: Obj): Promise<Target> {
  const kind = await call.kinds.of(object.apiVersion, object.kind)
  if (kind === null) {
    const what = `no matches for kind "${object.kind}" in version "${object.apiVersion}"`
    throw new Mistake(`resource mapping not found for name: "${object.metadata.name}": ${what}`)
  }
  const said = object.metadata.namespace
  if (kind.namespaced && said !== undefined && call.value('namespace') !== null && said !== call.namespace) {
    throw new Mistake(
      `the namespace from the provided object "${said}" does not match the namespace "${call.namespace}". You must pass '--namespace=${said}' to perform this operation.`,
    )
  }
  return { kind, name: object.metadata.name, namespace: kind.namespaced ? (said ?? call.namespace ?? 'default') : null }
}

/** Checked before anything is sent; what is wrong is said with file and line. */
export async function writtenIn(call: Call, files: readonly string[]): Promise<readonly Written[]> {
  const url = files.find((file) => /^https?:\/\//.test(file))
  if (url !== undefined) throw new Mistake(`-f ${url}: URLs need kubectl; here save it as a file first`)
  const { resources, errors, warnings } = await readResources(nodeWorld(), files).catch((thrown: Error) => {
    throw new Mistake(thrown.message)
  })
  for (const text of warnings) call.err(`warning: ${text}\n`)
  if (errors.length > 0) throw new Mistake(errors.join('\n'))
  if (resources.length === 0) throw new Mistake('no objects passed')
  return resources
}

export const selection = (call: Call): { labelSelector: string | null; fieldSelector: string | null } => ({
  ...{ labelSelector: call.value('selector'), fieldSelector: call.value('field-selector') },
})

/** The objects themselves. A list's entries get their kind, which lists leave out. */
export async function objectsOf(call: Call, target: Target): Promise<readonly Obj[]> {
  const { kind, name, namespace } = target
  const path = pathOf(kind, namespace, name)
  if (name !== null) return [await call.api.json<Obj>(path)]
  const list = await call.api.json<{ items: readonly Obj[] }>(path, { query: selection(call) })
  const apiVersion = kind.group === '' ? kind.version : `${kind.group}/${kind.version}`
  return list.items.map((item) => ({ ...item, apiVersion, kind: kind.kind }))
}

/** Null: there is none. */
export async function objectOr(call: Call, { kind, name, namespace }: Target): Promise<Obj | null> {
  try {
    return await call.api.json<Obj>(pathOf(kind, namespace, name))
  } catch (thrown) {
    if (isMissing(thrown)) return null
    throw thrown
  }
}
