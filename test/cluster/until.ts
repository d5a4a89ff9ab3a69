import { setTimeout as sleep } from 'node:timers/promises'
import { isKafkaError } from '../../src/client/node.ts'

const LIMIT_MS = 60_000

/**
 * Asks until the answer is right, and gives it; the last answer is in the error. What a broker does not know yet, a topic
 * that another one has just heard of for one, is asked again.
 */
export async function until<T>(ask: () => T | Promise<T>, isRight: (answer: Awaited<T>) => boolean): Promise<T> {
  const deadlineMs = performance.now() + LIMIT_MS
  for (;;) {
    let answer: Awaited<T> | undefined
    try {
      answer = await ask()
      if (isRight(answer)) return answer
    } catch (thrown) {
      if (!isKafkaError(thrown) || !thrown.isRetriable || performance.now() > deadlineMs) throw thrown
    }
    if (performance.now() > deadlineMs)
      throw new Error(`Not so after ${LIMIT_MS} ms: ${JSON.stringify(answer)?.slice(0, 1000)}`)
    await sleep(20)
  }
}
