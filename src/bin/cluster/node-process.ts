import { type ChildProcess, fork } from 'node:child_process'
import { closeSync, openSync, renameSync, statSync } from 'node:fs'
import type { Ending } from './supervise.ts'

/** From the supervisor to a node: leave the cluster (others lead from now on), or leave and end. */
export type Order = 'leave' | 'stop'

/** From a node to its supervisor. */
export type Report = { readonly kind: 'up' | 'left' } | { readonly kind: 'failed'; readonly reason: string }

/** The hidden verb of the program that is a node under a supervisor. */
export const NODE_VERB = '__node'

const LOG_BYTES_MAX = 10 * 1024 * 1024

export interface NodeListener {
  up(): void
  left(): void
  ended(how: Ending): void
}

/** One life of a node: a process of this same program, which ends when this one does. */
export class NodeProcess {
  readonly #child: ChildProcess
  #reason: string | null = null

  constructor(ask: { readonly configFile: string; readonly logFile: string }, listener: NodeListener) {
    rotate(ask.logFile)
    const log = openSync(ask.logFile, 'a', 0o600)
    // Detached: Ctrl-C goes to the foreground group, and the order of the end is the supervisor's.
    this.#child = fork(process.argv[1]!, [NODE_VERB, ask.configFile], {
      stdio: ['ignore', log, log, 'ipc'],
      detached: true,
    })
    closeSync(log)
    this.#child.on('message', (report: Report) => {
      if (report.kind === 'failed') this.#reason = report.reason
      else if (report.kind === 'up') listener.up()
      else listener.left()
    })
    let isOver = false
    const end = (how: Ending) => {
      if (isOver) return
      isOver = true
      listener.ended(how)
    }
    this.#child.on('error', (thrown) => {
      // no process came to be; of one that is there, its exit tells
      if (this.#child.pid === undefined) end({ code: 1, signal: null, reason: thrown.message })
    })
    this.#child.on('close', (code, signal) => end({ code, signal, reason: this.#reason }))
  }

  get pid(): number {
    return this.#child.pid ?? -1
  }

  order(order: Order): void {
    // who is gone already is heard of by its exit
    this.#child.send(order, () => {})
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }
}

/** One older file is kept. */
function rotate(path: string): void {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  if (size > LOG_BYTES_MAX) renameSync(path, `${path}.1`)
}
