/**
 * The messages of Kubernetes' API, read from `tables.ts` when they are asked for. One line each, fields parted by `|`:
 *
 *     apps.DeploymentSpec|replicas 1 *i ?|selector 2 *meta.LabelSelector|…
 *     PACKAGE.NAME[ A]   |NAME NUMBER TYPE FLAG…
 *
 * Types: `s` string (`s'core.Protocol`: a named one), `b` bool, `i` int32, `l` int64, `d` float64, `y` bytes, `T` Time,
 * `U` MicroTime, `W` Duration, `Q` Quantity, `I` IntOrString, `R` RawExtension, `F` FieldsV1, `J` any JSON, or a message;
 * before them `*` pointer, `[]` list, `{}` map from strings.
 * Flags: `~` inline (its fields stand in the parent), `?` omitempty, `z` omitzero, `o` optional, `L` list type with keys,
 * `M` merged by strategic merge patch (with the key), `K` retainKeys, `A` owned as one, `D` default (JSON).
 */
import type { Json } from '../../kube-client/index.ts'
import type { MergeRule } from '../kind.ts'
import type { ProtoField, ProtoMessage, ProtoTable } from '../proto-table.ts'
import { objectMeta } from '../schema/meta.ts'
import type { GoFacts, Node, NodeType } from '../schema/node.ts'
import { tables } from './tables.ts'

export interface MessageField {
  readonly name: string
  readonly number: number
  /** With its prefixes. */
  readonly type: string
  readonly flags: readonly string[]
}

export interface Message {
  readonly name: string
  /** Owned as one by apply. */
  readonly isAtomic: boolean
  readonly fields: readonly MessageField[]
}

/** Packages whose path is not `io.k8s.api.NAME.v1`. */
const paths: Readonly<Record<string, string>> = {
  meta: 'io.k8s.apimachinery.pkg.apis.meta.v1',
  apiextensions: 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1',
}

/** All messages; nodes made from them are kept, so that each is made once. */
export class Messages {
  readonly #lines = new Map<string, string>()
  readonly #messages = new Map<string, Message>()
  readonly #fields = new Map<string, ReadonlyMap<string, Node>>()
  readonly #proto = new Map<string, ProtoMessage>()

  constructor(text: string = tables) {
    for (const line of text.split('\n')) {
      const end = line.indexOf('|')
      const head = end < 0 ? line : line.slice(0, end)
      if (head !== '') this.#lines.set(head.split(' ')[0]!, line)
    }
  }

  get(name: string): Message {
    const known = this.#messages.get(name)
    if (known !== undefined) return known
    const line = this.#lines.get(name)
    if (line === undefined) throw new Error(`no message ${name}`)
    const [head = '', ...fields] = line.split('|')
    const message: Message = {
      name,
      isAtomic: head.endsWith(' A'),
      fields: fields.map((field) => {
        const [fieldName = '', number = '', type = '', ...flags] = field.split(' ')
        return { name: fieldName, number: Number(number), type, flags }
      }),
    }
    this.#messages.set(name, message)
    return message
  }

  /** The fields of a message as they stand in JSON: inline ones in their place. */
  fieldsOf(name: string): ReadonlyMap<string, Node> {
    const known = this.#fields.get(name)
    if (known !== undefined) return known
    const fields = new Map<string, Node>()
    this.#fields.set(name, fields)
    for (const field of this.get(name).fields) {
      if (field.flags.includes('~')) for (const [inner, node] of this.fieldsOf(field.type)) fields.set(inner, node)
      else fields.set(field.name, this.#fieldNode(field))
    }
    return fields
  }

  /** The node of a whole message. */
  node(name: string): Node {
    return this.#nodeOf(name, {}, undefined)
  }

  #fieldNode({ type, flags }: MessageField): Node {
    const facts = {
      ...(flags.includes('?') ? { omitEmpty: true } : {}),
      ...(flags.includes('z') ? { omitZero: true } : {}),
    }
    const byDefault = flags.find((flag) => flag.startsWith('D'))
    const node = this.#nodeOf(type, facts, mergeRule(flags))
    return byDefault === undefined ? node : Object.assign(node, { default: JSON.parse(byDefault.slice(1)) as Json })
  }

  #nodeOf(type: string, facts: Partial<GoFacts>, merge: MergeRule | undefined): Node {
    const rule = merge === undefined ? {} : { merge }
    if (type.startsWith('*')) return this.#nodeOf(type.slice(1), { ...facts, pointer: true }, merge)
    const code = /^(\[\]|\{\})/.exec(type)?.[0] ?? type
    const go: GoFacts = { name: goName(type), code, ...facts }
    if (code === '[]') return { type: 'array', items: this.#nodeOf(type.slice(2), {}, undefined), go, ...rule }
    if (code === '{}') return { type: 'object', values: this.#nodeOf(type.slice(2), {}, undefined), go, ...rule }
    if (type === 'meta.ObjectMeta') return { ...objectMeta, go: { ...objectMeta.go!, ...go }, ...rule }
    if (type.includes('.') && !type.startsWith("s'")) return new MessageNode(this, type, go, merge)
    return { ...scalars[type[0]!]!, go: { ...go, code: type[0]! }, ...rule }
  }

  /** For reading protobuf. */
  proto(message: string): ProtoTable {
    return { message, lookup: (name) => this.#protoMessage(name) }
  }

  #protoMessage(name: string): ProtoMessage {
    const known = this.#proto.get(name)
    if (known !== undefined) return known
    const message: Record<number, ProtoField> = {}
    for (const field of this.get(name).fields) {
      const type = field.type.replace(/^\*/, '')
      message[field.number] = {
        name: field.name,
        type: type.replace(/^(\[\]|\{\})\*?/, ''),
        ...(type.startsWith('[]') ? { repeated: true } : {}),
        ...(type.startsWith('{}') ? { map: true } : {}),
        ...(field.flags.includes('~') ? { inline: true } : {}),
      }
    }
    this.#proto.set(name, message)
    return message
  }
}

/** A message's fields are looked up when they are needed: trees are large, and one is recursive. */
class MessageNode implements Node {
  readonly type = 'object'
  readonly go: GoFacts
  readonly merge?: MergeRule
  readonly #messages: Messages
  readonly #message: string

  constructor(messages: Messages, message: string, go: GoFacts, merge: MergeRule | undefined) {
    this.#messages = messages
    this.#message = message
    this.go = { ...go, ref: refOf(message), code: 'message' }
    const isAtomic = messages.get(message).isAtomic
    if (merge !== undefined || isAtomic) this.merge = { ...merge, ...(isAtomic ? { atomic: true as const } : {}) }
  }

  get fields(): ReadonlyMap<string, Node> {
    return this.#messages.fieldsOf(this.#message)
  }

  get required(): readonly string[] {
    return this.#messages
      .get(this.#message)
      .fields.filter(({ flags }) => !flags.some((flag) => flag === '?' || flag === 'o' || flag === '~' || flag === 'z'))
      .map(({ name }) => name)
  }
}

const refOf = (message: string): string => {
  const [pkg = '', name = ''] = message.split('.')
  return `${paths[pkg] ?? `io.k8s.api.${pkg}.v1`}.${name}`
}

function mergeRule(flags: readonly string[]): MergeRule | undefined {
  const rule: { -readonly [K in keyof MergeRule]: MergeRule[K] } = {}
  for (const flag of flags) {
    const rest = flag.slice(1)
    if (flag.startsWith('L')) {
      const [list, ...keys] = rest.split(',')
      rule.list = list as 'map' | 'set' | 'atomic'
      if (keys.length > 0) rule.keys = keys
    } else if (flag.startsWith('M')) rule.patchKey = rest
    else if (flag === 'K') rule.retainKeys = true
    else if (flag === 'A') rule.atomic = true
  }
  return Object.keys(rule).length === 0 ? undefined : rule
}

const scalar = (type: NodeType, format?: string): Node => (format === undefined ? { type } : { type, format })
const scalars: Readonly<Record<string, Node>> = {
  s: scalar('string'),
  b: scalar('boolean'),
  i: scalar('integer', 'int32'),
  l: scalar('integer', 'int64'),
  d: scalar('number', 'double'),
  y: scalar('string', 'byte'),
  T: scalar('string', 'date-time'),
  U: scalar('string', 'date-time'),
  W: scalar('string'),
  Q: scalar('string'),
  I: { intOrString: true },
  R: { type: 'object', preserve: true },
  F: { type: 'object', preserve: true },
  J: { preserve: true },
}

const goNames: Readonly<Record<string, string>> = {
  s: 'string',
  b: 'bool',
  i: 'int32',
  l: 'int64',
  d: 'float64',
  y: '[]uint8',
  T: 'v1.Time',
  U: 'v1.MicroTime',
  Q: 'resource.Quantity',
  I: 'intstr.IntOrString',
}

/** What Go's errors call a type. */
function goName(type: string): string {
  if (type.startsWith('*')) return goName(type.slice(1))
  if (type.startsWith('[]')) return `[]${goName(type.slice(2))}`
  if (type.startsWith('{}')) return `map[string]${goName(type.slice(2))}`
  const named = /^(?:s')?\w+\.(\w+)$/.exec(type)
  return named === null ? (goNames[type] ?? type) : `v1.${named[1]}`
}
