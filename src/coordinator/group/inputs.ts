import type { MetadataDelta } from '../../metadata/index.ts'
import type {
  ConsumerGroupDescribe,
  ConsumerGroupHeartbeat,
  DeleteGroups,
  DescribeGroups,
  ErrorCode,
  Heartbeat,
  JoinGroup,
  LeaveGroup,
  ListGroups,
  OffsetCommit,
  OffsetDelete,
  OffsetFetch,
  RequestOf,
  ResponseIn,
  SyncGroup,
  TxnOffsetCommit,
} from '../../protocol/index.ts'
import type { RecordProducer } from '../../runtime/index.ts'

/** Who asks: what a coordinator keeps of a connection. */
export interface GroupClient {
  /** '' when the request named none. */
  readonly clientId: string
  /** As Java prints an address without a host name: `/127.0.0.1`. */
  readonly host: string
  readonly apiVersion: number
  /** Whether the client may describe the topic of that name; null: it may describe all. */
  readonly mayDescribe: MayDescribe | null
}

export type MayDescribe = (topic: string) => boolean

type Elements<T> = T extends readonly (infer E)[] ? E : never
type In<P, K extends keyof ResponseIn<P>> = Elements<NonNullable<ResponseIn<P>[K]>>

export type OffsetFetchGroupRequest = Elements<RequestOf<typeof OffsetFetch>['groups']>
export type OffsetFetchGroupAnswer = In<typeof OffsetFetch, 'groups'>
export type DescribedClassicGroup = In<typeof DescribeGroups, 'groups'>
export type DescribedConsumerGroup = In<typeof ConsumerGroupDescribe, 'groups'>
export type ListedGroup = In<typeof ListGroups, 'groups'>
export type DeletedGroup = In<typeof DeleteGroups, 'results'>

/** What a shard can be asked, by kind, and what it answers. Requests over several groups are split before. */
export interface GroupAsks {
  joinGroup: {
    ask: { client: GroupClient; request: RequestOf<typeof JoinGroup> }
    answer: ResponseIn<typeof JoinGroup>
  }
  syncGroup: {
    ask: { client: GroupClient; request: RequestOf<typeof SyncGroup> }
    answer: ResponseIn<typeof SyncGroup>
  }
  heartbeat: {
    ask: { client: GroupClient; request: RequestOf<typeof Heartbeat> }
    answer: ResponseIn<typeof Heartbeat>
  }
  leaveGroup: {
    ask: { client: GroupClient; request: RequestOf<typeof LeaveGroup> }
    answer: ResponseIn<typeof LeaveGroup>
  }
  consumerGroupHeartbeat: {
    ask: { client: GroupClient; request: RequestOf<typeof ConsumerGroupHeartbeat> }
    answer: ResponseIn<typeof ConsumerGroupHeartbeat>
  }
  /** Topics carry both name and id (the zero uuid when there is none); unknown ones were answered before. */
  offsetCommit: {
    ask: { client: GroupClient; request: RequestOf<typeof OffsetCommit> }
    answer: ResponseIn<typeof OffsetCommit>
  }
  /** `guard` comes from the group's own log, before the transaction was verified; left out: nobody asked. */
  txnOffsetCommit: {
    ask: { client: GroupClient; request: RequestOf<typeof TxnOffsetCommit>; guard?: RecordProducer['guard'] }
    answer: ResponseIn<typeof TxnOffsetCommit>
  }
  /** Null topics: all. Topics carry names. */
  offsetFetch: {
    ask: { client: GroupClient; group: OffsetFetchGroupRequest; requireStable: boolean }
    answer: OffsetFetchGroupAnswer
  }
  offsetDelete: { ask: { request: RequestOf<typeof OffsetDelete> }; answer: ResponseIn<typeof OffsetDelete> }
  describeClassic: {
    ask: { groupIds: readonly string[]; apiVersion: number }
    answer: readonly DescribedClassicGroup[]
  }
  describeConsumer: { ask: { groupIds: readonly string[] }; answer: readonly DescribedConsumerGroup[] }
  listGroups: {
    ask: { statesFilter: readonly string[]; typesFilter: readonly string[] }
    answer: { readonly errorCode: ErrorCode; readonly groups: readonly ListedGroup[] }
  }
  deleteGroups: { ask: { groupIds: readonly string[] }; answer: readonly DeletedGroup[] }
}

export type GroupAskKind = keyof GroupAsks
/** What a client asked. */
export type GroupAsk = { [K in GroupAskKind]: { readonly kind: K } & Readonly<GroupAsks[K]['ask']> }[GroupAskKind]

/** What a shard is told; nobody waits for an answer. */
export type GroupTold =
  | { readonly kind: 'image'; readonly delta: MetadataDelta }
  | { readonly kind: 'timer'; readonly key: string }
  /** The log refused the records of an input: nothing was written, its timers were not set. */
  | { readonly kind: 'refused'; readonly groupId: string | null; readonly timerKey: string | null }

export type GroupInput = GroupAsk | GroupTold
export type GroupAnswer = GroupAsks[GroupAskKind]['answer']
