import type { CliWorld } from '../world.ts'

/** So many latencies are kept at most; of longer tests every n-th one. */
const SAMPLES_MAX = 500_000

/** What a test of producing has measured, told while it runs and at its end. */
export class PerfStats {
  readonly #world: CliWorld
  readonly #reportingIntervalMs: number
  readonly #isSteadyState: boolean
  readonly #startMs: number
  readonly #sampling: number
  readonly #latencies: Int32Array
  #sampled = 0
  #count = 0
  #bytes = 0
  #latencySum = 0
  #latencyMax = 0
  #window: { startMs: number; count: number; bytes: number; latencySum: number; latencyMax: number }
  /** Says nothing while it runs. */
  isQuiet = false

  /** `isSteadyState`: measured behind a warm-up that is told of apart. */
  constructor(world: CliWorld, recordCount: number, reportingIntervalMs: number, isSteadyState: boolean) {
    this.#world = world
    this.#reportingIntervalMs = reportingIntervalMs
    this.#isSteadyState = isSteadyState
    this.#startMs = world.env.clock.wallMs()
    this.#sampling = Math.max(1, Math.floor(recordCount / Math.min(recordCount, SAMPLES_MAX)))
    this.#latencies = new Int32Array(Math.floor(recordCount / this.#sampling) + 1)
    this.#window = emptyWindow(this.#startMs)
  }

  add(latencyMs: number, bytes: number, nowMs: number): void {
    if (this.#count % this.#sampling === 0) this.#latencies[this.#sampled++] = latencyMs
    this.#count++
    this.#bytes += bytes
    this.#latencySum += latencyMs
    this.#latencyMax = Math.max(this.#latencyMax, latencyMs)
    const w = this.#window
    w.count++
    w.bytes += bytes
    w.latencySum += latencyMs
    w.latencyMax = Math.max(w.latencyMax, latencyMs)
    if (nowMs - w.startMs < this.#reportingIntervalMs) return
    if (this.#isSteadyState && this.#count === w.count) this.#world.out('In steady state.\n')
    if (!this.isQuiet) this.#tellWindow(nowMs)
    this.#window = emptyWindow(nowMs)
  }

  #tellWindow(nowMs: number): void {
    const { startMs, count, bytes, latencySum, latencyMax } = this.#window
    const rate = rates(count, bytes, nowMs - startMs)
    this.#world.out(
      `${count} records sent, ${rate.records.toFixed(1)} records/sec (${rate.megabytes.toFixed(2)} MB/sec), ` +
        `${(latencySum / count).toFixed(1)} ms avg latency, ${latencyMax.toFixed(1)} ms max latency.\n`,
    )
  }

  tellTotal(): void {
    const rate = rates(this.#count, this.#bytes, this.#world.env.clock.wallMs() - this.#startMs)
    const sorted = this.#latencies.subarray(0, this.#sampled).sort()
    const at = (share: number) => sorted[Math.floor(share * sorted.length)] ?? 0
    this.#world.out(
      `${this.#count}${this.#isSteadyState ? ' steady state' : ''} records sent, ` +
        `${rate.records.toFixed(6)} records/sec (${rate.megabytes.toFixed(2)} MB/sec), ` +
        `${(this.#latencySum / this.#count).toFixed(2)} ms avg latency, ${this.#latencyMax.toFixed(2)} ms max latency, ` +
        `${at(0.5)} ms 50th, ${at(0.95)} ms 95th, ${at(0.99)} ms 99th, ${at(0.999)} ms 99.9th.\n`,
    )
  }
}

function emptyWindow(startMs: number): {
  startMs: number
  count: number
  bytes: number
  latencySum: number
  latencyMax: number
} {
  return { startMs, count: 0, bytes: 0, latencySum: 0, latencyMax: 0 }
}

function rates(count: number, bytes: number, elapsedMs: number): { records: number; megabytes: number } {
  return { records: (1000 * count) / elapsedMs, megabytes: (1000 * bytes) / elapsedMs / (1024 * 1024) }
}
