/** What the API server would say beyond `checkResource`: rules between fields. */

import { compileSchema, errorBody, hasRules, type JsonObject, loadCel } from '../kube/index.ts'
import type { Obj } from '../kube-client/index.ts'
import type { Finding } from './check.ts'
import { kinds } from './kinds/table.ts'
import { jsonSchema } from './schema/json-schema.ts'

/** `spec.kafka.listeners[0].name`, as the API server writes paths, from the object down. */
export const fieldPath = (field: string): readonly (string | number)[] =>
  [...field.matchAll(/\[(\d+)\]|\[([^\]]*)\]|([^.[\]]+)/g)].map(([, index, key, name]) =>
    index === undefined ? (key ?? name)! : Number(index),
  )

/** Of a resource that is otherwise well. */
export const checkRules = async (object: Obj): Promise<readonly Finding[]> => {
  const [group, name] = object.apiVersion.split('/')
  const kind = kinds.find((other) => other.kind === object.kind && other.group === group)
  const version = kind?.versions.find((other) => other.name === name)
  if (version === undefined) return []
  const spec = jsonSchema(version.spec)
  if (!hasRules(spec)) return []
  const openApi = { type: 'object', properties: { spec } } as unknown as JsonObject
  const { schema } = compileSchema(openApi, await loadCel())
  return schema.check(object).errors.map((error) => ({
    level: 'error',
    path: fieldPath(error.field),
    message: errorBody(error),
  }))
}
