import { javaStringHash } from '../../bytes/index.ts'
import {
  type Admin,
  hashOrder,
  type QuotaEntity,
  type QuotaListing,
  type ScramChange,
  type ScramMechanism,
  stringHashOrder,
  unwrap,
} from '../../client/index.ts'
import { apacheText } from '../apache-texts.ts'
import { javaDouble } from '../deserializers.ts'
import { type CliWorld, ToolFailure } from '../world.ts'
import type { Change, Entities } from './configs-entities.ts'

/** Quotas of users and clients. */
export const quotaNames: readonly string[] = [
  'consumer_byte_rate',
  'controller_mutation_rate',
  'producer_byte_rate',
  'request_percentage',
]

const quotaTypes: Readonly<Record<string, string>> = { users: 'user', clients: 'client-id', ips: 'ip' }

function listings({ types, names }: Entities, admin: Admin): Promise<QuotaListing[]> {
  if (names.length > types.length) throw new ToolFailure('More entity names specified than entity types')
  const filters = types.map((entityType, i) => {
    const type = quotaTypes[entityType]!
    const name = names[i]
    if (name === undefined) return { type }
    return { type, name: name === '' ? null : name }
  })
  return admin.describeClientQuotas(filters, { strict: true })
}

export async function alterQuotas(entities: Entities, { add, remove }: Change, admin: Admin): Promise<void> {
  if (entities.types.length !== entities.names.length) {
    throw new ToolFailure('Exactly one entity name must be specified for every entity type')
  }
  const [old] = await listings(entities, admin)
  const absent = remove.filter((key) => old?.values.has(key) !== true)
  if (absent.length > 0) throw new ToolFailure(`Invalid config(s): ${absent.join(',')}`)
  const entity = Object.fromEntries(
    entities.types.map((type, i) => [quotaTypes[type]!, entities.names[i] === '' ? null : entities.names[i]!]),
  )
  const values: Record<string, number | null> = {}
  for (const [key, text] of add) {
    const value = javaNumber(text)
    if (value === null) throw new ToolFailure(`Cannot parse quota configuration value for ${key}: ${text}`)
    values[key] = value
  }
  for (const key of remove) values[key] = null
  unwrap(await admin.alterClientQuotas([{ entity, values }]))
}

/** As Double.parseDouble reads it. */
function javaNumber(text: string): number | null {
  if (!/^\s*[+-]?(?:NaN|Infinity|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?[df]?)\s*$/i.test(text)) return null
  return Number(text.trim().replace(/[df]$/i, ''))
}

export async function describeQuotas(entities: Entities, admin: Admin, world: CliWorld): Promise<void> {
  const found = await listings(entities, admin)
  // in the order in which Java's maps walk them: the broker's, then the client's
  let initial = 1
  while (initial < found.length) initial *= 2
  for (const { entity, values } of hashOrder(found, (listing) => entityHash(listing.entity), initial)) {
    const names = [
      ['user', 'user-principal'],
      ['client-id', 'client-id'],
      ['ip', 'ip'],
    ] as const
    const whose = names.flatMap(([type, said]) => {
      if (!(type in entity)) return []
      return entity[type] === null ? `the default ${said}` : `${said} '${entity[type]}'`
    })
    const keys = stringHashOrder(stringHashOrder(values.keys()), true)
    const what = keys.map((key) => `${key}=${javaDouble(values.get(key)!)}`)
    world.out(`Quota configs for ${whose.join(', ')} are ${what.join(', ')}\n`)
  }
}

/** ClientQuotaEntity.hashCode. */
function entityHash(entity: QuotaEntity): number {
  let sum = 31
  for (const [type, name] of Object.entries(entity)) {
    sum += javaStringHash(type) ^ (name === null ? 0 : javaStringHash(name))
  }
  return sum | 0
}

const iterationsMin = 4096

export async function alterCredentials(user: string, { add, remove }: Change, admin: Admin): Promise<void> {
  const changes: ScramChange[] = remove.map((key) => ({ user, mechanism: key as ScramMechanism, delete: true }))
  for (const [key, value] of add) {
    const parts = /^(?:iterations=(-?[0-9]*),)?password=(.*)$/s.exec(value)
    if (!parts) throw new ToolFailure(`Invalid credential property ${key.replaceAll('-', '_')}=${value}`)
    const iterations = parts[1] === undefined || parts[1] === '-1' ? iterationsMin : Number(parts[1])
    if (iterations < iterationsMin) {
      throw new ToolFailure(`Iterations ${iterations} is less than the minimum ${iterationsMin} required for ${key}`)
    }
    changes.push({ user, mechanism: key as ScramMechanism, password: parts[2]!, iterations })
  }
  unwrap(await admin.alterScramCredentials(changes))
}

export async function describeCredentials(users: readonly string[], admin: Admin, world: CliWorld): Promise<void> {
  for (const [user, { error, value }] of await admin.describeScramCredentials(users)) {
    if (error?.code === 'RESOURCE_NOT_FOUND') continue
    if (error !== null) {
      const told = `${error.exception}: ${apacheText(error)}`
      world.out(`Error retrieving SCRAM credential configs for user-principal '${user}': ${told}\n`)
    } else {
      const infos = value.map((c) => `${c.mechanism}=iterations=${c.iterations}`).join(', ')
      world.out(`SCRAM credential configs for user-principal '${user}' are ${infos}\n`)
    }
  }
}
