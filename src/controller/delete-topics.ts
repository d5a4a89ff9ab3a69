import { type Uuid, ZERO_UUID } from '../bytes/index.ts'
import { type MetadataRecord, metadataRecord } from '../metadata/index.ts'
import { errors } from '../protocol/index.ts'
import { elementsPerPiece, type Pieces } from '../runtime/index.ts'
import type { AskContext, AskRequest, AskResponse, Item, Outcome } from './inputs.ts'
import { type ControllerOptions, recordsPerOperationMax } from './options.ts'
import { accepted, type Refusal, refuse } from './refusal.ts'
import type { ControllerState } from './state.ts'

type Result = Item<AskResponse<'deleteTopics'>['responses']>

/**
 * DeleteTopics by name or (version 6) by id. UNKNOWN_TOPIC_OR_PARTITION, UNKNOWN_TOPIC_ID, INVALID_REQUEST (named twice,
 * or neither name nor id), TOPIC_DELETION_DISABLED.
 */
export function* deleteTopics(
  state: ControllerState,
  options: ControllerOptions,
  request: AskRequest<'deleteTopics'>,
  { version }: AskContext,
): Pieces<Outcome<'deleteTopics'>> {
  const asked = [...request.topics, ...request.topicNames.map((name) => ({ name, topicId: ZERO_UUID }))]
  if (!state.config(options.config).deleteTopicEnable) {
    const why =
      version < 3
        ? refuse(errors.INVALID_REQUEST, 'This version does not support topic deletion.')
        : refuse(errors.TOPIC_DELETION_DISABLED)
    return { records: [], response: { responses: asked.map((t) => result(t.name, t.topicId, why)) } }
  }
  const byName = Map.groupBy(asked, (t) => t.name)
  const byId = Map.groupBy(
    asked.filter((t) => t.name === null),
    (t) => t.topicId,
  )
  const responses: Result[] = []
  const doomed = new Map<Uuid, string>()
  const reported = new Set<string>()
  const once = (key: string, answer: () => void) => {
    if (!reported.has(key)) answer()
    reported.add(key)
  }
  let seen = 0
  for (const { name, topicId } of asked) {
    if (++seen % elementsPerPiece === 0) yield
    if (name === null && topicId === ZERO_UUID) {
      responses.push(
        result(null, ZERO_UUID, refuse(errors.INVALID_REQUEST, 'Neither topic name nor id were specified.')),
      )
    } else if (name !== null && topicId !== ZERO_UUID) {
      responses.push(
        result(name, topicId, refuse(errors.INVALID_REQUEST, 'You may not specify both topic name and topic id.')),
      )
    } else if (name === null) {
      if (byId.get(topicId)!.length > 1) {
        once(`id ${topicId}`, () =>
          responses.push(result(null, topicId, refuse(errors.INVALID_REQUEST, 'Duplicate topic id.'))),
        )
        continue
      }
      const topic = state.image.topicsById.get(topicId)
      if (topic === undefined) responses.push(result(null, topicId, refuse(errors.UNKNOWN_TOPIC_ID)))
      else doomed.set(topicId, topic.name)
    }
  }
  for (const [name, entries] of byName) {
    if (++seen % elementsPerPiece === 0) yield
    const named = entries.filter((t) => t.topicId === ZERO_UUID)
    if (name === null || named.length === 0) continue
    const topic = state.image.topicsByName.get(name)
    if (named.length > 1) {
      responses.push(result(name, ZERO_UUID, refuse(errors.INVALID_REQUEST, 'Duplicate topic name.')))
    } else if (topic === undefined) {
      responses.push(result(name, ZERO_UUID, refuse(errors.UNKNOWN_TOPIC_OR_PARTITION)))
    } else if (byId.has(topic.id)) {
      doomed.delete(topic.id)
      const why = 'The provided topic name maps to an ID that was already supplied.'
      responses.push(result(name, topic.id, refuse(errors.INVALID_REQUEST, why)))
    } else {
      doomed.set(topic.id, name)
    }
  }
  const records: MetadataRecord[] = []
  const isTooMuch = doomed.size > recordsPerOperationMax
  const tooMuch = refuse(errors.POLICY_VIOLATION, 'Unable to perform excessively large batch operation.')
  for (const [topicId, name] of doomed) {
    if (++seen % elementsPerPiece === 0) yield
    if (!isTooMuch) records.push(metadataRecord('RemoveTopicRecord', { topicId }))
    responses.push(result(name, topicId, isTooMuch ? tooMuch : accepted))
  }
  return { records, response: { responses } }
}

function result(name: string | null, topicId: Uuid, { code, message }: Refusal): Result {
  return { name, topicId, errorCode: code, errorMessage: message }
}
