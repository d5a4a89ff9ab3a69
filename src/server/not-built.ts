import type { BrokerConfig } from '../config/index.ts'
import { authorizerOf } from './authorizer.ts'

/**
 * Why a node cannot start so yet, or null. What a person asked for and would not get must not pass in silence: an
 * authorizer that is not enforced is an open door.
 */
export function whyNotBuilt(config: BrokerConfig): string | null {
  const authorizer = authorizerOf(config)
  if (typeof authorizer === 'string') return authorizer
  if (config.remoteLogStorageSystemEnable) {
    return 'remote.log.storage.system.enable=true: tiered storage is not built in Millrace. Leave the key out.'
  }
  const { replicaSelectorClass: selector } = config
  if (selector !== null && selector !== '' && !/(^|\.)(RackAwareReplicaSelector|LeaderSelector)$/.test(selector)) {
    return `replica.selector.class=${selector}: classes cannot be loaded. org.apache.kafka.common.replica.RackAwareReplicaSelector is there; leave the key out to read from leaders.`
  }
  return null
}
