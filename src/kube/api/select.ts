import {
  matchesFields,
  matchesLabels,
  type Obj,
  parseFieldSelector,
  parseLabelSelector,
  type SelectorError,
} from '../../kube-client/index.ts'
import type { Query } from '../api-server.ts'
import type { Kind } from '../kind.ts'
import { badRequest } from './problem.ts'

/** `labelSelector` and `fieldSelector` of a request; null when there are none. */
export function selectorOf(kind: Kind, query: Query): ((object: Obj) => boolean) | null {
  const labels = query.get('labelSelector') ?? ''
  const fields = query.get('fieldSelector') ?? ''
  if (labels === '' && fields === '') return null
  const requiredLabels = parsed(() => parseLabelSelector(labels))
  const requiredFields = parsed(() => parseFieldSelector(fields))
  for (const { field } of requiredFields) {
    if (!general.includes(field) && kind.fields === undefined) {
      throw badRequest(
        `Unable to find "${kind.group}/${kind.resource}" that match label selector "${labels}", field selector "${fields}": field label not supported: ${field}`,
      )
    }
  }
  return (object) =>
    matchesLabels(requiredLabels, object.metadata.labels) &&
    (requiredFields.length === 0 || matchesFields(requiredFields, fieldsOf(kind, object)))
}

const general: readonly string[] = ['metadata.name', 'metadata.namespace']

const fieldsOf = (kind: Kind, object: Obj): Readonly<Record<string, string>> => ({
  ...kind.fields?.(object),
  'metadata.name': object.metadata.name,
  'metadata.namespace': object.metadata.namespace ?? '',
})

function parsed<T>(parse: () => T): T {
  try {
    return parse()
  } catch (thrown) {
    throw badRequest((thrown as SelectorError).message)
  }
}
