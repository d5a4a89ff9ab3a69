import { type AclImage, type MetadataRecord, metadataRecord } from '../metadata/index.ts'
import { errors } from '../protocol/index.ts'
import type { AskRequest, AskResponse, Item, Outcome } from './inputs.ts'
import { type ControllerOptions, recordsPerOperationMax } from './options.ts'
import { randomUuid } from './random-uuid.ts'
import { accepted, type Refusal, refuse } from './refusal.ts'
import type { ControllerState } from './state.ts'

type Creation = AskRequest<'createAcls'>['creations'][number]
type Filter = AskRequest<'deleteAcls'>['filters'][number]

const ANY = 1
const MATCH = 2
const LITERAL = 3
const PREFIXED = 4
const DENY = 2
const ALLOW = 3
const CLUSTER = 4

/** Names of codes, as Kafka prints them in messages. */
const resourceTypes = ['UNKNOWN', 'ANY', 'TOPIC', 'GROUP', 'CLUSTER', 'TRANSACTIONAL_ID', 'DELEGATION_TOKEN', 'USER']
const patternTypes = ['UNKNOWN', 'ANY', 'MATCH', 'LITERAL', 'PREFIXED']
const operations = 16
const permissionTypes = ['UNKNOWN', 'ANY', 'DENY', 'ALLOW']

/** Without an authorizer nobody would heed an ACL: Kafka refuses to store it. */
function refuseDisabled({ config }: ControllerOptions): Refusal | null {
  return config.authorizerClassName === '' ? refuse(errors.SECURITY_DISABLED, 'No Authorizer is configured.') : null
}

/** CreateAcls: stores those that are not there yet. Each alone: INVALID_REQUEST; all: SECURITY_DISABLED. */
export function createAcls(
  state: ControllerState,
  options: ControllerOptions,
  request: AskRequest<'createAcls'>,
): Outcome<'createAcls'> {
  const have = new Set([...state.image.acls.values()].map(aclKey))
  const records: MetadataRecord[] = []
  const results = request.creations.map((creation) => {
    const { code, message } = refuseDisabled(options) ?? refuseAcl(creation) ?? accepted
    if (code !== errors.NONE) return { errorCode: code, errorMessage: message }
    const { resourcePatternType: patternType, ...rest } = creation
    const acl = { ...rest, patternType }
    if (!have.has(aclKey(acl))) {
      if (records.length >= recordsPerOperationMax) {
        const tooMuch = 'Unable to perform excessively large batch operation.'
        return { errorCode: errors.POLICY_VIOLATION, errorMessage: tooMuch }
      }
      have.add(aclKey(acl))
      records.push(metadataRecord('AccessControlEntryRecord', { id: randomUuid(options.random), ...acl }))
    }
    return { errorCode: errors.NONE, errorMessage: null }
  })
  return { records, response: { results } }
}

function aclKey(acl: Omit<AclImage, 'id'>): string {
  return JSON.stringify([
    acl.resourceType,
    acl.resourceName,
    acl.patternType,
    acl.principal,
    acl.host,
    acl.operation,
    acl.permissionType,
  ])
}

function refuseAcl(acl: Creation): Refusal | null {
  const no = (message: string) => refuse(errors.INVALID_REQUEST, message)
  const { resourceType, resourceName, resourcePatternType, principal, operation, permissionType } = acl
  if (resourceType <= ANY || resourceType >= resourceTypes.length) {
    return no(`Invalid resourceType ${resourceTypes[resourceType] ?? 'UNKNOWN'}`)
  }
  if (resourcePatternType !== LITERAL && resourcePatternType !== PREFIXED) {
    return no(`Invalid patternType ${patternTypes[resourcePatternType] ?? 'UNKNOWN'}`)
  }
  if (operation <= ANY || operation >= operations)
    return no(`Invalid operation ${operation === ANY ? 'ANY' : 'UNKNOWN'}`)
  if (permissionType !== DENY && permissionType !== ALLOW) {
    return no(`Invalid permissionType ${permissionTypes[permissionType] ?? 'UNKNOWN'}`)
  }
  if (resourceName === '') return no('Invalid empty resource name')
  if (resourceType === CLUSTER && resourceName !== 'kafka-cluster') {
    return no('The only valid name for the CLUSTER resource is kafka-cluster')
  }
  if (principal.includes(':')) return null
  return no(
    `Could not parse principal from \`${principal}\` (no colon is present separating the principal type from the principal name)`,
  )
}

/** DeleteAcls: removes what each filter matches, and says what that was. INVALID_REQUEST (a filter of unknown kind), SECURITY_DISABLED. */
export function deleteAcls(
  state: ControllerState,
  options: ControllerOptions,
  request: AskRequest<'deleteAcls'>,
): Outcome<'deleteAcls'> {
  const doomed = new Set<string>()
  const filterResults: Item<AskResponse<'deleteAcls'>['filterResults']>[] = []
  for (const filter of request.filters) {
    const wrong = refuseDisabled(options) ?? refuseFilter(filter)
    if (wrong !== null) {
      const { code, message } = wrong
      filterResults.push({ errorCode: code, errorMessage: message, matchingAcls: [] })
      continue
    }
    const matching = [...state.image.acls.values()].filter((acl) => matches(filter, acl))
    if (doomed.size + matching.length > recordsPerOperationMax) {
      const message = `Cannot remove more than ${recordsPerOperationMax} acls in a single delete operation.`
      filterResults.push({ errorCode: errors.INVALID_REQUEST, errorMessage: message, matchingAcls: [] })
      continue
    }
    for (const { id } of matching) doomed.add(id)
    filterResults.push({
      errorCode: errors.NONE,
      errorMessage: null,
      matchingAcls: matching.map(({ id: _, ...acl }) => ({ errorCode: errors.NONE, errorMessage: null, ...acl })),
    })
  }
  const records = [...doomed].map((id) => metadataRecord('RemoveAccessControlEntryRecord', { id }))
  return { records, response: { filterResults } }
}

function refuseFilter(filter: Filter): Refusal | null {
  const isIn = (code: number, names: { readonly length: number }) => code > 0 && code < names.length
  if (!isIn(filter.resourceTypeFilter, resourceTypes) || !isIn(filter.patternTypeFilter, patternTypes)) {
    return refuse(errors.INVALID_REQUEST, 'Unknown patternFilter.')
  }
  const isKnown = isIn(filter.operation, { length: operations }) && isIn(filter.permissionType, permissionTypes)
  return isKnown ? null : refuse(errors.INVALID_REQUEST, 'Unknown entryFilter.')
}

/** Pattern type MATCH takes every ACL that would apply to a resource of the name: literal, `*`, or a prefix of it. */
export function matches(filter: Filter, acl: AclImage): boolean {
  const fits = (wanted: number, actual: number) => wanted === ANY || wanted === actual
  const says = (wanted: string | null, actual: string) => wanted === null || wanted === actual
  return (
    fits(filter.resourceTypeFilter, acl.resourceType) &&
    fits(filter.operation, acl.operation) &&
    fits(filter.permissionType, acl.permissionType) &&
    says(filter.principalFilter, acl.principal) &&
    says(filter.hostFilter, acl.host) &&
    matchesName(filter, acl)
  )
}

function matchesName({ patternTypeFilter: type, resourceNameFilter: name }: Filter, acl: AclImage): boolean {
  if (type !== ANY && type !== MATCH && type !== acl.patternType) return false
  if (name === null) return true
  if (type !== MATCH) return name === acl.resourceName
  if (acl.patternType === PREFIXED) return name.startsWith(acl.resourceName)
  return acl.resourceName === name || acl.resourceName === '*'
}
