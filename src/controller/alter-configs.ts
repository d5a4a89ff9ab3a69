import { configOperation } from '../config/index.ts'
import { configResourceType, type MetadataRecord } from '../metadata/index.ts'
import { errors } from '../protocol/index.ts'
import { elementsPerPiece, type Pieces } from '../runtime/index.ts'
import { alterResource, type ConfigResource, clearElrRecords, replaceResource } from './alter-resource.ts'
import type { AskContext, AskRequest, AskResponse, Item, Outcome } from './inputs.ts'
import { type ControllerOptions, recordsPerOperationMax } from './options.ts'
import { accepted, isRefusal, type Refusal, refuse } from './refusal.ts'
import type { ControllerState } from './state.ts'

type Result = Item<AskResponse<'incrementalAlterConfigs'>['responses']>
const knownTypes: readonly number[] = Object.values(configResourceType)

/**
 * IncrementalAlterConfigs: each resource alone, all that succeed in one batch. INVALID_CONFIG, INVALID_REQUEST,
 * UNKNOWN_TOPIC_OR_PARTITION, BROKER_ID_NOT_REGISTERED, UNSUPPORTED_VERSION (unknown resource type). Loggers belong to
 * the node that is asked and never come here.
 */
export function incrementalAlterConfigs(
  state: ControllerState,
  options: ControllerOptions,
  request: AskRequest<'incrementalAlterConfigs'>,
  context: AskContext,
): Pieces<Outcome<'incrementalAlterConfigs'>> {
  const how = { isNew: false, isForwarded: context.isForwarded ?? false }
  return alterEach(state, request.resources, request.validateOnly, (resource, id) => {
    const twice = resource.configs.find((c, i) => resource.configs.findIndex((o) => o.name === c.name) < i)
    if (twice !== undefined) return refuse(errors.INVALID_REQUEST, 'Error due to duplicate config keys')
    const unknown = resource.configs.find((c) => c.configOperation < 0 || c.configOperation > 3)
    if (unknown !== undefined) {
      return refuse(errors.INVALID_REQUEST, `Unknown operations type ${unknown.configOperation}`)
    }
    const nulls = resource.configs.filter((c) => c.configOperation !== configOperation.delete && c.value === null)
    if (nulls.length > 0) return refuseNulls(nulls)
    const changes = resource.configs.map((c) => ({ name: c.name, operation: c.configOperation, value: c.value }))
    return alterResource(state, options, id, changes, how)
  })
}

/** AlterConfigs of old: what a resource does not name is removed. Codes as for the incremental one. */
export function alterConfigs(
  state: ControllerState,
  options: ControllerOptions,
  request: AskRequest<'alterConfigs'>,
  context: AskContext,
): Pieces<Outcome<'alterConfigs'>> {
  const how = { isNew: false, isForwarded: context.isForwarded ?? false }
  return alterEach(state, request.resources, request.validateOnly, (resource, id) => {
    const nulls = resource.configs.filter((c) => c.value === null)
    if (nulls.length > 0) return refuseNulls(nulls)
    return replaceResource(state, options, id, new Map(resource.configs.map((c) => [c.name, c.value!])), how)
  })
}

function refuseNulls(configs: readonly { readonly name: string }[]): Refusal {
  return refuse(errors.INVALID_REQUEST, `Null value not supported for : ${configs.map((c) => c.name).join(', ')}`)
}

function* alterEach<R extends { readonly resourceType: number; readonly resourceName: string }>(
  state: ControllerState,
  resources: readonly R[],
  validateOnly: boolean,
  alter: (resource: R, id: ConfigResource) => MetadataRecord[] | Refusal,
): Pieces<{ readonly records: MetadataRecord[]; readonly response: { readonly responses: Result[] } }> {
  const records: MetadataRecord[] = []
  const responses: Result[] = []
  const answer = ({ resourceType, resourceName }: R, { code, message }: Refusal) =>
    responses.push({ errorCode: code, errorMessage: message, resourceType, resourceName })
  let seen = 0
  for (const same of Map.groupBy(resources, (r) => `${r.resourceType}:${r.resourceName}`).values()) {
    if (++seen % elementsPerPiece === 0) yield
    const resource = same[0]!
    if (!knownTypes.includes(resource.resourceType)) {
      answer(resource, refuse(errors.UNSUPPORTED_VERSION, `Unknown resource type ${resource.resourceType}.`))
      continue
    }
    if (same.length > 1) {
      answer(resource, refuse(errors.INVALID_REQUEST, 'Duplicate resource.'))
      continue
    }
    const altered = alter(resource, { type: resource.resourceType, name: resource.resourceName })
    if (isRefusal(altered)) answer(resource, altered)
    else if (records.length + altered.length > recordsPerOperationMax) {
      answer(resource, refuse(errors.POLICY_VIOLATION, 'Unable to perform excessively large batch operation.'))
    } else {
      records.push(...altered)
      answer(resource, accepted)
    }
  }
  records.push(...clearElrRecords(state, records))
  return { records: validateOnly ? [] : records, response: { responses } }
}
