import { ageOf, type Obj, timestampMs } from '../../kube-client/index.ts'
import type { Query } from '../api-server.ts'
import type { Column, Kind, KindVersion } from '../kind.ts'
import type { Shape } from './accept.ts'
import { badRequest } from './problem.ts'
import { groupVersion } from './registry.ts'

/** How answers look: whole objects, tables for people, or metadata alone. */

export interface ListMeta {
  readonly resourceVersion?: string
  readonly continue?: string
  readonly remainingItemCount?: number
}

export interface Presenter {
  one(object: Obj): unknown
  list(objects: readonly Obj[], metadata: ListMeta): unknown
  /** In a table it is a row without cells: its metadata is what counts. */
  bookmark(object: Obj): unknown
}

interface PresenterOptions {
  readonly kind: Kind
  readonly version: KindVersion
  readonly shape: Shape
  readonly query: Query
  readonly nowMs: () => number
  /** A watch says the columns once. */
  readonly isStream?: boolean
}

export function presenterOf(options: PresenterOptions): Presenter {
  const { kind, version, shape } = options
  if (shape === 'table') return tables(options)
  if (shape === 'partial' || shape === 'partial-list') {
    return {
      one: partial,
      bookmark: partial,
      list: (objects, metadata) => ({
        kind: 'PartialObjectMetadataList',
        apiVersion: 'meta.k8s.io/v1',
        metadata,
        items: objects.map(partial),
      }),
    }
  }
  return {
    one: (object) => object,
    bookmark: (object) => object,
    list: (objects, metadata) => ({
      kind: `${kind.kind}List`,
      apiVersion: groupVersion(kind.group, version.name),
      metadata,
      items: objects,
    }),
  }
}

const partial = ({ metadata }: Obj): Obj => ({ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata })

function tables({ version, query, nowMs, isStream = false }: PresenterOptions): Presenter {
  const include = query.get('includeObject') ?? 'Metadata'
  if (!['Metadata', 'None', 'Object'].includes(include)) {
    throw badRequest(`unrecognized includeObject value: ${JSON.stringify(include)}`)
  }
  const own = version.columns.length === 0 ? [ageColumn] : version.columns
  const columns = own.some(({ name }) => name === nameColumn.name) ? own : [nameColumn, ...own]
  const definitions = columns.map(({ name, type, format, description, priority }) => ({
    name,
    type,
    format: format ?? '',
    description: description ?? '',
    priority: priority ?? 0,
  }))
  let saysColumns = true
  const table = (objects: readonly Obj[], metadata: ListMeta): unknown => {
    const now = nowMs()
    const columnDefinitions = saysColumns ? definitions : null
    if (isStream) saysColumns = false
    return {
      kind: 'Table',
      apiVersion: 'meta.k8s.io/v1',
      metadata,
      columnDefinitions,
      rows: objects.map((object) => ({
        cells: columns.map((column) => column.cell(object, now)),
        object: include === 'None' ? null : include === 'Object' ? object : partial(object),
      })),
    }
  }
  return {
    one: (object) => table([object], { resourceVersion: object.metadata.resourceVersion ?? '' }),
    bookmark: (object) => ({
      kind: 'Table',
      apiVersion: 'meta.k8s.io/v1',
      metadata: { resourceVersion: object.metadata.resourceVersion ?? '' },
      columnDefinitions: null,
      rows: [{ cells: [], object: partial(object) }],
    }),
    list: table,
  }
}

const nameColumn: Column = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'The name of the object; unique within its namespace.',
  cell: ({ metadata }) => metadata.name,
}

/** The column that most tables end with. */
export const ageColumn: Column = {
  name: 'Age',
  type: 'string',
  description: 'Time since the object was created.',
  cell: ({ metadata: { creationTimestamp } }, nowMs) =>
    creationTimestamp === undefined ? '<unknown>' : ageOf(timestampMs(creationTimestamp), nowMs),
}
