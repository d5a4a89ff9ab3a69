/** Tables as the server makes them: its columns, its words. */
import type { Obj } from '../../../kube-client/index.ts'
import { type Kind, kindText, pathOf } from './kinds.ts'
import { selection, type Target } from './targets.ts'
import type { Call } from './verb.ts'

export interface Table {
  readonly columnDefinitions: readonly { readonly name: string; readonly priority?: number }[]
  readonly rows: readonly { readonly cells: readonly unknown[]; readonly object: Obj }[]
}

export const tableAccept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json'

export const tableOf = (call: Call, { kind, namespace, name }: Target): Promise<Table> =>
  call.api.json<Table>(pathOf(kind, namespace, name), {
    query: {
      ...(name === null ? selection(call) : {}),
      // rows bring no more than the metadata of theirs
      includeObject: call.value('sort-by') === null ? null : 'Object',
    },
    accept: tableAccept,
  })

/** The first row are the headers, unless none are wanted. */
export function textRows(call: Call, kind: Kind, table: Table, isWide: boolean, isPrefixed: boolean): string[][] {
  const columns = table.columnDefinitions.flatMap((column, i) => (isWide || !column.priority ? [{ ...column, i }] : []))
  const isAll = call.namespace === null && kind.namespaced
  const hasLabels = call.has('show-labels')
  const header = [
    ...(isAll ? ['NAMESPACE'] : []),
    ...columns.map(({ name }) => name.toUpperCase()),
    ...(hasLabels ? ['LABELS'] : []),
  ]
  const rows = table.rows.map(({ cells, object: { metadata } }) => [
    ...(isAll ? [metadata.namespace ?? ''] : []),
    ...columns.map(
      ({ i, name }, at) => (at === 0 && isPrefixed && name === 'Name' ? `${kindText(kind)}/` : '') + cellText(cells[i]),
    ),
    ...(hasLabels ? [labelsText(metadata.labels ?? {})] : []),
  ])
  return call.has('no-headers') ? rows : [header, ...rows]
}

const cellText = (cell: unknown): string =>
  cell === null || cell === undefined ? '<none>' : typeof cell === 'string' ? cell : JSON.stringify(cell)

export const labelsText = (labels: Readonly<Record<string, string>>): string =>
  Object.keys(labels)
    .map((key) => `${key}=${labels[key]}`)
    .sort()
    .join(',') || '<none>'
