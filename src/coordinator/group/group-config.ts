import { configResourceKey, configResourceType, type MetadataImage } from '../../metadata/index.ts'
import type { Turn } from './turn.ts'

/** Values of one group's own configuration (a GROUP resource), kept within what the broker allows now. */
function groupValue(
  image: MetadataImage,
  groupId: string,
  key: string,
  broker: number,
  min: number,
  max: number,
): number {
  const text = image.configs.get(configResourceKey(configResourceType.group, groupId))?.values.get(key)
  const value = text === undefined ? Number.NaN : Number(text)
  return Number.isInteger(value) ? Math.min(Math.max(value, min), max) : broker
}

/** consumer.session.timeout.ms */
export function consumerSessionTimeoutMs({ config, deps }: Turn, groupId: string): number {
  return groupValue(
    deps.image(),
    groupId,
    'consumer.session.timeout.ms',
    config.consumerSessionTimeoutMs,
    config.consumerSessionTimeoutMsMin,
    config.consumerSessionTimeoutMsMax,
  )
}

/** consumer.heartbeat.interval.ms */
export function consumerHeartbeatIntervalMs({ config, deps }: Turn, groupId: string): number {
  return groupValue(
    deps.image(),
    groupId,
    'consumer.heartbeat.interval.ms',
    config.consumerHeartbeatIntervalMs,
    config.consumerHeartbeatIntervalMsMin,
    config.consumerHeartbeatIntervalMsMax,
  )
}

/** consumer.assignment.interval.ms (KIP-1263) */
export function consumerAssignmentIntervalMs({ config, deps }: Turn, groupId: string): number {
  return groupValue(
    deps.image(),
    groupId,
    'consumer.assignment.interval.ms',
    config.consumerAssignmentIntervalMs,
    config.consumerAssignmentIntervalMsMin,
    config.consumerAssignmentIntervalMsMax,
  )
}
