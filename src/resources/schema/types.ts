/**
 * The language in which kinds are declared. One declaration gives the TypeScript type, the OpenAPI schema of the
 * CustomResourceDefinition, the defaults and the page in docs/resources.
 */

export type Presence = 'optional' | 'required' | 'default'

export interface Facets {
  readonly minimum?: number
  readonly maximum?: number
  readonly minItems?: number
  readonly pattern?: string
  readonly example?: string
}

/** A CEL rule over the object that has it. */
export interface Rule {
  readonly rule: string
  readonly message: string
}

/** `quantity` is a Kubernetes quantity (`500m`, `2Gi`, 1); `open` an object whose fields nobody checks; `any` is anything. */
export type Shape =
  | 'string'
  | 'integer'
  | 'number'
  | 'boolean'
  | 'object'
  | 'list'
  | 'map'
  | 'open'
  | 'any'
  | 'quantity'

/** V: a value as a person may write it. D: the same with defaults filled in. */
export interface Type<V = unknown, D = V, P extends Presence = Presence> {
  readonly shape: Shape
  /** For people; what the field is and what its absence means. */
  readonly text?: string
  readonly presence: P
  /** What the operators take when the field is absent. Not written into stored objects: those stay as their owner wrote
   * them, as with Strimzi. */
  readonly byDefault?: unknown
  readonly facets?: Facets
  readonly values?: readonly (string | number)[]
  readonly fields?: Fields
  readonly item?: Type
  readonly rules?: readonly Rule[]
  /** Exactly one of the alternatives: in each, all these fields are there. */
  readonly oneOf?: readonly (readonly string[])[]
  /** What `any` may be; the first that has the shape of a value is the one. A definition cannot say it. */
  readonly alternatives?: readonly Type[]
  /** Fields other than those named are kept, too. */
  readonly andMore?: true
  /** Only for the checker. */
  readonly value?: V
  readonly defaulted?: D
}

export type Fields = Readonly<Record<string, Type>>

type Flat<T> = { [K in keyof T]: T[K] }
type Of<F extends Fields, P extends Presence> = { [K in keyof F]: F[K]['presence'] extends P ? K : never }[keyof F]

/** A value as a person may write it. */
export type Value<T> = T extends Type<infer V, infer _D, infer _P> ? V : never
/** A value as the operators see it: with defaults. */
export type Defaulted<T> = T extends Type<infer _V, infer D, infer _P> ? D : never

export type ObjectValue<F extends Fields> = Flat<
  { readonly [K in Of<F, 'required'>]: Value<F[K]> } & { readonly [K in Of<F, 'optional' | 'default'>]?: Value<F[K]> }
>
export type ObjectDefaulted<F extends Fields> = Flat<
  { readonly [K in Of<F, 'required' | 'default'>]: Defaulted<F[K]> } & {
    readonly [K in Of<F, 'optional'>]?: Defaulted<F[K]>
  }
>

type Optional<V, D = V> = Type<V, D, 'optional'>

const leaf = <V, D = V>(shape: Shape, text: string | undefined, facets?: Facets): Optional<V, D> => ({
  shape,
  presence: 'optional',
  ...(text === undefined ? {} : { text }),
  ...(facets === undefined ? {} : { facets }),
})

export const string = (text?: string, facets?: Facets): Optional<string> => leaf('string', text, facets)
export const integer = (text?: string, facets?: Facets): Optional<number> => leaf('integer', text, facets)
export const number = (text?: string, facets?: Facets): Optional<number> => leaf('number', text, facets)
export const boolean = (text?: string): Optional<boolean> => leaf('boolean', text)
export const quantity = (text?: string): Optional<string | number> => leaf('quantity', text)

/** An object with any fields, kept as written. */
export const open = (text?: string): Optional<Readonly<Record<string, unknown>>> => leaf('open', text)

/** One of several shapes, which a definition cannot say: there it is anything. */
export const either = (text: string, ...alternatives: readonly Type[]): Optional<unknown> => ({
  ...leaf('any', text),
  alternatives,
})

/** A string that is one of these. */
export const oneOf = <const V extends string>(text: string | undefined, ...values: readonly V[]): Optional<V> => ({
  ...leaf<V>('string', text),
  values,
})

export const list = <T extends Type>(
  text: string | undefined,
  item: T,
  facets?: Facets,
): Optional<readonly Value<T>[], readonly Defaulted<T>[]> => ({
  ...leaf<readonly Value<T>[], readonly Defaulted<T>[]>('list', text, facets),
  item,
})

export const map = <T extends Type>(
  text: string | undefined,
  item: T,
): Optional<Readonly<Record<string, Value<T>>>, Readonly<Record<string, Defaulted<T>>>> => ({
  ...leaf<Readonly<Record<string, Value<T>>>, Readonly<Record<string, Defaulted<T>>>>('map', text),
  item,
})

export interface ObjectExtras {
  readonly rules?: readonly Rule[]
  readonly oneOf?: readonly (readonly string[])[]
}

export const object = <F extends Fields>(
  text: string | undefined,
  fields: F,
  extras: ObjectExtras = {},
): Optional<ObjectValue<F>, ObjectDefaulted<F>> => ({
  ...leaf<ObjectValue<F>, ObjectDefaulted<F>>('object', text),
  fields,
  ...extras,
})

/** The field must be there. */
export const required = <V, D>(type: Type<V, D>): Type<V, D, 'required'> => ({ ...type, presence: 'required' })

/** The field may be absent, which means this. */
export const byDefault = <V, D>(value: NoInfer<V>, type: Type<V, D>): Type<V, D, 'default'> => ({
  ...type,
  presence: 'default',
  byDefault: value,
})

/** The same type, said differently where it stands. */
export const said = <V, D, P extends Presence>(text: string, type: Type<V, D, P>): Type<V, D, P> => ({ ...type, text })

/** Several fields of one type, for objects of Kubernetes whose fields need no words here. */
export const each = <T extends Type, const N extends string>(type: T, ...names: readonly N[]): Readonly<Record<N, T>> =>
  Object.fromEntries(names.map((name) => [name, type])) as Record<N, T>
