import type { HttpReply } from '../../env/index.ts'
import type { Obj } from '../../kube-client/index.ts'
import type { Kind, ScalePaths } from '../kind.ts'
import { formatSelector } from '../kinds/index.ts'
import { isPatchError, jsonPatch, mergePatch } from '../patch/index.ts'
import { type Ask, type Ground, jsonReply } from './ask.ts'
import { contentTypeOf, jsonBody } from './body.ts'
import { type Fields, isFields } from './json.ts'
import type { Writer } from './managed-fields.ts'
import { badRequest, invalid, methodNotAllowed, modified, notFound, unsupportedMediaType } from './problem.ts'
import { keyOf } from './registry.ts'
import { update } from './write.ts'

/** The scale subresource: replicas of anything that has some, as one kind. */
export async function scaled(ground: Ground, ask: Ask, paths: ScalePaths, writer: Writer): Promise<HttpReply> {
  const { kind, namespace, name, request } = ask
  if (request.method === 'GET') {
    const entry = ground.store.get(keyOf(kind, namespace, name!))
    if (entry === null) throw notFound(kind, name!)
    return jsonReply(200, scaleOf(entry.value, paths))
  }
  if (request.method !== 'PUT' && request.method !== 'PATCH') throw methodNotAllowed()
  const body = jsonBody(request)
  const written = update(ground, ask, (current) => {
    const wanted = request.method === 'PUT' ? body : patched(scaleOf(current, paths), body, contentTypeOf(request))
    return { object: withReplicas(current, replicasOf(wanted, kind, current), paths), writer }
  })
  await written.synced
  return jsonReply(200, scaleOf(written.object, paths))
}

const stepsOf = (path: string): string[] => path.split('.').filter((step) => step !== '')

function read(object: unknown, path: string): unknown {
  return stepsOf(path).reduce<unknown>((value, step) => (isFields(value) ? value[step] : undefined), object)
}

function scaleOf(object: Obj, paths: ScalePaths): Fields {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata
  const replicas = Number(read(object, paths.specReplicas) ?? 0)
  const selector = paths.selector === undefined ? undefined : read(object, paths.selector)
  const shown = isFields(selector) ? formatSelector(selector) : selector
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: replicas === 0 ? {} : { replicas },
    status: {
      replicas: Number(read(object, paths.statusReplicas) ?? 0),
      ...(typeof shown === 'string' && shown !== '' ? { selector: shown } : {}),
    },
  }
}

function patched(scale: Fields, patch: unknown, type: string): unknown {
  try {
    if (type === 'application/json-patch+json') return jsonPatch(scale, patch)
    // No list in it, so both are the same here.
    if (type === 'application/merge-patch+json' || type === 'application/strategic-merge-patch+json') {
      return mergePatch(scale, patch)
    }
  } catch (thrown) {
    if (isPatchError(thrown)) throw badRequest(thrown.message)
    throw thrown
  }
  throw unsupportedMediaType(['application/json-patch+json', 'application/merge-patch+json'])
}

/** What somebody wishes; throws when he looked at another state of the object. */
function replicasOf(scale: unknown, kind: Kind, current: Obj): number {
  if (!isFields(scale)) throw badRequest('the body of the request is not a JSON object')
  const { spec, metadata } = scale
  const version = isFields(metadata) ? metadata['resourceVersion'] : undefined
  if (typeof version === 'string' && version !== '' && version !== current.metadata.resourceVersion) {
    throw modified(kind, current.metadata.name)
  }
  const replicas = (isFields(spec) ? spec['replicas'] : undefined) ?? 0
  if (typeof replicas !== 'number' || !Number.isInteger(replicas)) throw badRequest('spec.replicas must be an integer')
  if (replicas < 0) {
    const detail = 'must be greater than or equal to 0'
    const error = { type: 'Invalid', field: 'spec.replicas', value: replicas, detail } as const
    throw invalid({ group: 'autoscaling', kind: 'Scale' }, current.metadata.name, [error])
  }
  return replicas
}

function withReplicas(object: Obj, replicas: number, { specReplicas }: ScalePaths): Obj {
  const set = (value: unknown, [step, ...rest]: readonly string[]): unknown =>
    step === undefined
      ? replicas
      : { ...(isFields(value) ? value : {}), [step]: set(isFields(value) ? value[step] : {}, rest) }
  return set(object, stepsOf(specReplicas)) as Obj
}
