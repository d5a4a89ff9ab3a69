import { setTimeout as sleep } from 'node:timers/promises'

const LIMIT_MS = 60_000

/** Asks until the answer is right, and gives it; the last answer is in the error. */
export async function until<T>(ask: () => T | Promise<T>, isRight: (answer: Awaited<T>) => boolean): Promise<T> {
  const deadlineMs = performance.now() + LIMIT_MS
  for (;;) {
    const answer = await ask()
    if (isRight(answer)) return answer
    if (performance.now() > deadlineMs)
      throw new Error(`Not so after ${LIMIT_MS} ms: ${JSON.stringify(answer)?.slice(0, 1000)}`)
    await sleep(20)
  }
}
