import type { Clock, Timer } from '../env/index.ts'
import type { MetadataImage } from '../metadata/index.ts'

interface Waiting {
  readonly isTrue: (image: MetadataImage) => boolean
  readonly done: (isTrue: boolean) => void
  readonly timer: Timer
}

/** Those who wait for the image to show what they have just asked the controller for. */
export class ImageWaiters {
  readonly #clock: Clock
  #image: MetadataImage | null = null
  #waiting: Waiting[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Called with every publication, after the node has acted upon it. */
  publish(image: MetadataImage): void {
    this.#image = image
    if (this.#waiting.length === 0) return
    const waiting = this.#waiting
    this.#waiting = []
    for (const one of waiting) {
      if (!one.isTrue(image)) this.#waiting.push(one)
      else {
        one.timer.cancel()
        one.done(true)
      }
    }
  }

  /** `done` hears true as soon as it is so (at once when it is already), false after `timeoutMs`. */
  when(isTrue: (image: MetadataImage) => boolean, timeoutMs: number, done: (isTrue: boolean) => void): void {
    if (this.#image !== null && isTrue(this.#image)) return done(true)
    const timer = this.#clock.at(this.#clock.monoMs() + timeoutMs, () => {
      this.#waiting = this.#waiting.filter((w) => w.timer !== timer)
      done(false)
    })
    this.#waiting.push({ isTrue, done, timer })
  }
}
