/** What proves who someone is. Enforcement (SASL, TLS principals, the authorizer) comes later; keys are here. */
export {
  type ScramMechanism,
  scramIterationsMax,
  scramIterationsMin,
  scramKeys,
  scramMechanisms,
} from './scram-keys.ts'
export { hmac, type ShaName, sha } from './sha2.ts'
