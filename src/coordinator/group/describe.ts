import { errors } from '../../protocol/index.ts'
import { elementsPerPiece, mapPieces, type Pieces } from '../../runtime/index.ts'
import type { ClassicGroup } from './classic/group.ts'
import type { DeletedGroup, DescribedClassicGroup, ListedGroup } from './inputs.ts'
import { deleteAllOffsets } from './offsets/delete.ts'
import { deleteGroup } from './offsets/expire.ts'
import type { Turn } from './turn.ts'

/** DescribeGroups says GROUP_ID_NOT_FOUND from this version on; before, a group that is not there is Dead (KIP-1043). */
const notFoundSince = 6

export function* describeClassicGroups(turn: Turn, groupIds: readonly string[], apiVersion: number): Pieces<void> {
  const answer = yield* mapPieces(groupIds, (groupId): DescribedClassicGroup => {
    const group = turn.state.groups.get(groupId)
    if (group?.type === 'classic') return describeClassicGroup(group)
    const dead = { groupId, groupState: 'Dead' }
    if (apiVersion < notFoundSince) return dead
    const errorMessage =
      group === undefined ? `Group ${groupId} not found.` : `Group ${groupId} is not a classic group.`
    return { ...dead, errorCode: errors.GROUP_ID_NOT_FOUND, errorMessage }
  })
  turn.reply('describeClassic', turn.to, answer)
}

function describeClassicGroup(group: ClassicGroup): DescribedClassicGroup {
  const isStable = group.state === 'Stable'
  return {
    groupId: group.id,
    groupState: group.state,
    protocolType: group.protocolType ?? '',
    protocolData: isStable ? (group.protocolName ?? '') : '',
    members: [...group.members.values()].map((member) => ({
      memberId: member.id,
      groupInstanceId: member.instanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      ...(isStable ? { memberMetadata: group.metadataOf(member) } : {}),
      memberAssignment: member.assignment,
    })),
  }
}

export function* listGroups(turn: Turn, statesFilter: readonly string[], typesFilter: readonly string[]): Pieces<void> {
  const states = new Set(statesFilter.map((state) => state.trim().toLowerCase()))
  const types = new Set(typesFilter.map((type) => type.trim().toLowerCase()))
  const groups: ListedGroup[] = []
  let seen = 0
  for (const group of turn.state.groups.values()) {
    if (++seen % elementsPerPiece === 0) yield
    if (states.size > 0 && !states.has(group.state.toLowerCase())) continue
    if (types.size > 0 && !types.has(group.type)) continue
    const protocolType = group.protocolType ?? ''
    groups.push({ groupId: group.id, protocolType, groupState: group.state, groupType: group.type })
  }
  turn.reply('listGroups', turn.to, { errorCode: errors.NONE, groups })
}

export function* deleteGroups(turn: Turn, groupIds: readonly string[]): Pieces<void> {
  const answer: DeletedGroup[] = []
  for (const groupId of groupIds) {
    if (answer.length % elementsPerPiece === 0) yield
    const group = turn.state.groups.get(groupId)
    const errorCode =
      group === undefined ? errors.GROUP_ID_NOT_FOUND : group.state === 'Empty' ? errors.NONE : errors.NON_EMPTY_GROUP
    answer.push({ groupId, errorCode })
    if (group === undefined || errorCode !== errors.NONE) continue
    yield* deleteAllOffsets(turn, groupId)
    deleteGroup(turn, group)
  }
  turn.reply('deleteGroups', turn.to, answer)
}
