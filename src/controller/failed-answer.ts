import { type ErrorCode, errorText } from '../protocol/index.ts'
import type { ControllerAnswer, ControllerInput } from './inputs.ts'

/** The answer of a request that was not decided, or whose records were not committed: the code at every place that has one. */
export function failedAnswer(input: ControllerInput, errorCode: ErrorCode): ControllerAnswer {
  const errorMessage = errorText(errorCode)
  const each = <T, R>(list: readonly T[], answer: (item: T) => R) => list.map(answer)
  switch (input.kind) {
    case 'createTopics':
      return {
        kind: input.kind,
        response: {
          topics: each(input.request.topics, ({ name }) => ({ name, errorCode, errorMessage, configs: [] })),
        },
      }
    case 'deleteTopics': {
      const { topics, topicNames } = input.request
      const named = each(topicNames, (name) => ({ name, errorCode, errorMessage }))
      const responses = [...each(topics, ({ name, topicId }) => ({ name, topicId, errorCode, errorMessage })), ...named]
      return { kind: input.kind, response: { responses } }
    }
    case 'createPartitions':
      return {
        kind: input.kind,
        response: { results: each(input.request.topics, ({ name }) => ({ name, errorCode, errorMessage })) },
      }
    case 'incrementalAlterConfigs':
    case 'alterConfigs': {
      const responses = input.request.resources.map(({ resourceType, resourceName }) => ({
        errorCode,
        errorMessage,
        resourceType,
        resourceName,
      }))
      return { kind: input.kind, response: { responses } }
    }
    case 'alterClientQuotas':
      return {
        kind: input.kind,
        response: { entries: each(input.request.entries, ({ entity }) => ({ errorCode, errorMessage, entity })) },
      }
    case 'alterUserScramCredentials': {
      const { deletions, upsertions } = input.request
      const users = new Set([...deletions, ...upsertions].map((c) => c.name))
      return {
        kind: input.kind,
        response: { results: each([...users], (user) => ({ user, errorCode, errorMessage })) },
      }
    }
    case 'createAcls':
      return {
        kind: input.kind,
        response: { results: each(input.request.creations, () => ({ errorCode, errorMessage })) },
      }
    case 'deleteAcls':
      return {
        kind: input.kind,
        response: {
          filterResults: each(input.request.filters, () => ({ errorCode, errorMessage, matchingAcls: [] })),
        },
      }
    case 'electLeaders':
      return { kind: input.kind, response: { errorCode, replicaElectionResults: [] } }
    case 'alterPartition':
      return { kind: input.kind, response: { errorCode, topics: [] } }
    case 'assignReplicasToDirs':
      return { kind: input.kind, response: { errorCode, directories: [] } }
    case 'alterPartitionReassignments':
      return { kind: input.kind, response: { errorCode, errorMessage, responses: [] } }
    case 'listPartitionReassignments':
      return { kind: input.kind, response: { errorCode, errorMessage, topics: [] } }
    case 'updateFeatures':
      return { kind: input.kind, response: { errorCode, errorMessage, results: [] } }
    case 'brokerRegistration':
      return { kind: input.kind, response: { errorCode, brokerEpoch: -1 } }
    case 'brokerHeartbeat':
      return { kind: input.kind, response: { errorCode } }
    case 'allocateProducerIds':
      return { kind: input.kind, response: { errorCode } }
    case 'unregisterBroker':
      return { kind: input.kind, response: { errorCode, errorMessage } }
    case 'controllerRegistration':
      return { kind: input.kind, response: { errorCode, errorMessage } }
    default:
      return { kind: 'none' }
  }
}
