import type { JsonObject, Kind, KindVersion, Verb } from '../kind.ts'
import { groupVersion, isCustom, type Registry } from './registry.ts'

/**
 * OpenAPI v3, a document for each group and version: from it kubectl learns that the server validates fields and which
 * fields there are (`kubectl explain`). Documents are built when somebody asks; their addresses name the state of the
 * kinds, so clients keep them.
 */
export function openApiIndex(registry: Registry, epoch: string): unknown {
  const paths: Record<string, { serverRelativeURL: string }> = {}
  for (const [path] of servedVersions(registry)) {
    paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${epoch}-${registry.generation}` }
  }
  return { paths }
}

/** `path`: `api/v1`, `apis/apps/v1`. Null when it is not served. */
export function openApiDocument(registry: Registry, path: string, version: string): unknown {
  const kinds = servedVersions(registry).get(path)
  if (kinds === undefined) return null
  const schemas: Record<string, unknown> = {}
  const paths: Record<string, unknown> = {}
  for (const [kind, served] of kinds) {
    const { schema, definitions = {} } = served.schema.openApi()
    const name = schemaName(kind.group, served.name, kind.kind)
    const gvk = { group: kind.group, version: served.name, kind: kind.kind }
    Object.assign(schemas, definitions)
    schemas[name] = { ...schema, 'x-kubernetes-group-version-kind': [gvk] }
    schemas[`${name}List`] = listSchema(kind, served, name)
    Object.assign(paths, pathsOf(`/${path}`, kind, served, name))
  }
  return { openapi: '3.0.0', info: { title: 'Kubernetes', version }, paths, components: { schemas } }
}

function servedVersions(registry: Registry): Map<string, [Kind, KindVersion][]> {
  const served = new Map<string, [Kind, KindVersion][]>()
  for (const kind of registry.all()) {
    for (const version of kind.versions) {
      if (!version.served) continue
      const path = kind.group === '' ? `api/${version.name}` : `apis/${groupVersion(kind.group, version.name)}`
      const kinds = served.get(path)
      if (kinds === undefined) served.set(path, [[kind, version]])
      else kinds.push([kind, version])
    }
  }
  return served
}

/** `io.k8s.api.apps.v1.Deployment` for Kubernetes' own, `io.strimzi.kafka.v1.Kafka` for others. */
function schemaName(group: string, version: string, kind: string): string {
  if (group === '') return `io.k8s.api.core.${version}.${kind}`
  if (!group.includes('.')) return `io.k8s.api.${group}.${version}.${kind}`
  if (group.endsWith('.k8s.io')) return `io.k8s.api.${group.split('.')[0]}.${version}.${kind}`
  return `${group.split('.').reverse().join('.')}.${version}.${kind}`
}

const text = { type: 'string' }

function listSchema(kind: Kind, { name: version }: KindVersion, item: string): unknown {
  return {
    description: `${kind.kind}List is a list of ${kind.kind}`,
    type: 'object',
    required: ['items'],
    properties: {
      apiVersion: text,
      kind: text,
      metadata: { type: 'object' },
      items: { type: 'array', items: { $ref: `#/components/schemas/${item}` } },
    },
    'x-kubernetes-group-version-kind': [{ group: kind.group, version, kind: `${kind.kind}List` }],
  }
}

const parameter = (name: string, where: 'query' | 'path', description: string): JsonObject => ({
  name,
  in: where,
  description,
  ...(where === 'path' ? { required: true } : {}),
  schema: { type: 'string', uniqueItems: true },
})

const dryRun = parameter('dryRun', 'query', 'All: nothing is stored.')
const fieldManager = parameter('fieldManager', 'query', 'In whose name fields are written.')
const fieldValidation = parameter(
  'fieldValidation',
  'query',
  'What happens to unknown and duplicate fields: Ignore, Warn or Strict.',
)
const force = parameter('force', 'query', 'Apply takes fields over that others own.')

function pathsOf(base: string, kind: Kind, { name: version }: KindVersion, schema: string): Record<string, unknown> {
  const gvk = { group: kind.group, version, kind: kind.kind }
  const has = (verb: Verb): boolean => kind.verbs === undefined || kind.verbs.includes(verb)
  const content = (name: string): JsonObject => ({
    'application/json': { schema: { $ref: `#/components/schemas/${name}` } },
  })
  const operation = (action: string, parameters: JsonObject[], takesBody: boolean, answer = schema): JsonObject => ({
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': gvk,
    parameters,
    ...(takesBody ? { requestBody: { content: content(schema) } } : {}),
    responses: { '200': { description: 'OK', content: content(answer) } },
  })
  const strategic = isCustom(kind) ? [] : ['strategic-merge-patch+json']
  const patchBody = Object.fromEntries(
    ['json-patch+json', 'merge-patch+json', ...strategic, 'apply-patch+yaml'].map((type) => [
      `application/${type}`,
      { schema: { type: 'object' } },
    ]),
  )
  const root = kind.namespaced ? `${base}/namespaces/{namespace}/${kind.resource}` : `${base}/${kind.resource}`
  const namespace = kind.namespaced ? [parameter('namespace', 'path', 'The namespace.')] : []
  const name = parameter('name', 'path', `The name of the ${kind.kind}.`)
  const writing = [dryRun, fieldManager, fieldValidation]
  const patching = [...writing, force]
  const paths: Record<string, unknown> = {
    [root]: {
      parameters: namespace,
      ...(has('list') ? { get: operation('list', [], false, `${schema}List`) } : {}),
      ...(has('create') ? { post: operation('post', writing, true) } : {}),
      ...(has('deletecollection') ? { delete: operation('deletecollection', [dryRun], false) } : {}),
    },
  }
  if (!has('get')) return paths
  const one = {
    parameters: [name, ...namespace],
    get: operation('get', [], false),
    put: operation('put', writing, true),
    patch: { ...operation('patch', patching, false), requestBody: { content: patchBody } },
  }
  paths[`${root}/{name}`] = { ...one, delete: operation('delete', [dryRun], false) }
  if (kind.subresources.status) paths[`${root}/{name}/status`] = one
  return paths
}
