/** Messages of `generated.proto` by name: which JSON field stands behind which number. */
export type ProtoTable = {
  /** The name of the kind's own message. */
  readonly message: string
  readonly messages: Readonly<Record<string, ProtoMessage>>
}

export type ProtoMessage = Readonly<Record<number, ProtoField>>

export interface ProtoField {
  readonly name: string
  /** A scalar, or the name of another message. */
  readonly type: string
  readonly repeated?: true
  /** A map: `type` is its values'. */
  readonly map?: true
}
