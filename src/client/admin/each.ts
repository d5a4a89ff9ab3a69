import { errors } from '../../protocol/index.ts'
import { clientError, isKafkaError, type KafkaError, type Outcome } from '../errors.ts'
import type { CallOptions, Cluster } from '../network/cluster.ts'
import { backoffMs, sleep, within } from '../waiting.ts'

/** Errors that a data path waits out but that are an answer to an administrator. */
const answers: ReadonlySet<number> = new Set([
  errors.UNKNOWN_TOPIC_OR_PARTITION,
  errors.UNKNOWN_TOPIC_ID,
  errors.OFFSET_NOT_AVAILABLE,
  errors.ELECTION_NOT_NEEDED,
])

export function isPassing(error: KafkaError): boolean {
  return error.isRetriable && !answers.has(error.number)
}

/**
 * Asks about many things at once, and again about those whose error may pass, until the time is over. `ask` answers for
 * every key it is given, or throws for all of them.
 */
export async function askEach<K, V>(
  cluster: Cluster,
  what: string,
  keys: readonly K[],
  o: CallOptions,
  ask: (keys: readonly K[]) => Promise<ReadonlyMap<K, Outcome<V>>>,
): Promise<Map<K, Outcome<V>>> {
  const { clock, random } = cluster.env
  const { retryBackoffMs, retryBackoffMaxMs, apiTimeoutMs } = cluster.options
  const timeoutMs = o.timeoutMs ?? apiTimeoutMs
  const deadlineMs = clock.monoMs() + timeoutMs
  const results = new Map<K, Outcome<V>>()
  let left = [...new Set(keys)]
  for (let attempt = 0; left.length > 0; attempt++) {
    o.signal?.throwIfAborted()
    try {
      const some = await within(clock, ask(left), { signal: o.signal, deadlineMs, what })
      for (const [key, result] of some) results.set(key, result)
      for (const key of left) if (!results.has(key)) results.set(key, unanswered(what, key))
    } catch (error) {
      if (!isKafkaError(error) || cluster.isClosed) throw error
      for (const key of left) results.set(key, { error, value: null })
    }
    left = left.filter((key) => {
      const { error } = results.get(key)!
      return error !== null && isPassing(error)
    })
    if (left.length === 0) break
    const wait = backoffMs(attempt, retryBackoffMs, retryBackoffMaxMs, random.next())
    if (clock.monoMs() + wait >= deadlineMs) {
      for (const key of left) {
        const { error } = results.get(key)!
        results.set(key, { error: cluster.unanswered(what, timeoutMs, error), value: null })
      }
      break
    }
    await sleep(clock, wait, o.signal)
    if (left.some((key) => results.get(key)?.error?.advice === 'refresh')) {
      await cluster.refresh().catch((error: unknown) => {
        if (!isKafkaError(error) || !error.isRetriable) throw error
      })
    }
  }
  // in the order asked
  return new Map(keys.flatMap((key) => (results.has(key) ? [[key, results.get(key)!] as const] : [])))
}

function unanswered(what: string, key: unknown): Outcome<never> {
  return { error: clientError('MALFORMED_ANSWER', `The broker did not answer ${what} for ${String(key)}`), value: null }
}

/** Milliseconds that the broker may take, of what this call has. */
export function brokerTimeoutMs(cluster: Cluster, o: CallOptions): number {
  return Math.min(o.timeoutMs ?? cluster.options.apiTimeoutMs, cluster.options.requestTimeoutMs, 0x7fffffff)
}

/** The same outcome for everything that goes through one broker that cannot be reached. */
export function allFailed<K, V>(keys: Iterable<K>, error: KafkaError): Map<K, Outcome<V>> {
  return new Map([...keys].map((key) => [key, { error, value: null }]))
}
