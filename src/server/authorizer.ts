import type { BrokerConfig } from '../config/index.ts'
import { Authorizer, superUsersOf } from '../security/index.ts'

const STANDARD = 'org.apache.kafka.metadata.authorizer.StandardAuthorizer'

/** Who decides what a principal may do: null for nobody. Or why the configuration cannot be followed. */
export function authorizerOf(config: BrokerConfig): Authorizer | null | string {
  const { authorizerClassName: name, given } = config
  if (name === '') return null
  if (name !== STANDARD) {
    return `authorizer.class.name=${name}: classes cannot be loaded. ${STANDARD} is built in; leave the key out to allow everything.`
  }
  const superUsers = superUsersOf(given.get('super.users') ?? '')
  if ('error' in superUsers) return `super.users: ${superUsers.error}`
  const text = (given.get('allow.everyone.if.no.acl.found') ?? 'false').trim().toLowerCase()
  if (text !== 'true' && text !== 'false') return `allow.everyone.if.no.acl.found=${text}: true or false is expected`
  return new Authorizer({ superUsers, allowsWithoutAcl: text === 'true' })
}
