import { ApiError, type Obj } from '../../kube-client/index.ts'
import { isPatchError, jsonPatch, mergePatch, serverSideApply, strategicMerge } from '../patch/index.ts'
import { type Ask, type Ground, nowOf } from './ask.ts'
import { contentTypeOf, jsonBody, refuseDepth } from './body.ts'
import { schemaOf, type Writer } from './managed-fields.ts'
import { badRequest, unsupportedMediaType } from './problem.ts'
import { converted, groupVersion, isCustom, keyOf } from './registry.ts'
import { create, objectOf, update, type Written } from './write.ts'

const json = 'application/json-patch+json'
const merge = 'application/merge-patch+json'
const strategic = 'application/strategic-merge-patch+json'
const apply = 'application/apply-patch+yaml'

export function patch(ground: Ground, ask: Ask, writer: Writer): Written {
  const type = contentTypeOf(ask.request)
  if (type === apply) return applied(ground, ask, writer)
  const body = jsonBody(ask.request)
  const patcher = patcherOf(type, ask)
  return update(ground, ask, (current) => ({
    object: objectOf(patched(patcher, current, body), ask),
    writer,
  }))
}

function patched(patcher: ReturnType<typeof patcherOf>, current: Obj, body: unknown): unknown {
  const found = refusing(() => patcher(current, body))
  // Patches that each are shallow may build depth upon depth.
  refuseDepth(found)
  return found
}

function patcherOf(type: string, { kind, version }: Ask): (current: Obj, patch: unknown) => unknown {
  if (type === json) return jsonPatch
  if (type === merge) return mergePatch
  if (type === strategic && !isCustom(kind)) {
    return (current, body) => {
      if (typeof body !== 'object' || body === null) throw badRequest('the patch is not a JSON object')
      return strategicMerge(current, body as Readonly<Record<string, unknown>>, version.schema)
    }
  }
  throw unsupportedMediaType(isCustom(kind) ? [json, merge, apply] : [json, merge, strategic, apply])
}

/** What is wrong with a patch, as the API server says it. */
function refusing<T>(run: () => T): T {
  try {
    return run()
  } catch (thrown) {
    if (!isPatchError(thrown)) throw thrown
    if (thrown.kind === 'BadRequest') throw badRequest(thrown.message)
    throw new ApiError({
      code: 422,
      reason: 'Invalid',
      message: 'the server rejected our request due to an error in our request',
      details: { causes: [{ reason: 'UnexpectedServerResponse', message: thrown.message }] },
    })
  }
}

/** Server-side apply: makes the object when there is none. */
function applied(ground: Ground, ask: Ask, { manager }: Writer): Written {
  const { kind, version, namespace, name, query, subresource } = ask
  if (query.get('fieldManager') === null) {
    throw new ApiError({
      code: 422,
      reason: 'Invalid',
      message: 'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
      details: {
        group: 'meta.k8s.io',
        kind: 'PatchOptions',
        causes: [
          {
            reason: 'FieldValueRequired',
            message: 'Required value: is required for apply patch',
            field: 'fieldManager',
          },
        ],
      },
    })
  }
  const asked = objectOf(jsonBody(ask.request), ask)
  if (asked.metadata.managedFields !== undefined) throw badRequest('metadata.managedFields must be nil')
  const metadata = { ...asked.metadata, name: name!, ...(namespace === null ? {} : { namespace }) }
  const wish = converted(kind, { ...asked, metadata }, version.name, kind.storage).object
  const run = (live: Obj | null): Obj => {
    const outcome = serverSideApply({
      live,
      applied: wish,
      root: schemaOf(kind).root,
      manager: {
        manager,
        operation: 'Apply',
        apiVersion: groupVersion(kind.group, kind.storage),
        subresource: subresource ?? '',
      },
      force: query.is('force'),
      time: nowOf(ground),
    })
    if (outcome.conflicts === null) return converted(kind, outcome.object, kind.storage, version.name).object
    const causes = outcome.conflicts.map(({ message, field }) => ({ reason: 'FieldManagerConflict', message, field }))
    throw new ApiError({ code: 409, reason: 'Conflict', message: outcome.message, details: { causes } })
  }
  const writerOf = (object: Obj): Writer => ({
    manager,
    operation: 'Apply',
    managedFields: object.metadata.managedFields ?? [],
  })
  if (ground.store.latest(keyOf(kind, namespace, name!)) === null && subresource === null) {
    const object = run(null)
    return create(ground, ask, { object, writer: writerOf(object) })
  }
  return update(ground, ask, (current) => {
    const live = converted(kind, current, version.name, kind.storage).object
    const object = run(live)
    return { object, writer: writerOf(object) }
  })
}
