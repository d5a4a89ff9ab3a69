import type { Address, Failure } from '../../env/index.ts'
import { clientError, failureCode, isKafkaError, type KafkaError } from '../errors.ts'

/** Why one broker could not be spoken to, and what a person may do about it. `isGiven`: one of the bootstrap servers. */
export function connectError(failure: Failure, at: Address, isGiven: boolean): KafkaError {
  const code = failureCode(failure)
  const [reason, hint] = told(failure, at, isGiven)
  return clientError(code, reason, failure.cause, hint)
}

function told(failure: Failure, at: Address, isGiven: boolean): [reason: string, hint: string] {
  const where = `${at.host}:${at.port}`
  const check = isGiven
    ? 'Check bootstrapServers'
    : "The cluster itself gave this address: check the broker's advertised.listeners"
  switch (failure.code) {
    case 'ECONNREFUSED':
      return [`${where} refuses connections (ECONNREFUSED)`, `Is a broker running there? ${check}`]
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return [`The host name of ${where} is not known (${failure.code})`, check]
    case 'ETIMEDOUT':
      return [
        `${where} does not answer (${failure.message})`,
        `Is the broker up, and does a firewall stand between? ${check}`,
      ]
    case 'ETLS':
      return [failure.message, `Does the tls option fit the listener? ${check}`]
    case 'ESASL':
      return [`${where}: ${failure.message}`, `Do the sasl and tls options fit the listener and the user? ${check}`]
    case 'EPROTO':
      return [
        failure.message,
        `Is that port one of Kafka's, and with the security protocol that this client speaks? ${check}`,
      ]
    case 'ECONNRESET':
    case 'EPIPE':
      return [
        `${where} closed the connection before it answered (${failure.code})`,
        `Listeners for TLS or SASL do so when a client speaks plain text, and ports that are not Kafka's. ${check}`,
      ]
    default:
      return [`${where}: ${failure.message} (${failure.code})`, check]
  }
}

/** Several such errors as one: what each broker said, and the first one's hint. Null when there is none. */
export function gathered(tried: readonly KafkaError[]): { reason: string; hint: string | undefined } | null {
  const [first] = tried
  if (first === undefined) return null
  return { reason: [...new Set(tried.map((t) => t.reason))].join('; '), hint: first.hint ?? undefined }
}

/**
 * The time is over and nobody answered: names who was tried and what each said. `error` is what the last attempt met; an
 * answer of a broker stays what it is.
 */
export function unansweredError(
  what: string,
  timeoutMs: number,
  error: unknown,
  tried: readonly KafkaError[],
  bootstrap: readonly Address[],
): KafkaError {
  if (isKafkaError(error) && error.number !== -1) return error
  const within = `${what} got no answer within ${Math.round(timeoutMs)} ms`
  const why = gathered(tried)
  if (why !== null) return clientError('TIMED_OUT', `${within}: ${why.reason}`, error, why.hint)
  const servers = bootstrap.map((a) => `${a.host}:${a.port}`).join(', ')
  const last = isKafkaError(error) && error.code !== 'TIMED_OUT' ? `: ${error.reason}` : ''
  const hint = 'Is the broker overloaded? A longer timeoutMs waits longer'
  return clientError('TIMED_OUT', `${within} from the brokers (${servers})${last}`, error, hint)
}
