/** A CustomResourceDefinition as a row for the API server. */
import { ageOf, type Json, type Obj, timestampMs } from '../../kube-client/index.ts'
import type { Column, Convert, JsonObject, Kind, KindVersion, MergeRule, Path, ScalePaths, Schema } from '../kind.ts'
import { listOf, recordOf, textOf } from '../kinds/read.ts'
import type { Cel } from '../schema/cel.ts'
import { compileSchema } from '../schema/custom.ts'
import { goJson } from '../schema/errors.ts'
import { isRecord } from '../schema/node.ts'
import { parseJsonPath } from './json-path.ts'

/**
 * The definition was accepted (its schemas compile). `convert`: in place of its webhook; without one, versions differ in
 * apiVersion alone.
 */
export function customKind(definition: Obj, cel: Cel | null, convert?: Convert): Kind {
  const spec = recordOf(definition['spec'])
  const names = recordOf(spec['names'])
  const versions = listOf(spec['versions']).map(recordOf)
  const storage = versions.find((version) => version['storage'] === true) ?? versions[0]!
  const subresources = recordOf(storage['subresources'])
  const scale = subresources['scale'] === undefined ? undefined : scaleOf(recordOf(subresources['scale']))
  return {
    group: textOf(spec['group']),
    resource: textOf(names['plural']),
    singular: textOf(names['singular']),
    kind: textOf(names['kind']),
    namespaced: spec['scope'] !== 'Cluster',
    shortNames: listOf(names['shortNames']).map(textOf),
    categories: listOf(names['categories']).map(textOf),
    versions: byPriority(
      versions.map((version) => versionOf(version, textOf(spec['group']), textOf(names['kind']), cel)),
    ),
    storage: textOf(storage['name']),
    subresources: {
      ...(subresources['status'] === undefined ? {} : { status: true as const }),
      ...(scale === undefined ? {} : { scale }),
    },
    ...(convert === undefined ? {} : { convert }),
    isCustom: true,
  }
}

function scaleOf(scale: Readonly<Record<string, unknown>>): ScalePaths {
  const selector = textOf(scale['labelSelectorPath'])
  return {
    specReplicas: textOf(scale['specReplicasPath']),
    statusReplicas: textOf(scale['statusReplicasPath']),
    ...(selector === '' ? {} : { selector }),
  }
}

function versionOf(
  version: Readonly<Record<string, unknown>>,
  group: string,
  kind: string,
  cel: Cel | null,
): KindVersion {
  const name = textOf(version['name'])
  const openApi = recordOf(version['schema'])['openAPIV3Schema']
  const given = textOf(version['deprecationWarning'])
  const warning = given || `${group}/${name} ${kind} is deprecated`
  return {
    name,
    served: version['served'] === true,
    schema: new LazySchema(() => compileSchema(isRecord(openApi) ? (openApi as JsonObject) : null, cel).schema),
    columns: columnsOf(listOf(version['additionalPrinterColumns'])),
    ...(version['deprecated'] === true ? { warning } : {}),
  }
}

/** Compiled when it is first needed: most versions of most kinds never are. */
class LazySchema implements Schema {
  readonly #compile: () => Schema
  #compiled: Schema | null = null

  constructor(compile: () => Schema) {
    this.#compile = compile
  }

  get root(): Schema['root'] {
    return this.#schema().root
  }

  check(object: Obj, prev?: Obj): ReturnType<Schema['check']> {
    return this.#schema().check(object, prev)
  }

  merge(path: Path): MergeRule {
    return this.#schema().merge(path)
  }

  openApi(): ReturnType<Schema['openApi']> {
    return this.#schema().openApi()
  }

  #schema(): Schema {
    this.#compiled ??= this.#compile()
    return this.#compiled
  }
}

/** Kubernetes' order: v2 before v1, both before v2beta1, before v1alpha1, before names of other forms. */
export function byPriority(versions: readonly KindVersion[]): KindVersion[] {
  const stages = ['alpha', 'beta', '']
  const rank = (name: string): readonly number[] => {
    const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(name)
    return match === null ? [-1] : [stages.indexOf(match[2] ?? ''), Number(match[1]), Number(match[3] ?? 0)]
  }
  return [...versions].sort((a, b) => {
    const [left, right] = [rank(a.name), rank(b.name)]
    for (const [at, value] of right.entries()) if (value !== left[at]) return value - (left[at] ?? 0)
    return a.name < b.name ? -1 : 1
  })
}

const age: Column = {
  name: 'Age',
  type: 'date',
  cell: ({ metadata }, nowMs) => agoOf(metadata.creationTimestamp, nowMs),
}

function agoOf(time: unknown, nowMs: number): string {
  if (typeof time !== 'string' || time === '') return '<unknown>'
  const ms = timestampMs(time)
  return Number.isNaN(ms) ? '<invalid>' : ageOf(ms, nowMs)
}

function columnsOf(columns: readonly unknown[]): readonly Column[] {
  if (columns.length === 0) return [age]
  return columns.map(recordOf).map((column) => {
    const type = textOf(column['type']) as Column['type']
    const find = parseJsonPath(textOf(column['jsonPath']))
    const priority = Number(column['priority'] ?? 0)
    const description = textOf(column['description'])
    return {
      name: textOf(column['name']),
      type,
      ...(priority > 0 ? { priority } : {}),
      ...(description === '' ? {} : { description }),
      cell: (object, nowMs) => cellOf(find?.(object) ?? [], type, nowMs),
    }
  })
}

function cellOf(found: readonly unknown[], type: Column['type'], nowMs: number): Json {
  const value = found[0]
  if (found.length === 0 || value === null || value === undefined) return type === 'string' ? '' : null
  switch (type) {
    case 'date':
      return agoOf(value, nowMs)
    case 'integer':
    case 'number':
      return typeof value === 'number' ? value : null
    case 'boolean':
      return typeof value === 'boolean' ? value : null
    case 'string':
      return typeof value === 'object' ? goJson(value) : String(value)
  }
}
