/** Requests made from the schemas: every served key and version, values that mean something mixed with values that do not. */
import { Writer, ZERO_UUID } from '../../src/bytes/index.ts'
import { type AnyApi, type AnyField, type Fields, RequestHeader } from '../../src/protocol/index.ts'
import type { Luck } from '../faults/seed.ts'
import { someBatch } from './batches.ts'
import { someEmbedded } from './embedded.ts'
import { configNames, configValues, type Pools } from './pools.ts'

export interface Ask {
  readonly api: AnyApi
  readonly version: number
  readonly correlationId: number
  readonly body: Readonly<Record<string, unknown>>
  /** The frame without its size. */
  readonly bytes: Uint8Array
}

const clientIds = ['fuzz', '', null, 'new\nline', 'x'.repeat(32_000), '\ud800', '%n%s']

export class Generator {
  readonly #luck: Luck
  readonly #pools: Pools

  constructor(luck: Luck, pools: Pools) {
    this.#luck = luck
    this.#pools = pools
  }

  ask(api: AnyApi, version: number, correlationId: number): Ask {
    const body = this.#struct(api.request.fields, version, api.name, 0)
    const w = new Writer()
    const clientId = this.#luck.chance(0.9) ? 'fuzz' : this.#luck.pick(clientIds)
    const header = { requestApiKey: api.key, requestApiVersion: version, correlationId, clientId }
    RequestHeader.encode(w, header, api.requestHeaderVersion(version))
    api.request.encode(w, body, version)
    return { api, version, correlationId, body, bytes: w.toBytes() }
  }

  #struct(fields: Fields, version: number, path: string, depth: number): Record<string, unknown> {
    const made: Record<string, unknown> = {}
    for (const [name, field] of Object.entries(fields)) {
      if (version < field.since || version > field.until) continue
      // A tagged field is mostly left out, as most clients do.
      if (field.tag >= 0 && this.#luck.chance(0.7)) continue
      made[name] = this.#field(name, field, version, path, depth)
    }
    return made
  }

  #field(name: string, field: AnyField, version: number, path: string, depth: number): unknown {
    const luck = this.#luck
    const isNullable = version >= field.nullableSince && version <= field.nullableUntil
    if (isNullable && luck.chance(0.15)) return null
    const { kind } = field
    if (kind.name.startsWith('[]')) {
      const count = luck.chance(0.02) ? luck.between(10, 60) : luck.below(depth === 0 ? 4 : 3)
      return Array.from({ length: count }, () =>
        kind.fields === undefined
          ? this.#scalar(name, kind.name.slice(2), path, false)
          : this.#struct(kind.fields, version, path, depth + 1),
      )
    }
    if (kind.fields !== undefined) return this.#struct(kind.fields, version, path, depth + 1)
    return this.#scalar(name, kind.name, path, isNullable)
  }

  #scalar(name: string, kind: string, path: string, isNullable: boolean): unknown {
    const luck = this.#luck
    if (kind === 'records') return someBatch(luck, this.#pools)
    if (kind === 'bytes') return someEmbedded(name, luck)
    const meant = this.#meant(name, path)
    if (fits(meant, kind, isNullable)) return meant
    switch (kind) {
      case 'string':
        return luck.pick(['', 'fuzz-0', 'a', '\0', 'x'.repeat(luck.below(300))])
      case 'bool':
        return luck.chance(0.5)
      case 'uuid':
        return luck.chance(0.3) ? ZERO_UUID : 'AAAAAAAAAAAAAAAAAAAAAQ'
      case 'float64':
        return luck.pick([0, 1, -1, 1e6, Number.NaN, Number.POSITIVE_INFINITY, Number.MAX_VALUE])
      case 'int64':
        return luck.pick([0, 1, -1, -2, 100, 2 ** 53, 2 ** 63, -(2 ** 63), luck.below(1000)])
      case 'int8':
        return luck.pick([0, 1, -1, 127, -128])
      case 'int16':
      case 'uint16':
        return luck.pick([0, 1, -1, 100, 32_767, kind === 'int16' ? -32_768 : 65_535])
      default:
        return luck.pick([0, 1, -1, 2, 100, 2_147_483_647, -2_147_483_648, luck.below(1000)])
    }
  }

  /** What a field of this name means here. */
  #meant(name: string, path: string): unknown {
    const luck = this.#luck
    if (path.includes('Config') || path === 'CreateTopics' || path === 'AlterClientQuotas') {
      if (name === 'value') return luck.pick(configValues)
      if (name === 'key') return luck.pick(configNames)
      if (name === 'name' && (path !== 'CreateTopics' || luck.chance(0.4))) return luck.pick(configNames)
    }
    if (name === 'name') {
      if (path === 'AlterUserScramCredentials' || path === 'DescribeUserScramCredentials') return 'alice'
      if (path === 'JoinGroup') return luck.pick(['range', 'roundrobin', 'cooperative-sticky', ''])
      return this.#pools.pick('topic', luck)
    }
    if (name === 'groups' && path === 'OffsetFetch') return undefined
    return this.#pools.pick(name, luck)
  }
}

function fits(value: unknown, kind: string, isNullable: boolean): boolean {
  if (value === undefined) return false
  if (value === null) return isNullable
  switch (kind) {
    case 'string':
    case 'uuid':
      return typeof value === 'string'
    case 'bool':
      return typeof value === 'boolean'
    case 'int8':
      return Number.isInteger(value) && Math.abs(Number(value)) <= 127
    case 'int16':
    case 'uint16':
      return Number.isInteger(value) && Math.abs(Number(value)) <= 32_767
    case 'int64':
      return Number.isInteger(value)
    default:
      return Number.isInteger(value) && Math.abs(Number(value)) <= 2_147_483_647
  }
}
