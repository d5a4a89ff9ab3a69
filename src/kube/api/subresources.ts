import type { HttpReply, Random } from '../../env/index.ts'
import { ApiError, type Obj, timestampOf } from '../../kube-client/index.ts'
import { type Messages, selects } from '../kinds/index.ts'
import type { Entry } from '../store/store.ts'
import { type Ask, type Ground, jsonReply } from './ask.ts'
import { jsonBody } from './body.ts'
import { deleteOptionsOf, remove } from './delete.ts'
import { type Fields, isFields } from './json.ts'
import { badRequest, conflict, invalid, methodNotAllowed, notFound, successOf, tooManyRequests } from './problem.ts'
import { keyOf, prefixOf } from './registry.ts'
import { issueToken } from './tokens.ts'
import { isDryRun, put, writtenReply } from './write.ts'

/** Paths below an object that are neither its status, its scale nor a connection to a pod. Null: there is no such one. */
export function subresource(ground: Ground, ask: Ask, random: Random): Promise<HttpReply> | null {
  const { kind, subresource: name } = ask
  if (kind.group !== '') return null
  const isPost = ask.request.method === 'POST'
  switch (`${kind.resource}/${name}`) {
    case 'pods/binding':
      return isPost ? bind(ground, ask) : refused()
    case 'pods/eviction':
      return isPost ? evict(ground, ask) : refused()
    case 'serviceaccounts/token':
      return isPost ? token(ground, ask, random) : refused()
    case 'namespaces/finalize':
      return ask.request.method === 'PUT' ? finalize(ground, ask) : refused()
    default:
      return null
  }
}

const refused = (): never => {
  throw methodNotAllowed()
}

function standing({ store }: Ground, { kind, namespace, name }: Ask): Entry {
  const entry = store.latest(keyOf(kind, namespace, name!))
  if (entry === null) throw notFound(kind, name!)
  return entry
}

/** A scheduler's word: which node a pod runs on. */
async function bind(ground: Ground, ask: Ask): Promise<HttpReply> {
  const { kind, name, request } = ask
  const body = jsonBody(request, messageOf(ask, 'core.Binding'))
  const target = isFields(body) && isFields(body['target']) ? body['target'] : {}
  const node = target['name']
  if (typeof node !== 'string' || node === '') throw badRequest('the binding names no node')
  const entry = standing(ground, ask)
  const { metadata } = entry.value
  const spec = isFields(entry.value['spec']) ? entry.value['spec'] : {}
  if (metadata.deletionTimestamp !== undefined) {
    throw conflict(kind, name!, `pod ${name} is being deleted, cannot be assigned to a host`)
  }
  if (spec['nodeName'])
    throw conflict(kind, name!, `pod ${name} is already assigned to node ${JSON.stringify(spec['nodeName'])}`)
  const status = isFields(entry.value['status']) ? entry.value['status'] : {}
  const lastTransitionTime = timestampOf(ground.wallMs())
  const scheduled = { type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime }
  const others = Array.isArray(status['conditions']) ? status['conditions'] : []
  const conditions = [...others.filter((one: Fields) => one['type'] !== 'PodScheduled'), scheduled]
  const next = { ...entry.value, spec: { ...spec, nodeName: node }, status: { ...status, conditions } } as Obj
  await put(ground, ask, entry, next).synced
  return jsonReply(201, successOf(undefined, 201))
}

const budgets = { group: 'policy', resource: 'poddisruptionbudgets', namespaced: true }

/** Deletes a pod when no disruption budget is against it. */
async function evict(ground: Ground, ask: Ask): Promise<HttpReply> {
  const body = jsonBody(ask.request, messageOf(ask, 'policy.Eviction'))
  const { value: pod } = standing(ground, ask)
  const options = deleteOptionsOf(ask, isFields(body) ? body['deleteOptions'] : null)
  const phase = isFields(pod['status']) ? pod['status']['phase'] : undefined
  const isRunning = phase !== 'Succeeded' && phase !== 'Failed' && phase !== 'Pending'
  const matching = [...ground.store.latestAll(prefixOf(budgets, ask.namespace))].filter(({ value }) => {
    const spec = isFields(value['spec']) ? value['spec'] : {}
    return isFields(spec['selector']) && selects(spec['selector'], pod.metadata.labels ?? {})
  })
  for (const { key, rev, value } of isRunning ? matching : []) {
    const status = isFields(value['status']) ? value['status'] : {}
    const left = Number(status['disruptionsAllowed'] ?? 0)
    if (left <= 0) {
      const why = `The disruption budget ${value.metadata.name} needs ${status['desiredHealthy'] ?? 0} healthy pods and has ${status['currentHealthy'] ?? 0} currently`
      const message = "Cannot evict pod as it would violate the pod's disruption budget."
      throw tooManyRequests(message, [{ reason: 'DisruptionBudget', message: why }])
    }
    // Taken at once, so that the next eviction counts with it; the budget's controller counts anew.
    const next = { ...value, status: { ...status, disruptionsAllowed: left - 1 } } as Obj
    if (!isDryRun(ask)) ground.store.commit({ expect: [[key, rev]], put: [[key, next]] })
  }
  await remove(ground, ask, options).synced
  return jsonReply(201, successOf(undefined, 201))
}

async function token(ground: Ground, ask: Ask, random: Random): Promise<HttpReply> {
  const body = jsonBody(ask.request, messageOf(ask, 'authentication.TokenRequest'))
  const { value: account } = standing(ground, ask)
  const spec = isFields(body) && isFields(body['spec']) ? body['spec'] : {}
  const seconds = spec['expirationSeconds'] ?? null
  if (seconds !== null && (!Number.isInteger(seconds) || (seconds as number) < 600)) {
    const of = { group: 'authentication.k8s.io', kind: 'TokenRequest' }
    const detail = 'may not specify a duration less than 10 minutes'
    throw invalid(of, '', [{ type: 'Invalid', field: 'spec.expirationSeconds', value: seconds, detail }])
  }
  const audiences = Array.isArray(spec['audiences']) ? spec['audiences'].map(String) : []
  const issued = issueToken(ground, random, account, { seconds: seconds as number | null, audiences })
  await issued.synced
  const { name, namespace } = account.metadata
  return jsonReply(201, {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { name, namespace, creationTimestamp: timestampOf(ground.wallMs()) },
    spec: { audiences, expirationSeconds: seconds ?? 3600, boundObjectRef: null },
    status: { token: issued.token, expirationTimestamp: issued.expires },
  })
}

/** A namespace's controller says that nothing is left in it. */
function finalize(ground: Ground, ask: Ask): Promise<HttpReply> {
  const body = jsonBody(ask.request, ask.kind.proto)
  const entry = standing(ground, ask)
  const { spec, metadata } = isFields(body) ? body : {}
  const asked = isFields(metadata) ? metadata['resourceVersion'] : undefined
  if (asked && asked !== entry.value.metadata.resourceVersion) {
    throw new ApiError({ code: 409, reason: 'Conflict', message: `namespaces ${JSON.stringify(ask.name)} has changed` })
  }
  const next = { ...entry.value, spec: isFields(spec) ? spec : {} } as Obj
  return writtenReply(ground, ask, put(ground, ask, entry, next))
}

function messageOf({ kind }: Ask, message: string): ReturnType<Messages['proto']> | undefined {
  return kind.proto === undefined ? undefined : { ...kind.proto, message }
}
