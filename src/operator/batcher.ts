/** Many single questions become a few large ones: what is asked within a short time goes out together. */
import type { Clock } from '../env/index.ts'

interface Waiting<Q, A> {
  readonly ask: Q
  readonly resolve: (answer: A) => void
  readonly reject: (problem: unknown) => void
}

export class Batcher<Q, A> {
  readonly #clock: Pick<Clock, 'at' | 'monoMs'>
  readonly #max: number
  readonly #lingerMs: number
  /** One answer for each question, in order. */
  readonly #askAll: (asks: readonly Q[]) => Promise<readonly A[]>
  #waiting: Waiting<Q, A>[] = []
  #timer: { cancel(): void } | null = null

  constructor(
    clock: Pick<Clock, 'at' | 'monoMs'>,
    limits: { readonly max: number; readonly lingerMs: number },
    askAll: (asks: readonly Q[]) => Promise<readonly A[]>,
  ) {
    this.#clock = clock
    this.#max = limits.max
    this.#lingerMs = limits.lingerMs
    this.#askAll = askAll
  }

  ask(ask: Q): Promise<A> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ask, resolve, reject })
      if (this.#waiting.length >= this.#max) this.#send()
      else this.#timer ??= this.#clock.at(this.#clock.monoMs() + this.#lingerMs, () => this.#send())
    })
  }

  #send(): void {
    this.#timer?.cancel()
    this.#timer = null
    const batch = this.#waiting
    this.#waiting = []
    if (batch.length === 0) return
    void this.#answer(batch)
  }

  async #answer(batch: readonly Waiting<Q, A>[]): Promise<void> {
    try {
      const answers = await this.#askAll(batch.map((w) => w.ask))
      batch.forEach((w, i) => {
        const answer = answers[i]
        if (answer === undefined) w.reject(new Error('a question of a batch was not answered'))
        else w.resolve(answer)
      })
    } catch (problem) {
      for (const w of batch) w.reject(problem)
    }
  }
}
