import { apacheCapabilities, type Capabilities } from '../../operator/index.ts'

/** What Millrace's own brokers enforce today. */
export const capabilities: Capabilities = {
  ...apacheCapabilities,
  authentications: ['tls', 'scram-sha-512'],
  authorizations: ['simple'],
  quotas: ['kafka'],
  isMillrace: true,
}
