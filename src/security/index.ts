/** What proves who someone is: principals of certificates, keys of passwords. */
export { type Acl, type AclOperation, type AclResource, type Asker, aclOperation, CLUSTER_NAME } from './acl.ts'
export { Authorizer, type AuthorizerOptions, aclHost, superUsersOf } from './authorizer.ts'
export { distinguishedName, subjectOfCertificate } from './distinguished-name.ts'
export { type JaasEntry, jaasFor, parseJaas, saslCredentials } from './jaas.ts'
export { type PrincipalMapping, principalMapping } from './principal-mapping.ts'
export { type SaslCredentials, type SaslDialogue, saslDialogue, saslMechanisms } from './sasl-client.ts'
export {
  decoyCredential,
  plainExchange,
  type SaslExchange,
  type SaslStep,
  type ScramCredential,
  scramExchange,
} from './sasl-server.ts'
export {
  type ScramMechanism,
  scramIterationsMax,
  scramIterationsMin,
  scramKeys,
  scramMechanisms,
} from './scram-keys.ts'
export { SecuredNet } from './secured-net.ts'
export { hmac, type ShaName, sha } from './sha2.ts'
export { loadTls, type TlsWorld } from './tls-load.ts'
export { type BadSetting, type TlsSettings, type TlsStore, tlsSettings } from './tls-settings.ts'
