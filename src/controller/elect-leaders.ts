import type { MetadataRecord } from '../metadata/index.ts'
import { errors } from '../protocol/index.ts'
import { elementsPerPiece, mapNested, type Pieces } from '../runtime/index.ts'
import { isUncleanAllowed, leaderless } from './elections.ts'
import type { AskRequest, AskResponse, Item, Outcome } from './inputs.ts'
import { type ControllerOptions, recordsPerOperationMax } from './options.ts'
import { changePartition } from './partition-change.ts'
import { accepted, isRefusal, type Refusal, refuse } from './refusal.ts'
import type { ControllerState } from './state.ts'

type Result = Item<AskResponse<'electLeaders'>['replicaElectionResults']>

/** ElectionType codes (KIP-460). */
const PREFERRED = 0
const UNCLEAN = 1

/** Elections that one periodic check makes at most; the rest follows in the next. */
export const electionsPerCheckMax = 1000

/**
 * ElectLeaders: the preferred replica is to lead, or anyone at all. ELECTION_NOT_NEEDED, PREFERRED_LEADER_NOT_AVAILABLE,
 * ELIGIBLE_LEADERS_NOT_AVAILABLE, UNKNOWN_TOPIC_OR_PARTITION, INVALID_REQUEST. With no partitions named, all are tried
 * and those that need nothing are not listed.
 */
export function* electLeaders(
  state: ControllerState,
  options: ControllerOptions,
  request: AskRequest<'electLeaders'>,
): Pieces<Outcome<'electLeaders'>> {
  const { electionType, topicPartitions } = request
  if (electionType !== PREFERRED && electionType !== UNCLEAN) {
    const refused = { errorCode: errors.INVALID_REQUEST, errorMessage: `Unknown election type ${electionType}` }
    const replicaElectionResults = yield* mapNested(
      topicPartitions ?? [],
      ({ partitions }) => partitions,
      (partitionId) => ({ partitionId, ...refused }),
      ({ topic }, partitionResult): Result => ({ topic, partitionResult }),
    )
    return { records: [], response: { errorCode: errors.INVALID_REQUEST, replicaElectionResults } }
  }
  const asked =
    topicPartitions ??
    (yield* mapNested(
      [...state.image.topicsById.values()],
      (topic) => topic.partitions.keys(),
      (index) => index,
      ({ name }, partitions) => ({ topic: name, partitions }),
    ))
  const records: MetadataRecord[] = []
  const results: Result[] = []
  let seen = 0
  for (const { topic, partitions } of asked) {
    const partitionResult: { partitionId: number; errorCode: number; errorMessage: string | null }[] = []
    for (const partitionId of partitions) {
      if (++seen % elementsPerPiece === 0) yield
      const elected =
        records.length < recordsPerOperationMax
          ? electLeader(state, options, topic, partitionId, electionType)
          : refuse(errors.POLICY_VIOLATION, 'Unable to perform excessively large batch operation.')
      if (!isRefusal(elected)) records.push(elected)
      else if (topicPartitions === null && elected.code === errors.ELECTION_NOT_NEEDED) continue
      const { code, message } = isRefusal(elected) ? elected : accepted
      partitionResult.push({ partitionId, errorCode: code, errorMessage: message })
    }
    results.push({ topic, partitionResult })
  }
  return { records, response: { errorCode: errors.NONE, replicaElectionResults: results } }
}

function electLeader(
  state: ControllerState,
  options: ControllerOptions,
  topicName: string,
  index: number,
  electionType: number,
): MetadataRecord | Refusal {
  const topic = state.image.topicsByName.get(topicName)
  if (topic === undefined) return refuse(errors.UNKNOWN_TOPIC_OR_PARTITION, `No such topic as ${topicName}`)
  const partition = topic.partitions[index]
  if (partition === undefined) {
    return refuse(errors.UNKNOWN_TOPIC_OR_PARTITION, `No such partition as ${topicName}-${index}`)
  }
  const isPreferred = electionType === PREFERRED
  const isGood = isPreferred ? partition.leader === partition.replicas[0] : partition.leader !== -1
  if (isGood) return refuse(errors.ELECTION_NOT_NEEDED)
  const election = isPreferred ? 'preferred' : 'unclean'
  const record = changePartition(state, options, { topic, index, partition }, { election })
  if (record !== null) return record
  return refuse(isPreferred ? errors.PREFERRED_LEADER_NOT_AVAILABLE : errors.ELIGIBLE_LEADERS_NOT_AVAILABLE)
}

/** auto.leader.rebalance.enable: gives partitions back to the replica that should lead them. */
export function* balanceLeaders(state: ControllerState, options: ControllerOptions): Pieces<MetadataRecord[]> {
  const records: MetadataRecord[] = []
  let seen = 0
  for (const at of state.partitionsWhere((p) => p.leader !== p.replicas[0])) {
    if (++seen % elementsPerPiece === 0) yield
    if (records.length >= electionsPerCheckMax) break
    const record = changePartition(state, options, at, { election: 'preferred' })
    if (record !== null) records.push(record)
  }
  return records
}

/** unclean.leader.election.enable: partitions without leader get one that may have lost records, where that is allowed. */
export function* electUnclean(state: ControllerState, options: ControllerOptions): Pieces<MetadataRecord[]> {
  const records: MetadataRecord[] = []
  let seen = 0
  for (const at of leaderless(state)) {
    if (++seen % elementsPerPiece === 0) yield
    if (records.length >= electionsPerCheckMax) break
    if (!isUncleanAllowed(state, options, at.topic.name)) continue
    const record = changePartition(state, options, at, { election: 'unclean' })
    if (record !== null) records.push(record)
  }
  return records
}
