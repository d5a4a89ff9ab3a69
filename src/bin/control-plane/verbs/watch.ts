/** `get --watch`: the list, then every change, as rows under the same columns. */
import { lined } from './columns.ts'
import { pathOf } from './kinds.ts'
import { Refused } from './requests.ts'
import { type Table, tableAccept, tableOf, textRows } from './server-table.ts'
import { selection, type Target } from './targets.ts'
import type { Call } from './verb.ts'

interface Change {
  readonly type: string
  readonly object: Table & { readonly metadata?: { readonly resourceVersion?: string }; readonly message?: string }
}

/** Ends with Ctrl-C, or when the server ends it. */
export async function watchTables(call: Call, target: Target, isWide: boolean): Promise<number> {
  const { kind, namespace, name } = target
  const first = (await tableOf(call, target)) as Change['object']
  const rows = textRows(call, kind, first, isWide, false)
  call.out(first.rows.length === 0 ? '' : lined(rows))
  const widest = rows
  let isHeaded = first.rows.length > 0
  let rest = ''
  const query = {
    ...selection(call),
    ...(name === null ? {} : { fieldSelector: `metadata.name=${name}` }),
    ...{ watch: 'true', resourceVersion: first.metadata?.resourceVersion ?? '0' },
  }
  let refused: Refused | null = null
  const show = ({ type, object }: Change): void => {
    if (type === 'ERROR') {
      refused = new Refused({ code: 410, reason: 'Expired', message: object.message ?? 'the watch ended', details: {} })
      return
    }
    const columnDefinitions = object.columnDefinitions?.length ? object.columnDefinitions : first.columnDefinitions
    const changed = textRows(call, kind, { columnDefinitions, rows: object.rows }, isWide, false)
    const shown = changed.slice(call.has('no-headers') ? 0 : 1)
    // under the columns of what stands above
    const all = lined([...widest, ...shown])
      .split('\n')
      .slice(0, -1)
    if (!isHeaded && !call.has('no-headers')) call.out(`${all[0]}\n`)
    isHeaded = true
    for (const line of all.slice(widest.length)) call.out(`${line}\n`)
  }
  await call.api.stream(pathOf(kind, namespace), { query, accept: tableAccept }, (text) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line !== '') show(JSON.parse(line) as Change)
  })
  if (refused !== null) throw refused
  return 0
}
