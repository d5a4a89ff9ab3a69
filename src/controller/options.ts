import type { BrokerConfig } from '../config/index.ts'
import type { Random } from '../env/index.ts'
import type { MetadataRecordIn } from '../metadata/index.ts'
import type { ErrorCode } from '../protocol/index.ts'

/** What a controller is made of besides its log. */
export interface ControllerOptions {
  readonly nodeId: number
  readonly clusterId: string
  /** As the file gives it; dynamic values come from the metadata. */
  readonly config: BrokerConfig
  /** Topic ids, ACL ids and the start of placements. */
  readonly random: Random
  /** Written when the log is empty: those of `bootstrap.checkpoint`, metadata.version first. */
  readonly bootstrapRecords: readonly MetadataRecordIn[]
  /** Levels that this node can run, by feature; kraft.version among them. */
  readonly supportedFeatures: ReadonlyMap<string, { readonly min: number; readonly max: number }>
  /** Of the quorum as it is now. */
  readonly quorum: () => {
    readonly voterIds: readonly number[]
    readonly kraftVersion: number
    /** Of the metadata log, control records included. */
    readonly endOffset: number
  }
  /**
   * Why kraft.version cannot be raised to this level now, null when it can. It stands in the quorum's own records: whoever
   * passes the request on has it appended there once the rest of the request is committed.
   */
  readonly refuseKraftVersion: (level: number) => { readonly code: ErrorCode; readonly message: string | null } | null
}

/** Records of one operation of a user, at most; more is refused as POLICY_VIOLATION. */
export const recordsPerOperationMax = 10_000
