import type { Obj } from '../../kube-client/index.ts'
import type { Ask, Ground } from './ask.ts'
import { contentTypeOf, jsonBody } from './body.ts'
import { mergePatched } from './json.ts'
import type { Writer } from './managed-fields.ts'
import { unsupportedMediaType } from './problem.ts'
import { objectOf, update, type Written } from './write.ts'

const mediaTypes = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
]

export function patch(ground: Ground, ask: Ask, writer: Writer): Written {
  const body = jsonBody(ask.request)
  const apply = patcherOf(contentTypeOf(ask.request))
  return update(ground, ask, (current) => ({ object: objectOf(apply(current, body), ask), writer }))
}

function patcherOf(type: string): (current: Obj, patch: unknown) => unknown {
  if (type === 'application/merge-patch+json') return mergePatched
  throw unsupportedMediaType(mediaTypes)
}
