import type { Obj } from '../../../kube-client/index.ts'
import { lined } from './columns.ts'
import { jsonPath } from './json-path.ts'
import type { Kind } from './kinds.ts'
import { listOf, nameLine, type Output, outputFlags, outputOf, shownObject } from './print.ts'
import { isMissing, type Refused } from './requests.ts'
import { type Table, tableOf, textRows } from './server-table.ts'
import { objectsOf, type Target, targetsOf } from './targets.ts'
import { allNamespacesFlag, type Call, filenameFlag, Mistake, namespaceFlag, selectorFlag, type Verb } from './verb.ts'
import { watchTables } from './watch.ts'

export const get: Verb = {
  name: 'get',
  args: 'KIND[,KIND…] [NAME…] | KIND/NAME…',
  summary: 'list resources of the control plane',
  flags: [
    ...[namespaceFlag, allNamespacesFlag, selectorFlag, filenameFlag, ...outputFlags],
    { name: 'field-selector', takes: 'FIELDS', help: 'those with these fields: metadata.name=x' },
    { name: 'watch', short: 'w', help: 'and go on with what changes' },
    { name: 'sort-by', takes: 'PATH', help: 'by a field: .metadata.creationTimestamp' },
    { name: 'no-headers', help: 'no line of headers' },
    { name: 'show-labels', help: 'a column with all labels' },
    { name: 'ignore-not-found', help: 'nothing is said of what is not there' },
  ],
  examples: [
    'get k,kt,po',
    'get pods -A -o wide',
    'get kafka my-cluster -o yaml',
    'get kt -l strimzi.io/cluster=my-cluster',
  ],
  run: async (call) => {
    const output = outputOf(call)
    const targets = await targetsOf(call, 'You must specify the type of resource to get.')
    if (call.has('watch')) {
      if (output.as !== 'table' || targets.length !== 1) {
        throw new Mistake('you may only watch one resource or type of resource at a time, as a table')
      }
      return await watchTables(call, targets[0]!, output.isWide)
    }
    return output.as === 'table' ? await tables(call, targets, output.isWide) : await objects(call, targets, output)
  },
}

async function tables(call: Call, targets: readonly Target[], isWide: boolean): Promise<number> {
  const kinds = new Set(targets.map(({ kind }) => kind))
  const isPrefixed = kinds.size > 1 || ((call.args[0] ?? '').includes('/') && targets.length > 1)
  let code = 0
  let isFirst = true
  for (const kind of kinds) {
    const found: Table[] = []
    for (const target of targets.filter((one) => one.kind === kind)) {
      const table = await missingToldOf(call, () => tableOf(call, target))
      if (table === 1) code = 1
      else if (typeof table === 'object') found.push(table)
    }
    const rows = sorted(
      call,
      found.flatMap((table) => table.rows),
      ({ object }) => object,
    )
    if (rows.length === 0) continue
    if (!isFirst) call.out('\n')
    isFirst = false
    call.out(lined(textRows(call, kind, { columnDefinitions: found[0]!.columnDefinitions, rows }, isWide, isPrefixed)))
  }
  if (isFirst && code === 0 && !call.has('ignore-not-found') && targets.every(({ name }) => name === null)) {
    const isPlaced = call.namespace !== null && targets.some(({ kind }) => kind.namespaced)
    call.err(isPlaced ? `No resources found in ${call.namespace} namespace.\n` : 'No resources found\n')
  }
  return code
}

/** 0 and 1: it is not there, and that is well or not. */
async function missingToldOf<T>(call: Call, ask: () => Promise<T>): Promise<T | 0 | 1> {
  try {
    return await ask()
  } catch (thrown) {
    if (!isMissing(thrown)) throw thrown
    if (call.has('ignore-not-found')) return 0
    call.err(`Error from server (NotFound): ${(thrown as Refused).message}\n`)
    return 1
  }
}

async function objects(
  call: Call,
  targets: readonly Target[],
  output: Exclude<Output, { as: 'table' }>,
): Promise<number> {
  const found: { kind: Kind; object: Obj }[] = []
  let code = 0
  for (const target of targets) {
    const some = await missingToldOf(call, () => objectsOf(call, target))
    if (some === 1) code = 1
    else if (typeof some === 'object') found.push(...some.map((object) => ({ kind: target.kind, object })))
  }
  if (output.as === 'name')
    for (const { kind, object } of sorted(call, found, (one) => one.object))
      call.out(`${nameLine(kind, object.metadata.name)}\n`)
  else {
    const isOne = targets.length === 1 && targets[0]!.name !== null
    const shown = sorted(call, found, ({ object }) => object).map(({ object }) => shownObject(call, object))
    if (!isOne) call.out(output.text(listOf(shown)))
    else if (shown.length > 0) call.out(output.text(shown[0]))
  }
  return code
}

/** By numbers, where both are; otherwise by letters. */
function sorted<T>(call: Call, all: readonly T[], objectIn: (one: T) => Obj): readonly T[] {
  const path = call.value('sort-by')
  if (path === null) return all
  const read = jsonPath(path)
  const keyed = all.map((one) => ({ one, key: read(objectIn(one)) }))
  const isNumber = (text: string): boolean => /^-?\d+(?:\.\d+)?$/.test(text)
  const compared = (a: string, b: string): number =>
    isNumber(a) && isNumber(b) ? Number(a) - Number(b) : a < b ? -1 : Number(a > b)
  return keyed.sort((a, b) => compared(a.key, b.key)).map(({ one }) => one)
}
