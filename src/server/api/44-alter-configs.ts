import {
  applyOperation,
  type BrokerConfig,
  configOperation,
  refuseBrokerConfigs,
  withDynamic,
} from '../../config/index.ts'
import type { AskRequest } from '../../controller/index.ts'
import { configResourceKey, configResourceType } from '../../metadata/index.ts'
import {
  AlterConfigs,
  type AnyApi,
  type ErrorCode,
  errors,
  IncrementalAlterConfigs,
  type ResponseIn,
} from '../../protocol/index.ts'
import { alterLoggers } from '../broker-loggers.ts'
import { type Handler, handler, type Reply, type RequestContext } from '../handler.ts'
import { listenerStore } from '../node-security.ts'
import { contextOf, controllerOf, whenHere } from './forwarded.ts'

interface Resource {
  readonly resourceType: number
  readonly resourceName: string
  readonly configs: readonly {
    readonly name: string
    readonly configOperation?: number
    readonly value: string | null
  }[]
}
type Answer = NonNullable<ResponseIn<typeof IncrementalAlterConfigs>['responses']>[number]

const everyType: ReadonlySet<number> = new Set(Object.values(configResourceType))

/** The values of a broker's own keys are checked by the broker that is asked; all else is for the controller. */
export const incrementalAlterConfigs = alter(IncrementalAlterConfigs, 'incrementalAlterConfigs')

/** Replaces everything that a resource has; kept for old clients. */
export const alterConfigs = alter(AlterConfigs, 'alterConfigs')

/** Levels of loggers are this process's own: no controller keeps them. */
function alterOwnLoggers(cx: RequestContext, { resourceName: name, configs }: Resource, isTrial: boolean): Answer {
  const { nodeId, env } = cx.services
  const answer = (errorCode: ErrorCode, errorMessage: string | null): Answer => ({
    resourceType: configResourceType.brokerLogger,
    resourceName: name,
    errorCode,
    errorMessage,
  })
  if (!/^[+-]?[0-9]+$/.test(name))
    return answer(errors.INVALID_REQUEST, `Node id must be an integer, but it is: ${name}`)
  if (Number(name) !== nodeId) {
    return answer(errors.INVALID_REQUEST, `Unexpected node id. Expected ${nodeId}, but received ${name}`)
  }
  const refusal = alterLoggers(env.logger, configs, isTrial)
  return refusal === null ? answer(errors.NONE, null) : answer(refusal.code, refusal.message)
}

function alter<K extends 'alterConfigs' | 'incrementalAlterConfigs'>(api: AnyApi, kind: K): Handler {
  return handler(api, (cx, request: AskRequest<K>, reply: Reply<{ responses: Answer[] }>) => {
    const resources: readonly Resource[] = request.resources
    const isOurs = (r: Resource) =>
      kind === 'incrementalAlterConfigs' && r.resourceType === configResourceType.brokerLogger
    const own = resources.filter(isOurs).map((r) => alterOwnLoggers(cx, r, request.validateOnly))
    const { refused, others } = sort(
      cx,
      resources.filter((r) => !isOurs(r)),
    )
    const answer = (responses: readonly Answer[]) => {
      reply.send({ responses: inOrder(resources, [...own, ...refused, ...responses]) })
    }
    if (others.length === 0) {
      answer([])
      return
    }
    const stores = storesOf(cx, others)
    if (stores !== null) {
      cx.services.security.check(stores.config, (refusal) => {
        if (refusal === null) return ask(others)
        const { resourceType, resourceName } = stores.resource
        refused.push({ resourceType, resourceName, errorCode: errors.INVALID_REQUEST, errorMessage: refusal })
        const rest = others.filter((other) => other !== stores.resource)
        if (rest.length === 0) answer([])
        else ask(rest)
      })
      return 'waits'
    }
    ask(others)
    return undefined

    function ask(others: readonly Resource[]): void {
      controllerOf(cx).ask(kind, { ...request, resources: others }, contextOf(cx), ({ responses }) =>
        whenHere(cx, () => answer(responses ?? [])),
      )
    }
  })
}

/** This broker's own resource when key material is part of the change, and the configuration with it: the stores are read first. */
function storesOf(
  cx: RequestContext,
  others: readonly Resource[],
): { config: BrokerConfig; resource: Resource } | null {
  const { nodeId, fileConfig } = cx.services
  if (cx.isForwarded === true || cx.listener.kind !== 'broker') return null
  const resource = others.find(
    ({ resourceType, resourceName, configs }) =>
      resourceType === configResourceType.broker &&
      resourceName === String(nodeId) &&
      configs.some(({ name }) => listenerStore.test(name)),
  )
  if (resource === undefined) return null
  const next = changedValues(valuesOf(cx, resource.resourceName), resource)
  if ('code' in next) return null
  const { config } = withDynamic(fileConfig, valuesOf(cx, ''), next.values)
  return config === null ? null : { config, resource }
}

function sort<R extends Resource>(cx: RequestContext, resources: readonly R[]): { refused: Answer[]; others: R[] } {
  const refused: Answer[] = []
  const others: R[] = []
  for (const resource of resources) {
    const why = refuse(cx, resource)
    if (why === null) others.push(resource)
    else {
      const { resourceType, resourceName } = resource
      refused.push({ resourceType, resourceName, errorCode: why.code, errorMessage: why.message })
    }
  }
  return { refused, others }
}

function refuse(cx: RequestContext, resource: Resource): { code: ErrorCode; message: string } | null {
  const { resourceType, resourceName } = resource
  if (!everyType.has(resourceType) || resourceType === configResourceType.brokerLogger) {
    return { code: errors.INVALID_REQUEST, message: `Unknown resource type ${resourceType}` }
  }
  // what a broker sent on, it has checked: static values are known to the broker alone
  if (resourceType !== configResourceType.broker || cx.isForwarded === true) return null
  const { nodeId, config, fileConfig } = cx.services
  if (resourceName !== '' && !/^[+-]?[0-9]+$/.test(resourceName)) {
    return { code: errors.INVALID_REQUEST, message: `Node id must be an integer, but it is: ${resourceName}` }
  }
  if (resourceName !== '' && resourceName !== String(nodeId) && cx.listener.kind === 'broker') {
    return {
      code: errors.INVALID_REQUEST,
      message: `Unexpected broker id, expected ${nodeId}, but received ${resourceName}`,
    }
  }
  const cluster = valuesOf(cx, '')
  const broker = valuesOf(cx, resourceName === '' ? String(nodeId) : resourceName)
  const changed = resourceName === '' ? 'cluster' : 'broker'
  const next = changedValues(changed === 'cluster' ? cluster : broker, resource)
  if ('code' in next) return { code: errors[next.code], message: next.message }
  const scopes = changed === 'cluster' ? { cluster: next.values, broker } : { cluster, broker: next.values }
  const refusal = refuseBrokerConfigs({ current: config, file: fileConfig }, scopes, changed)
  return refusal === null ? null : { code: errors[refusal.code], message: refusal.message }
}

function valuesOf(cx: RequestContext, name: string): ReadonlyMap<string, string> {
  return cx.services.image.configs.get(configResourceKey(configResourceType.broker, name))?.values ?? new Map()
}

/** The scope's content after the change; an AlterConfigs resource has no operations and replaces all. */
function changedValues(
  before: ReadonlyMap<string, string>,
  { configs }: Resource,
): { values: ReadonlyMap<string, string> } | { code: 'INVALID_CONFIG' | 'INVALID_REQUEST'; message: string } {
  const isReplacing = configs.every((c) => c.configOperation === undefined)
  const values = new Map(isReplacing ? [] : before)
  for (const { name, configOperation: operation = configOperation.set, value } of configs) {
    const outcome = applyOperation(configResourceType.broker, name, operation, values.get(name) ?? null, value)
    if ('code' in outcome) return outcome
    if (outcome.text === null) values.delete(name)
    else values.set(name, outcome.text)
  }
  return { values }
}

function inOrder(resources: readonly Resource[], answers: readonly Answer[]): Answer[] {
  const keyOf = (r: { resourceType?: number | undefined; resourceName?: string | undefined }) =>
    `${r.resourceType}:${r.resourceName}`
  const byKey = new Map(answers.map((answer) => [keyOf(answer), answer]))
  return resources.flatMap((resource) => byKey.get(keyOf(resource)) ?? [])
}
