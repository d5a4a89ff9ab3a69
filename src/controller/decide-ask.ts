import type { MetadataRecord } from '../metadata/index.ts'
import { afterPieces, isPieces, type Now, type Pieces } from '../runtime/index.ts'
import { createAcls, deleteAcls } from './acls.ts'
import { alterConfigs, incrementalAlterConfigs } from './alter-configs.ts'
import { alterPartition } from './alter-partition.ts'
import { assignDirectories } from './assign-directories.ts'
import { alterClientQuotas } from './client-quotas.ts'
import { createPartitions } from './create-partitions.ts'
import { createTopics } from './create-topics.ts'
import { deleteTopics } from './delete-topics.ts'
import { electLeaders } from './elect-leaders.ts'
import { heartbeat } from './heartbeat.ts'
import type { AskInput, ControllerAnswer, ControllerAsk, Outcome } from './inputs.ts'
import type { ControllerOptions } from './options.ts'
import { allocateProducerIds } from './producer-ids.ts'
import { alterReassignments, listReassignments } from './reassign.ts'
import { registerBroker, registerController, unregisterBroker } from './registration.ts'
import { alterScramCredentials } from './scram.ts'
import type { ControllerState } from './state.ts'
import { updateFeatures } from './update-features.ts'

type Decide<K extends ControllerAsk> = (
  state: ControllerState,
  options: ControllerOptions,
  ask: Extract<AskInput, { kind: K }>,
  now: Now,
) => Outcome<K> | Pieces<Outcome<K>>

/** Which function decides which request. */
const table: { readonly [K in ControllerAsk]: Decide<K> } = {
  allocateProducerIds: (state, _, { request }) => allocateProducerIds(state, request),
  alterClientQuotas: (state, _, { request }) => alterClientQuotas(state, request),
  alterConfigs: (state, options, ask) => alterConfigs(state, options, ask.request, ask),
  alterPartition: (state, options, ask) => alterPartition(state, options, ask.request, ask),
  alterPartitionReassignments: (state, options, { request }) => alterReassignments(state, options, request),
  alterUserScramCredentials: (state, _, { request }) => alterScramCredentials(state, request),
  assignReplicasToDirs: (state, options, { request }) => assignDirectories(state, options, request),
  brokerHeartbeat: (state, options, { request }, now) => heartbeat(state, options, request, now.monoMs),
  brokerRegistration: (state, options, ask, now) => registerBroker(state, options, ask.request, ask, now.monoMs),
  controllerRegistration: (state, _, { request }) => registerController(state, request),
  createAcls: (state, options, { request }) => createAcls(state, options, request),
  createPartitions: (state, options, { request }) => createPartitions(state, options, request),
  createTopics: (state, options, ask) => createTopics(state, options, ask.request, ask),
  deleteAcls: (state, options, { request }) => deleteAcls(state, options, request),
  deleteTopics: (state, options, ask) => deleteTopics(state, options, ask.request, ask),
  electLeaders: (state, options, { request }) => electLeaders(state, options, request),
  incrementalAlterConfigs: (state, options, ask) => incrementalAlterConfigs(state, options, ask.request, ask),
  listPartitionReassignments: (state, _, { request }) => listReassignments(state, request),
  unregisterBroker: (state, options, { request }) => unregisterBroker(state, options, request),
  updateFeatures: (state, options, ask) => updateFeatures(state, options, ask.request, ask),
}

export function decideAsk(
  state: ControllerState,
  options: ControllerOptions,
  ask: AskInput,
  now: Now,
): AskDecided | Pieces<AskDecided> {
  const decide = table[ask.kind] as Decide<ControllerAsk>
  const decided = ({ records, rest = [], response }: Outcome<ControllerAsk>): AskDecided => ({
    records,
    rest,
    answer: { kind: ask.kind, response } as ControllerAnswer,
  })
  const outcome = decide(state, options, ask, now)
  return isPieces(outcome) ? afterPieces(outcome, decided) : decided(outcome)
}

export interface AskDecided {
  readonly records: readonly MetadataRecord[]
  readonly rest: Iterable<MetadataRecord>
  readonly answer: ControllerAnswer
}
