import type { Worker } from 'node:worker_threads'
import { failure, failureOf } from '../failure.ts'
import type { CodecName, Done, Failure, Heavy, Jobs } from '../index.ts'
import { CodecError, Codecs } from './codecs/index.ts'
import { Holdings } from './holdings.ts'
import type { Turns } from './turns.ts'

/** Inputs up to these sizes, and outputs up to the last, take less than a turn may (5 ms): no thread is asked. */
const compressBytesMax = 64 * 1024
const compressSlowlyBytesMax = 4 * 1024
const decompressBytesMax = 64 * 1024
const outputBytesMax = 256 * 1024
/** A thread without work for so long is ended. */
const idleMs = 30_000

type Work =
  | { kind: 'compress'; codec: CodecName; level: number | null; bytes: Uint8Array }
  | { kind: 'decompress'; codec: CodecName; bytes: Uint8Array; bytesMax: number }
export interface WorkerAsk {
  readonly id: number
  readonly work: Work
}
export interface WorkerAnswer {
  readonly id: number
  readonly bytes: Uint8Array | null
  readonly problem: { readonly code: string; readonly message: string } | null
}
type Answer = (problem: Failure | null, bytes: Uint8Array) => void

const nothing = new Uint8Array(0)

/**
 * Small jobs at once, large ones in threads that start with the first of them. Jobs of one lane run one after the
 * other, whichever way each takes.
 */
export class NodeHeavy implements Heavy {
  readonly #turns: Turns
  readonly #workersMax: number
  readonly #codecs = new Codecs()
  readonly #workers: HeavyWorker[] = []
  readonly #threads = new Holdings<HeavyWorker>()
  readonly #lanes = new Map<string, (() => void)[]>()

  constructor(turns: Turns, workersMax: number) {
    this.#turns = turns
    this.#workersMax = workersMax
  }

  run<J extends keyof Jobs>(job: J, ask: Jobs[J]['ask'], done: Done<Jobs[J]['answer']>, lane?: string): void {
    if (lane === undefined) return this.#start(job, ask, done)
    const waiting = this.#lanes.get(lane)
    const start = (): void => {
      this.#start(job, ask, (problem, value) => {
        const next = this.#lanes.get(lane)?.shift()
        if (next === undefined) this.#lanes.delete(lane)
        else next()
        done(problem, value)
      })
    }
    if (waiting !== undefined) {
      waiting.push(start)
    } else {
      this.#lanes.set(lane, [])
      start()
    }
  }

  /** `gone` hears when the last thread has ended. */
  close(gone: () => void): void {
    for (const worker of this.#workers.splice(0)) worker.close()
    this.#lanes.clear()
    this.#threads.whenNone(gone)
  }

  #start<J extends keyof Jobs>(job: J, ask: Jobs[J]['ask'], done: Done<Jobs[J]['answer']>): void {
    if (job === 'openPkcs12') return this.#open(ask as Jobs['openPkcs12']['ask'], done as never)
    const answer: Answer = (problem, bytes) => this.#turns.later(done as Done<Uint8Array>, problem, bytes)
    if (job === 'pbkdf2') derive(ask as Jobs['pbkdf2']['ask'], answer)
    else if (job === 'compress') this.#compress({ kind: 'compress', ...(ask as Jobs['compress']['ask']) }, answer)
    else this.#decompress({ kind: 'decompress', ...(ask as Jobs['decompress']['ask']) }, answer)
  }

  /** Its library is loaded with the first store. */
  #open({ bytes, password }: Jobs['openPkcs12']['ask'], done: Done<Jobs['openPkcs12']['answer']>): void {
    const read = async () => {
      const { keySource } = await import('../../pki/index.ts')
      const { webcrypto } = process.getBuiltinModule('node:crypto')
      const { keys, trusted } = await keySource(webcrypto as never).readPkcs12(bytes, password)
      const [first] = keys
      const certificates = [...trusted.map(({ certPem }) => certPem), ...keys.flatMap(({ certPems }) => certPems)]
      return { key: first?.keyPem ?? null, chain: first?.certPems.join('') ?? '', trusted: certificates.join('') }
    }
    read().then(
      (content) => this.#turns.later(done, null, content),
      (thrown) => this.#turns.later(done, failure('EPKCS12', (thrown as Error).message, thrown), undefined as never),
    )
  }

  #compress(work: Work & { kind: 'compress' }, answer: Answer): void {
    const { codec, level, bytes } = work
    if (bytes.length > (level === null ? compressBytesMax : compressSlowlyBytesMax)) return this.#inWorker(work, answer)
    try {
      answer(null, this.#codecs.compress(codec, level, bytes))
    } catch (thrown) {
      answer(failureOf(`compressing with ${codec}`, thrown), nothing)
    }
  }

  #decompress(work: Work & { kind: 'decompress' }, answer: Answer): void {
    const { codec, bytes, bytesMax } = work
    if (bytes.length > decompressBytesMax) return this.#inWorker(work, answer)
    try {
      answer(null, this.#codecs.decompress(codec, bytes, Math.min(bytesMax, outputBytesMax)))
    } catch (thrown) {
      // Little that becomes much: the thread tries again with the limit that was asked.
      if (thrown instanceof CodecError && thrown.code === 'EBOMB' && bytesMax > outputBytesMax) {
        this.#inWorker(work, answer)
      } else {
        answer(failureOf(`decompressing with ${codec}`, thrown), nothing)
      }
    }
  }

  #inWorker(work: Work, answer: Answer): void {
    let least = this.#workers[0]
    for (const worker of this.#workers) if (worker.busy < least!.busy) least = worker
    if (least === undefined || (least.busy > 0 && this.#workers.length < this.#workersMax)) {
      least = new HeavyWorker({
        unfit: (worker) => {
          const at = this.#workers.indexOf(worker)
          if (at >= 0) this.#workers.splice(at, 1)
        },
        gone: (worker) => this.#threads.delete(worker),
      })
      this.#workers.push(least)
      this.#threads.add(least)
    }
    least.run(work, answer)
  }
}

/** What a pool hears of its thread. */
interface WorkerOwner {
  /** Takes no more work. */
  unfit(worker: HeavyWorker): void
  /** The thread has ended. */
  gone(worker: HeavyWorker): void
}

/** One thread and the answers it owes, oldest first. */
class HeavyWorker {
  readonly #worker: Worker
  readonly #owed = new Map<number, Answer>()
  readonly #idle: NodeJS.Timeout
  #lastId = 0

  constructor(owner: WorkerOwner) {
    // Loaded with the first thread: 3 ms that a start need not pay.
    const { Worker } = process.getBuiltinModule('node:worker_threads')
    // The source runs unbuilt; the bundle lies beside its worker.
    const file = import.meta.url.endsWith('.ts') ? './heavy-worker.ts' : './heavy-worker.js'
    this.#worker = new Worker(new URL(file, import.meta.url), { execArgv: [] })
    this.#idle = setTimeout(() => {
      if (this.busy > 0) return this.#idle.refresh()
      owner.unfit(this)
      this.close()
    }, idleMs)
    this.#idle.unref()
    this.#worker.unref()
    this.#worker.on('message', (answer: WorkerAnswer) => this.#answered(answer))
    this.#worker.on('error', (error) => {
      owner.unfit(this)
      this.#failOwed(failureOf('heavy work', error))
    })
    this.#worker.on('exit', () => {
      owner.unfit(this)
      owner.gone(this)
      this.#failOwed(failure('ECANCELED', 'heavy work: the thread ended'))
    })
  }

  get busy(): number {
    return this.#owed.size
  }

  /** The bytes are lent, so the thread gets a copy to keep. */
  run(work: Work, answer: Answer): void {
    const bytes = Uint8Array.prototype.slice.call(work.bytes)
    const id = ++this.#lastId
    this.#owed.set(id, answer)
    // Work in hand keeps the process alive; an idle thread does not.
    this.#worker.ref()
    this.#idle.refresh()
    const ask: WorkerAsk = { id, work: { ...work, bytes } }
    this.#worker.postMessage(ask, [bytes.buffer as ArrayBuffer])
  }

  close(): void {
    clearTimeout(this.#idle)
    // Whoever waits for the thread's end must not find the process gone first.
    this.#worker.ref()
    void this.#worker.terminate()
  }

  #answered({ id, bytes, problem }: WorkerAnswer): void {
    const answer = this.#owed.get(id)
    this.#owed.delete(id)
    if (this.#owed.size === 0) this.#worker.unref()
    this.#idle.refresh()
    if (problem === null) answer?.(null, bytes ?? nothing)
    else answer?.(failure(problem.code, `heavy work: ${problem.message}`), nothing)
  }

  #failOwed(problem: Failure): void {
    const owed = [...this.#owed.values()]
    this.#owed.clear()
    for (const answer of owed) answer(problem, nothing)
  }
}

function derive({ hash, password, salt, iterations }: Jobs['pbkdf2']['ask'], answer: Answer): void {
  const { pbkdf2 } = process.getBuiltinModule('node:crypto')
  const length = hash === 'sha256' ? 32 : 64
  pbkdf2(password, salt, iterations, length, hash, (error, key) => {
    if (error === null) answer(null, key)
    else answer(failureOf('deriving a key', error), nothing)
  })
}
