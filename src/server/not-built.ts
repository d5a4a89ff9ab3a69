import type { BrokerConfig } from '../config/index.ts'
import { authorizerOf } from './authorizer.ts'

/**
 * Why a node cannot start so yet, or null. What a person asked for and would not get must not pass in silence: an
 * authorizer that is not enforced is an open door.
 */
export function whyNotBuilt(config: BrokerConfig): string | null {
  const authorizer = authorizerOf(config)
  if (typeof authorizer === 'string') return authorizer
  const foreign = foreignClass(config)
  if (foreign !== null) return foreign
  if (config.remoteLogStorageSystemEnable) {
    return 'remote.log.storage.system.enable=true: tiered storage is not built in Millrace. Leave the key out.'
  }
  const { replicaSelectorClass: selector } = config
  if (selector !== null && selector !== '' && !/(^|\.)(RackAwareReplicaSelector|LeaderSelector)$/.test(selector)) {
    return `replica.selector.class=${selector}: classes cannot be loaded. org.apache.kafka.common.replica.RackAwareReplicaSelector is there; leave the key out to read from leaders.`
  }
  return null
}

const builder = 'org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder'

/** A class that decides who somebody is: with another in its place other people would get in. */
function foreignClass({ given }: BrokerConfig): string | null {
  for (const [key, value] of given) {
    const isBuilder = key.endsWith('principal.builder.class') && value !== builder
    if ((isBuilder || /(?:callback\.handler|ssl\.engine\.factory)\.class$/.test(key)) && value !== '') {
      return `${key}=${value}: classes cannot be loaded, and nobody should get in by another way than was meant. Leave the key out to use what is built in (docs/security.md).`
    }
  }
  return null
}
