/**
 * What a scenario finds around it: the broker under test and the peers that could be had. `scripts/interop.ts` prepares it
 * and passes it in a file; without that file every scenario says so and is skipped.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { after } from 'node:test'
import { javaCommand, type Layout, mains, oldMains } from '../../scripts/apache-kafka.ts'

export type PeerName =
  | 'apache'
  | 'kcat'
  | 'python'
  | 'npm'
  | 'test-runners'
  | 'go'
  | 'java-old'
  | 'strimzi'
  | 'strimzi-before'
/** Where a peer lies, or why it cannot be had. */
export type Peer = { at: string; version: string } | { missing: string }

export interface World {
  target: 'apache' | 'millrace'
  /** Why there is no broker to talk to, or null. */
  noBroker: string | null
  bootstrap: string
  controller: string
  logDir: string
  peers: Record<PeerName, Peer>
}

const file = process.env['MILLRACE_INTEROP']
const outside = 'run by `npm run interop`, which starts the broker and the peers'

export const world: World =
  file === undefined
    ? { target: 'millrace', noBroker: outside, bootstrap: '', controller: '', logDir: '', peers: nobody(outside) }
    : JSON.parse(readFileSync(file, 'utf8'))

function nobody(missing: string): Record<PeerName, Peer> {
  const none = { missing }
  return {
    apache: none,
    kcat: none,
    python: none,
    npm: none,
    'test-runners': none,
    go: none,
    'java-old': none,
    strimzi: none,
    'strimzi-before': none,
  }
}

/** The `skip` option of a test that needs the broker and these peers: false, or the first reason why not. */
export function needs(...names: PeerName[]): false | string {
  if (world.noBroker !== null) return world.noBroker
  for (const name of names) {
    const peer = world.peers[name]
    if ('missing' in peer) return `${name}: ${peer.missing}`
  }
  return false
}

export function placeOf(name: PeerName): string {
  const peer = world.peers[name]
  if ('missing' in peer) throw new Error(`${name} is missing: ${peer.missing}`)
  return peer.at
}

export function layout(name: 'apache' | 'java-old' = 'apache'): Layout {
  const peer = world.peers[name]
  if ('missing' in peer) throw new Error(`${name} is missing: ${peer.missing}`)
  return { home: peer.at, version: peer.version }
}

/** The command line of one of Apache's tools, `old` for the old client line. */
export function apacheTool(tool: string, args: readonly string[], line: 'apache' | 'java-old' = 'apache'): string[] {
  const main = (line === 'apache' ? mains : oldMains).get(tool)
  if (main === undefined) throw new Error(`${tool} is not in the table of mains`)
  return javaCommand(layout(line), main, args)
}

let names = 0
/** A name that no other scenario uses, in this run or an earlier one. */
export function unique(prefix: string): string {
  names += 1
  return `${prefix}-${process.pid.toString(36)}-${Date.now().toString(36)}-${names}`
}

export interface Ran {
  code: number | string
  stdout: string
  stderr: string
}

/** Runs a program to its end; one that does not end in time is killed and its code says so. */
export function runProgram(
  command: readonly string[],
  o: { input?: string; limitMs?: number; cwd?: string } = {},
): Promise<Ran> {
  const child = spawn(command[0]!, command.slice(1), {
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(o.cwd ? { cwd: o.cwd } : {}),
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk))
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk))
  child.stdin.on('error', () => {}) // it may end before it has read everything
  child.stdin.end(o.input ?? '')
  const limitMs = o.limitMs ?? 60_000
  let late = false
  const timer = setTimeout(() => {
    late = true
    child.kill('SIGKILL')
  }, limitMs)
  return new Promise((resolve) => {
    child.on('error', (error) => {
      clearTimeout(timer)
      resolve({ code: error.message, stdout, stderr })
    })
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      resolve({ code: late ? `still running after ${limitMs} ms` : (code ?? signal ?? 'unknown'), stdout, stderr })
    })
  })
}

/** Runs a program that must succeed. */
export async function must(
  command: readonly string[],
  o: { input?: string; limitMs?: number; cwd?: string } = {},
): Promise<Ran> {
  const ran = await runProgram(command, o)
  if (ran.code !== 0) {
    const shown = command.includes('-cp') ? command.slice(command.indexOf('-cp') + 2) : command
    throw new Error(
      `${shown.join(' ')}\nended with ${ran.code}\n${ran.stdout.slice(-3000)}\n${ran.stderr.slice(-3000)}`,
    )
  }
  return ran
}

/** A program that goes on, its output taken line by line. */
export class Background {
  readonly lines: string[] = []
  readonly #child: ChildProcess
  readonly #ended: Promise<number | string>
  #stderr = ''
  #wake = () => {}
  #over = false

  constructor(command: readonly string[], o: { cwd?: string } = {}) {
    const child = spawn(command[0]!, command.slice(1), {
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(o.cwd ? { cwd: o.cwd } : {}),
    })
    this.#child = child
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.lines.push(line)
      this.#wake()
    })
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (this.#stderr = (this.#stderr + chunk).slice(-4000)))
    this.#ended = new Promise((resolve) => {
      child.on('close', (code, signal) => {
        this.#over = true
        this.#wake()
        resolve(code ?? signal ?? 'unknown')
      })
    })
    after(() => child.kill('SIGKILL'))
  }

  get over(): boolean {
    return this.#over
  }
  get stderr(): string {
    return this.#stderr
  }
  write(text: string): void {
    this.#child.stdin?.write(text)
  }

  /** The lines that are JSON, decoded. */
  json<T>(): T[] {
    return this.lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line))
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | string> {
    this.#child.kill(signal)
    return this.#ended
  }
}

/** Waits until the condition holds; fails with what `tell` says when it does not in time. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  tell: () => string = () => '',
  limitMs = 150_000,
): Promise<void> {
  const deadline = Date.now() + limitMs
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not within ${limitMs} ms: ${what}\n${tell()}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
