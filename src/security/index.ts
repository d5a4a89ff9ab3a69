/** What proves who someone is: principals of certificates, keys of passwords. */
export { distinguishedName, subjectOfCertificate } from './distinguished-name.ts'
export {
  type ScramMechanism,
  scramIterationsMax,
  scramIterationsMin,
  scramKeys,
  scramMechanisms,
} from './scram-keys.ts'
export { hmac, type ShaName, sha } from './sha2.ts'
