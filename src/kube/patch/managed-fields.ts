/** Who wrote which fields: `metadata.managedFields`, kept for every write. */
import type { Json, Obj } from '../../kube-client/index.ts'
import { isRecord, type Node } from '../schema/node.ts'
import { zeroObject } from '../schema/zero.ts'
import { compare, type Difference } from './compare.ts'
import { FieldSet } from './field-set.ts'

export interface Manager {
  readonly manager: string
  readonly operation: 'Update' | 'Apply'
  /** Of the request: the version in which the fields are named. */
  readonly apiVersion: string
  /** `status`, `scale`; empty for the object itself. */
  readonly subresource: string
}

/** One entry; its fields are read only when somebody looks at them. */
class Entry implements Manager {
  readonly manager: string
  readonly operation: 'Update' | 'Apply'
  readonly apiVersion: string
  readonly subresource: string
  readonly time: string | null
  /** As it stands; null: it is new. */
  readonly raw: Readonly<Record<string, unknown>> | null
  #fields: FieldSet | null

  constructor(
    of: Manager,
    time: string | null,
    fields: FieldSet | null,
    raw: Readonly<Record<string, unknown>> | null = null,
  ) {
    this.manager = of.manager
    this.operation = of.operation
    this.apiVersion = of.apiVersion
    this.subresource = of.subresource
    this.time = time
    this.raw = raw
    this.#fields = fields
  }

  get fields(): FieldSet {
    this.#fields ??= FieldSet.fromJson(this.raw?.['fieldsV1'])
    return this.#fields
  }

  meets(fields: FieldSet): boolean {
    return this.#fields === null ? fields.meetsJson(this.raw?.['fieldsV1']) : this.#fields.meets(fields)
  }

  withFields(fields: FieldSet): Entry {
    return new Entry(this, this.time, fields)
  }
}

export const newEntry = (manager: Manager, time: string, fields: FieldSet): Entry => new Entry(manager, time, fields)

/** Entries by who they are: an applier's version does not count. */
export type Managers = Map<string, Entry>

export const managerKey = ({ manager, operation, apiVersion, subresource }: Manager): string =>
  JSON.stringify([manager, operation, operation === 'Apply' ? '' : apiVersion, subresource])

/** Of whoever names fields that are the server's alone. */
const serversOwn = FieldSet.fromJson({
  'f:apiVersion': {},
  'f:kind': {},
  'f:metadata': {
    '.': {},
    'f:name': {},
    'f:namespace': {},
    'f:creationTimestamp': {},
    'f:selfLink': {},
    'f:uid': {},
    'f:generation': {},
    'f:managedFields': {},
    'f:resourceVersion': {},
  },
})
/** More entries of updates than this are put together. */
const updatersMax = 10
const ancient = 'ancient-changes'

export function readManagers(object: Obj | null): Managers {
  const managers: Managers = new Map()
  for (const entry of object?.metadata.managedFields ?? []) {
    if (!isRecord(entry)) continue
    const text = (key: string): string => (typeof entry[key] === 'string' ? (entry[key] as string) : '')
    const manager: Manager = {
      manager: text('manager'),
      operation: entry['operation'] === 'Apply' ? 'Apply' : 'Update',
      apiVersion: text('apiVersion'),
      subresource: text('subresource'),
    }
    const read = new Entry(manager, text('time') === '' ? null : text('time'), null, entry)
    managers.set(managerKey(read), read)
  }
  return managers
}

export function writeManagers(object: Obj, managers: Managers): Obj {
  const entries = [...managers.values()].sort(inOrder).map((entry): Json => {
    if (entry.raw !== null) return entry.raw as Json
    return {
      manager: entry.manager,
      operation: entry.operation,
      apiVersion: entry.apiVersion,
      ...(entry.time === null ? {} : { time: entry.time }),
      fieldsType: 'FieldsV1',
      fieldsV1: entry.fields.toJson(),
      ...(entry.subresource === '' ? {} : { subresource: entry.subresource }),
    }
  })
  const { managedFields: _, ...metadata } = object.metadata
  return { ...object, metadata: entries.length === 0 ? metadata : { ...metadata, managedFields: entries } }
}

const inOrder = (a: Entry, b: Entry): number =>
  compareText(a.operation, b.operation) ||
  compareText(a.time ?? '', b.time ?? '') ||
  compareText(a.manager, b.manager) ||
  compareText(a.apiVersion, b.apiVersion) ||
  compareText(a.subresource, b.subresource)
const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

export const ownFields = (fields: FieldSet): FieldSet => fields.minus(serversOwn)

/** What a write takes from others: fields that it changed are not theirs any more. */
export function withoutChanged(
  managers: Managers,
  { added, modified, removed }: Difference,
  except: string | null,
): void {
  const changed = added.union(modified).union(removed)
  for (const [key, entry] of managers) {
    if (key === except || !entry.meets(changed)) continue
    const fields = entry.fields.minus(changed)
    if (fields.isEmpty) managers.delete(key)
    else managers.set(key, entry.withFields(fields))
  }
}

/**
 * `next` with the entries that belong to it after an update (or create, when `prev` is null) by `manager` at `time`. Both
 * are in the version of the request. An empty list in `next`'s managedFields forgets all there was.
 */
export function trackUpdate(next: Obj, prev: Obj | null, root: Node, manager: Manager, time: string): Obj {
  const given = next.metadata.managedFields
  const isForgotten =
    prev !== null && Array.isArray(given) && given.every((one) => isRecord(one) && Object.keys(one).length === 0)
  const managers = isForgotten && given !== undefined ? new Map() : readManagers(prev)
  const before = prev ?? zeroObject(root)
  const difference = compare(withoutManaged(before), withoutManaged(next), root)
  withoutChanged(managers, difference, null)
  const taken = ownFields(difference.added.union(difference.modified))
  if (!taken.isEmpty) {
    const key = managerKey(manager)
    const mine = managers.get(key)
    managers.set(key, new Entry(manager, time, mine === undefined ? taken : mine.fields.union(taken)))
  }
  capUpdaters(managers)
  return writeManagers(next, managers)
}

export function withoutManaged(object: unknown): unknown {
  if (!isRecord(object) || !isRecord(object['metadata'])) return object
  const { managedFields: _, ...metadata } = object['metadata']
  return { ...object, metadata }
}

/** The oldest updaters become one, so that an object does not grow with the number of programs that ever touched it. */
function capUpdaters(managers: Managers): void {
  const updaters = [...managers]
    .filter(([, { operation }]) => operation === 'Update')
    .sort(([, a], [, b]) => inOrder(a, b))
  for (const [key, entry] of updaters) {
    const count = [...managers.values()].filter(({ operation }) => operation === 'Update').length
    if (count <= updatersMax) return
    const target: Manager = { manager: ancient, operation: 'Update', apiVersion: entry.apiVersion, subresource: '' }
    const targetKey = managerKey(target)
    if (targetKey === key) continue
    managers.delete(key)
    const standing = managers.get(targetKey)
    const fields = standing === undefined ? entry.fields : standing.fields.union(entry.fields)
    managers.set(targetKey, new Entry(target, entry.time, fields))
  }
}
