import { type ConfigKey, ipQuotaKeys, userQuotaKeys } from '../config/index.ts'
import { type ClientQuotaImage, type MetadataRecord, metadataRecord } from '../metadata/index.ts'
import { errors } from '../protocol/index.ts'
import type { AskRequest, AskResponse, Item, Outcome } from './inputs.ts'
import { recordsPerOperationMax } from './options.ts'
import { accepted, isRefusal, type Refusal, refuse } from './refusal.ts'
import type { ControllerState } from './state.ts'

type Request = AskRequest<'alterClientQuotas'>
type Entry = Request['entries'][number]
type Result = Item<AskResponse<'alterClientQuotas'>['entries']>

const userTypes = ['user', 'client-id']

/** AlterClientQuotas (KIP-546): sets or removes quotas of users, client ids and addresses. INVALID_REQUEST. */
export function alterClientQuotas(state: ControllerState, request: Request): Outcome<'alterClientQuotas'> {
  const records: MetadataRecord[] = []
  const entries: Result[] = []
  const seen = new Set<string>()
  for (const entry of request.entries) {
    const key = entityKey(entry)
    const altered = seen.has(key)
      ? refuse(errors.INVALID_REQUEST, `Ignoring duplicate entity ${shown(entry)}`)
      : alterEntity(state, entry)
    seen.add(key)
    if (isRefusal(altered)) entries.push(result(entry, altered))
    else if (records.length + altered.length > recordsPerOperationMax) {
      entries.push(
        result(entry, refuse(errors.POLICY_VIOLATION, 'Unable to perform excessively large batch operation.')),
      )
    } else {
      records.push(...altered)
      entries.push(result(entry, accepted))
    }
  }
  return { records: request.validateOnly ? [] : records, response: { entries } }
}

function result({ entity }: Entry, { code, message }: Refusal): Result {
  return { errorCode: code, errorMessage: message, entity }
}

function entityKey({ entity }: Entry): string {
  return JSON.stringify(entity.map((e) => [e.entityType, e.entityName]).sort())
}

function shown({ entity }: Entry): string {
  return `ClientQuotaEntity(entries={${entity.map((e) => `${e.entityType}=${e.entityName}`).join(', ')}})`
}

function alterEntity(state: ControllerState, entry: Entry): MetadataRecord[] | Refusal {
  const twice = entry.ops.find((op, i) => entry.ops.findIndex((o) => o.key === op.key) < i)
  if (twice !== undefined) {
    return refuse(
      errors.INVALID_REQUEST,
      `Duplicate quota key ${twice.key} not updating quota for this entity ${shown(entry)}`,
    )
  }
  const keys = quotaKeysOf(entry)
  if (isRefusal(keys)) return keys
  const current = currentOf(state, entry)
  const records: MetadataRecord[] = []
  const { entity } = entry
  for (const { key, value, remove } of entry.ops) {
    if (remove) {
      if (current?.has(key)) records.push(metadataRecord('ClientQuotaRecord', { entity, key, remove: true }))
      continue
    }
    const wrong = refuseQuota(keys, key, value)
    if (wrong !== null) return wrong
    if (current?.get(key) !== value) records.push(metadataRecord('ClientQuotaRecord', { entity, key, value }))
  }
  return records
}

function quotaKeysOf({ entity }: Entry): ReadonlyMap<string, ConfigKey> | Refusal {
  const no = (message: string) => refuse(errors.INVALID_REQUEST, message)
  if (entity.length === 0) return no('Invalid empty client quota entity')
  const types = new Map<string, string | null>()
  for (const { entityType, entityName } of entity) {
    if (types.has(entityType)) return no(`Invalid client quota entity, duplicate entity entry ${entityType}`)
    if (entityType !== 'ip' && !userTypes.includes(entityType)) {
      return no(`Unhandled client quota entity type: ${entityType}`)
    }
    if (entityName === '') return no(`Empty ${entityType} not supported`)
    types.set(entityType, entityName)
  }
  if (!types.has('ip')) return userQuotaKeys
  if (types.size > 1) {
    return no('Invalid quota entity combination, IP entity shouldnot be combined with User or ClientId')
  }
  const ip = types.get('ip') ?? null
  return ip === null || isAddress(ip) ? ipQuotaKeys : no(`${ip} is not a valid IP or resolvable host.`)
}

/** Kafka also takes names and resolves them once; a decision here may not ask a name server, so only addresses pass. */
function isAddress(text: string): boolean {
  const v4 = /^([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,3})$/.exec(text)
  if (v4 !== null) return v4.slice(1).every((part) => Number(part) <= 255)
  return text === 'localhost' || (text.includes(':') && /^[0-9a-fA-F:.]+$/.test(text))
}

function currentOf(state: ControllerState, entry: Entry): ReadonlyMap<string, number> | undefined {
  const isSame = (quota: ClientQuotaImage) =>
    quota.entity.size === entry.entity.length &&
    entry.entity.every((e) => quota.entity.has(e.entityType) && quota.entity.get(e.entityType) === e.entityName)
  return state.image.clientQuotas.find(isSame)?.values
}

function refuseQuota(keys: ReadonlyMap<string, ConfigKey>, key: string, value: number): Refusal | null {
  const no = (message: string) => refuse(errors.INVALID_REQUEST, message)
  const row = keys.get(key)
  if (row === undefined) return no(`Invalid configuration key ${key}`)
  if (value <= 0) return no(`Quota ${key} must be greater than 0`)
  if (row.type === 'double') return null
  if (row.type === 'int' && value > 2147483647) return no(`Proposed value for ${key} is too large for an INT.`)
  if (row.type === 'long' && value > 2 ** 63) return no(`Proposed value for ${key} is too large for a LONG.`)
  return Math.abs(value % 1) > 1e-6 ? no(`${key} cannot be a fractional value.`) : null
}
