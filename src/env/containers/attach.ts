import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { readlinkSync } from 'node:fs'
import type net from 'node:net'
import { failure } from '../failure.ts'
import type { Attached, ExecAsk, Output } from '../index.ts'
import { type LogFiles, type More, readLog } from './log.ts'
import type { ProcessIdentity } from './process-table.ts'
import { loadPty } from './pty.ts'

/** Between the hang-up of a process whose caller has left and its end by force. */
const hangUpMs = 2_000
const signalBase = 128
const signals: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGPIPE: 13,
  SIGTERM: 15,
}

export interface ExecStart extends ExecAsk {
  readonly workdir: string
  readonly env: Readonly<Record<string, string>>
}

/** A process of its own session, on pipes or on a terminal. */
export async function execProcess(ask: ExecStart, output: Output): Promise<Attached> {
  if (ask.tty !== null) {
    const pty = await loadPty()
    if (pty !== null) return onPty(pty, ask, ask.tty, output)
    throw failure(
      'ENOTSUP',
      'a terminal (-t) needs the optional package @lydell/node-pty, which has none for this machine',
    )
  }
  const [program, ...args] = ask.argv
  const child = spawn(program!, args, {
    cwd: ask.workdir,
    env: ask.env,
    detached: true,
    stdio: [ask.stdin ? 'pipe' : 'ignore', 'pipe', 'pipe'],
  })
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', reject)
  })
  return onPipes(child, output)
}

function onPipes(child: ChildProcess, output: Output): Attached {
  const streams = [child.stdout!, child.stderr!] as const
  const names = ['out', 'err'] as const
  for (const [i, stream] of streams.entries()) {
    stream.on('data', (chunk: Uint8Array) => {
      if (!output(names[i]!, chunk)) for (const each of streams) each.pause()
    })
  }
  // a program that does not read what it is told is no failure
  child.stdin?.on('error', () => {})
  const done = new Promise<number>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signalBase + (signals[signal ?? ''] ?? 0)))
  })
  return {
    write: (chunk) => written(child.stdin, chunk),
    endInput: () => void child.stdin?.end(),
    resize: () => {},
    resume: () => {
      for (const stream of streams) stream.resume()
    },
    leave: () => {
      // its output is nobody's any more
      for (const stream of streams) stream.resume()
      hangUp(child.pid!, done)
    },
    done,
  }
}

type Pty = NonNullable<Awaited<ReturnType<typeof loadPty>>>

function onPty(pty: Pty, ask: ExecStart, size: { columns: number; rows: number }, output: Output): Attached {
  const [program, ...args] = ask.argv
  const { workdir: cwd, env } = ask
  const terminal = pty.spawn(program!, args, {
    ...{ cwd, env: { TERM: 'xterm', ...env }, cols: size.columns, rows: size.rows, encoding: null },
  })
  terminal.onData((chunk) => {
    if (!output('out', chunk as unknown as Uint8Array)) terminal.pause()
  })
  const done = new Promise<number>((resolve) => {
    terminal.onExit(({ exitCode, signal }) => resolve(signal ? signalBase + signal : exitCode))
  })
  return {
    write: async (chunk) => terminal.write(Buffer.from(chunk)),
    endInput: () => terminal.write(endOfInput),
    resize: (columns, rows) => {
      try {
        terminal.resize(columns, rows)
      } catch {
        // the program has just ended, and its terminal with it: nobody is left to see the size
      }
    },
    resume: () => terminal.resume(),
    leave: () => hangUp(terminal.pid, done),
    done,
  }
}

const endOfInput = '\x04'

/** What of a container its attached talkers need. */
export interface AttachTarget {
  readonly files: LogFiles
  /** null: nobody may type. */
  readonly input: net.Socket | null
  /** Whether its input ends with the first who leaves. */
  readonly isInputOnce: boolean
  /** The process on the terminal; null: there is none. */
  readonly terminal: ProcessIdentity | null
  readonly more: More
  /** The first who comes sees what was written before he came. */
  readonly isFirst: boolean
  exitCode(): number
}

/** The container's log as it grows, and its input. */
export function attachLog(target: AttachTarget, output: Output): Attached {
  let isLeft = false
  let resume = (): void => {}
  const endInput = (): void => {
    if (target.isInputOnce) target.input?.end()
  }
  const follow = async (): Promise<number> => {
    const ask = { follow: true, ...(target.isFirst ? {} : { tailLines: 0 }) }
    const more: More = async (waitMs) => !isLeft && (await target.more(waitMs))
    for await (const chunk of readLog(target.files, ask, more)) {
      if (isLeft) break
      if (!output('out', chunk)) await new Promise<void>((go) => (resume = go))
    }
    return target.exitCode()
  }
  return {
    write: (chunk) => written(target.input, chunk),
    endInput,
    resize: (columns, rows) => resizeTerminal(target.terminal, columns, rows),
    resume: () => resume(),
    leave: () => {
      isLeft = true
      endInput()
      resume()
    },
    done: follow(),
  }
}

/** The terminal is held by `script`; its size is set from its other end. */
function resizeTerminal(holder: ProcessIdentity | null, columns: number, rows: number): void {
  if (holder === null || process.platform !== 'linux') return
  execFile('ps', ['-o', 'pid=', '--ppid', `${holder.pid}`], (failed, children) => {
    const pid = failed === null ? children.trim().split(/\s+/)[0] : undefined
    if (pid === undefined || pid === '') return
    const path = readlinkSync(`/proc/${pid}/fd/0`)
    // only a courtesy: a terminal without its size works
    if (path.startsWith('/dev/pts/')) execFile('stty', ['-F', path, 'cols', `${columns}`, 'rows', `${rows}`], () => {})
  })
}

function written(to: NodeJS.WritableStream | net.Socket | null, chunk: Uint8Array): Promise<void> {
  if (to === null || !to.writable) return Promise.resolve()
  // a program that is gone has taken all it will take
  return new Promise((resolve) => to.write(chunk, () => resolve()))
}

function hangUp(pid: number, done: Promise<number>): void {
  const send = (signal: NodeJS.Signals): void => {
    try {
      process.kill(-pid, signal)
    } catch (thrown) {
      // it ended in between
      if ((thrown as { code?: string }).code !== 'ESRCH') throw thrown
    }
  }
  send('SIGHUP')
  const timer = setTimeout(() => send('SIGKILL'), hangUpMs)
  void done.then(() => clearTimeout(timer))
}
