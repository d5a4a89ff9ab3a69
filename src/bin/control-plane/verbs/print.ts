/** `-o`: how resources are shown. */
import { writeYamlFlat } from '../../../cli/manifests/yaml.ts'
import type { Obj } from '../../../kube-client/index.ts'
import { jsonPath } from './json-path.ts'
import { type Kind, kindText } from './kinds.ts'
import { type Call, type FlagSpec, Mistake } from './verb.ts'

export const outputFlags: readonly FlagSpec[] = [
  { name: 'output', short: 'o', takes: 'HOW', help: 'wide, name, yaml, json or jsonpath=TEMPLATE' },
  { name: 'show-managed-fields', help: 'in yaml and json, say who wrote which field' },
]

export type Output =
  | { readonly as: 'table'; readonly isWide: boolean }
  | { readonly as: 'name' }
  | { readonly as: 'whole'; readonly text: (value: unknown) => string }

export function outputOf(call: Call): Output {
  const said = call.value('output')
  if (said === null || said === '') return { as: 'table', isWide: false }
  const [how = '', template] = said.split(/=(.*)/s)
  if (said === 'wide') return { as: 'table', isWide: true }
  if (said === 'name') return { as: 'name' }
  if (said === 'yaml') return { as: 'whole', text: writeYamlFlat }
  if (said === 'json') return { as: 'whole', text: (value) => `${JSON.stringify(value, null, 4)}\n` }
  if (how === 'jsonpath') {
    if (!template) throw new Mistake('template format specified but no template given')
    return { as: 'whole', text: jsonPath(template) }
  }
  const known = [
    'custom-columns',
    'custom-columns-file',
    'go-template',
    'go-template-file',
    'jsonpath-file',
    'template',
  ]
  const can = 'wide, name, yaml, json and jsonpath=TEMPLATE'
  if (known.includes(how) || known.includes(said)) throw new Mistake(`-o ${how} needs kubectl; here there are ${can}`)
  throw new Mistake(`unable to match a printer suitable for the output format "${said}", allowed formats are: ${can}`)
}

export const nameLine = (kind: Kind, name: string): string => `${kindText(kind)}/${name}`

/** Fields in order, without what only the server needs. */
export function shownObject(call: Call, object: Obj): unknown {
  if (call.has('show-managed-fields')) return ordered(object)
  const { managedFields: _, ...metadata } = object.metadata
  return ordered({ ...object, metadata })
}

export const listOf = (items: readonly unknown[]): unknown => ({
  ...{ apiVersion: 'v1', items, kind: 'List', metadata: { resourceVersion: '' } },
})

export function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered)
  if (typeof value !== 'object' || value === null) return value
  const fields = value as Readonly<Record<string, unknown>>
  return Object.fromEntries(
    Object.keys(fields)
      .sort()
      .map((name) => [name, ordered(fields[name])]),
  )
}

/** What apply, create and delete say of one resource: a line, or the resource as `-o` wants it. */
export function tell(call: Call, kind: Kind, object: Obj, done: string): void {
  const output = outputOf(call)
  const { name } = object.metadata
  if (output.as === 'name') call.out(`${nameLine(kind, name)}\n`)
  else if (output.as === 'whole') call.out(output.text(shownObject(call, object)))
  else call.out(`${nameLine(kind, name)} ${done}\n`)
}
