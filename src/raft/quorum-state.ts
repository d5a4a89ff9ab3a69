import { utf8Decode, utf8Encode, ZERO_UUID } from '../bytes/index.ts'
import type { QuorumStateData } from './state.ts'

/**
 * The `quorum-state` file: one line of JSON, keys in the order in which Kafka writes them. data_version 0 belongs to
 * kraft.version 0 (static voters), 1 to kraft.version 1. Unknown keys are ignored, as Kafka's reader does.
 */
export function encodeQuorumState(s: QuorumStateData, kraftVersion: number, voterIds: readonly number[]): Uint8Array {
  const vote = s.votedKey
  const json =
    kraftVersion === 0
      ? {
          clusterId: '',
          leaderId: s.leaderId,
          leaderEpoch: s.leaderEpoch,
          votedId: vote?.id ?? -1,
          appliedOffset: 0,
          currentVoters: [...voterIds].sort((a, b) => a - b).map((voterId) => ({ voterId })),
          data_version: 0,
        }
      : {
          leaderId: s.leaderId,
          leaderEpoch: s.leaderEpoch,
          votedId: vote?.id ?? -1,
          votedDirectoryId: vote?.directoryId ?? ZERO_UUID,
          data_version: 1,
        }
  return utf8Encode(JSON.stringify(json))
}

/** Throws an Error that says what is wrong with the file. */
export function decodeQuorumState(bytes: Uint8Array): QuorumStateData {
  const json: unknown = JSON.parse(utf8Decode(bytes, 0, bytes.length))
  if (typeof json !== 'object' || json === null) throw new Error('quorum-state holds no JSON object')
  const field = (name: string, absent: number): number => {
    const value = (json as Record<string, unknown>)[name]
    if (value === undefined) return absent
    if (!Number.isInteger(value)) throw new Error(`quorum-state: ${name} is not an integer`)
    return value as number
  }
  const version = field('data_version', -1)
  if (version !== 0 && version !== 1) throw new Error(`quorum-state has data_version ${version}; 0 and 1 are known`)
  const votedId = field('votedId', -1)
  const directory = (json as { votedDirectoryId?: unknown }).votedDirectoryId
  const directoryId = typeof directory === 'string' && directory !== ZERO_UUID ? directory : null
  return {
    leaderId: field('leaderId', -1),
    leaderEpoch: field('leaderEpoch', 0),
    votedKey: votedId < 0 ? null : { id: votedId, directoryId },
  }
}
