/** Messages of Kubernetes' `generated.proto` by name: which JSON field stands behind which number. */
export interface ProtoTable {
  /** The name of the kind's own message. */
  readonly message: string
  lookup(message: string): ProtoMessage
}

export type ProtoMessage = Readonly<Record<number, ProtoField>>

export interface ProtoField {
  readonly name: string
  /** A code of `kinds/messages.ts`, or the name of another message. */
  readonly type: string
  readonly repeated?: true
  /** A map from strings: `type` is its values'. */
  readonly map?: true
  /** Its fields stand in the parent's JSON. */
  readonly inline?: true
}
