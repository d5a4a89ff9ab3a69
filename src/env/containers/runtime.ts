import { execFile, spawnSync } from 'node:child_process'
import { accessSync, constants, mkdirSync, openSync, readdirSync, statSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { Socket } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { failure } from '../failure.ts'
import type {
  Attached,
  ContainerExit,
  ContainerStart,
  ExecAsk,
  InProcess,
  LogsAsk,
  Output,
  Running,
  Runtime,
} from '../index.ts'
import { attachLog, execProcess } from './attach.ts'
import { catchUp, LogClock, readLog } from './log.ts'
import { bootId, isAlive, kinOf, oomKills, type ProcessIdentity } from './process-table.ts'
import { isShim, readExit, readIdentity, readText, revoke, shimFiles, startShim, writeShim } from './shim.ts'

/** Every process of a container carries it in its environment. */
export const containerMark = 'MILLRACE_CONTAINER'

/** How often adopted containers, which have another parent, are asked whether they live. */
const lookEveryMs = 200
/** A shim that has noted itself notes its program within this. */
const noteMs = 5_000
/** How long a shim has to write the code when its program is gone. */
const writeMs = 2_000
/** How often killed processes are asked whether they are gone. */
const goneEveryMs = 5
const sigkill = 137

interface KeptStart {
  readonly start: ContainerStart
  readonly bootId: string
  readonly oomKills: number | null
  readonly startedAtMs: number
  /** Written instead of the shim's file when there was no shim, or it was killed. */
  readonly exit?: ContainerExit
}

interface Life {
  readonly id: string
  readonly directory: string
  readonly record: KeptStart
  readonly shim: ProcessIdentity | null
  readonly main: ProcessIdentity | null
  clock: LogClock | null
  exit: ContainerExit | null
  isKilled: boolean
  /** Keeps the input open for those who come later. */
  input: Socket | null
  /** Nobody has attached yet: the first sees all that was written. */
  isUnseen: boolean
  /** Followers of the log, woken when it grows or ends. */
  readonly waiting: Set<() => void>
  stop: (() => void) | null
}

export interface NodeRuntimeOptions {
  /** Holds a directory for each container. */
  readonly directory: string
  readonly inProcess?: InProcess
}

/** Containers as processes of this machine. */
export class NodeRuntime implements Runtime {
  readonly #directory: string
  readonly #inProcess: InProcess | undefined
  readonly #lives = new Map<string, Life>()
  readonly #adopted = new Set<Life>()
  #told: (id: string, exit: ContainerExit) => void = () => {}
  #looking: NodeJS.Timeout | null = null
  #isClosed = false

  constructor({ directory, inProcess }: NodeRuntimeOptions) {
    this.#directory = directory
    this.#inProcess = inProcess
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    writeShim(directory)
  }

  async start(start: ContainerStart): Promise<Running> {
    const directory = join(this.#directory, start.id)
    await mkdir(directory, { mode: 0o700 })
    const record: KeptStart = { start, bootId: bootId(), oomKills: oomKills(), startedAtMs: Date.now() }
    try {
      await this.#write(directory, record)
      await writeFile(join(directory, shimFiles.log), '', { mode: 0o600 })
      const life = newLife(directory, record)
      if (start.inProcess !== undefined) await this.#startInside(life, start.inProcess)
      else await this.#startProcess(life)
      return running(this.#lives.get(start.id)!)
    } catch (thrown) {
      await rm(directory, { recursive: true, force: true })
      throw thrown
    }
  }

  async recorded(): Promise<readonly Running[]> {
    for (const id of readdirSync(this.#directory)) {
      if (!isShim(id) && !this.#lives.has(id)) await this.#adopt(id)
    }
    return [...this.#lives.values()].map(running)
  }

  signal(id: string, signal: 'TERM' | 'KILL'): void {
    const life = this.#lives.get(id)
    if (life === undefined || life.exit !== null) return
    if (signal === 'KILL') life.isKilled = true
    if (life.stop !== null) life.stop()
    else if (signal === 'TERM') sendTo(life.main, 'SIGTERM')
    else this.#kill(life)
  }

  onExit(told: (id: string, exit: ContainerExit) => void): void {
    this.#told = told
  }

  async exec(id: string, ask: ExecAsk, output: Output): Promise<Attached> {
    const { start } = this.#living(id).record
    if (start.inProcess !== undefined) {
      throw failure('ENOTSUP', 'this container is a part of the control plane: nothing can be executed in it')
    }
    checkProgram(ask.argv[0]!, start.workdir, start.env)
    return execProcess({ ...ask, workdir: start.workdir, env: markedEnv(start) }, output)
  }

  async attach(id: string, output: Output): Promise<Attached> {
    const life = this.#living(id)
    const { stdin, tty } = life.record.start
    const isFirst = life.isUnseen
    life.isUnseen = false
    return attachLog(
      {
        files: logFiles(life.directory),
        input: life.input,
        isInputOnce: stdin === 'once',
        terminal: tty ? life.main : null,
        isFirst,
        more: (waitMs) => more(life, waitMs),
        exitCode: () => life.exit?.code ?? 0,
      },
      output,
    )
  }

  logs(id: string, ask: LogsAsk): AsyncIterable<Uint8Array> {
    const life = this.#lives.get(id)
    if (life === undefined) throw failure('ENOENT', `there is no container ${id}`)
    return readLog(logFiles(life.directory), ask, (waitMs) => more(life, waitMs))
  }

  async forget(id: string): Promise<void> {
    const life = this.#lives.get(id)
    if (life === undefined) return
    this.#lives.delete(id)
    await life.clock?.close()
    await rm(life.directory, { recursive: true, force: true })
  }

  /** Looks after nobody any more; all that runs goes on. */
  async close(): Promise<void> {
    this.#isClosed = true
    if (this.#looking !== null) clearInterval(this.#looking)
    for (const life of this.#lives.values()) {
      closeInput(life)
      for (const wake of life.waiting) wake()
      await life.clock?.close()
    }
  }

  async #startProcess(bare: Life): Promise<void> {
    const { start } = bare.record
    if (statSync(start.workdir, { throwIfNoEntry: false })?.isDirectory() !== true) {
      throw failure('ENOENT', `the working directory ${start.workdir} is not there`)
    }
    checkProgram(start.argv[0]!, start.workdir, start.env)
    const argv = start.tty ? onTerminal(start.argv) : start.argv
    const input = start.stdin !== 'none' ? await openInput(bare.directory) : null
    const { directory, record } = bare
    const { workdir } = start
    const stdin = input !== null
    const child = await startShim({ directory, argv, workdir, env: markedEnv(start), stdin })
    const life: Life = {
      ...bare,
      shim: readIdentity(directory, 'shim'),
      main: readIdentity(directory, 'main'),
      input,
      clock: null,
    }
    this.#watch(life, 0)
    this.#lives.set(record.start.id, life)
    child.once('exit', () => this.#shimGone(life))
    if (child.exitCode !== null || child.signalCode !== null) this.#shimGone(life)
  }

  async #startInside(life: Life, program: string): Promise<void> {
    const { start } = life.record
    if (this.#inProcess === undefined) throw failure('ENOENT', `no program ${program} is in this control plane`)
    let writing = Promise.resolve()
    const { appendFile } = await import('node:fs/promises')
    const log = (line: string): void => {
      writing = writing.then(() => appendFile(join(life.directory, shimFiles.log), `${line}\n`))
    }
    const inside = this.#inProcess(program, { argv: start.argv, env: start.env, log })
    life.stop = () => inside.stop()
    this.#watch(life, 0)
    this.#lives.set(start.id, life)
    const ended = (code: number): void =>
      void writing.then(() => this.#end(life, { code, oom: false, atMs: Date.now() }))
    inside.ended.then(ended, (thrown: Error) => {
      log(thrown.stack ?? String(thrown))
      ended(1)
    })
  }

  async #adopt(id: string): Promise<void> {
    const directory = join(this.#directory, id)
    const text = readText(join(directory, shimFiles.record))
    // it was being made or removed: there never was, or is no more, a process
    if (text === null) return rm(directory, { recursive: true, force: true })
    const record = JSON.parse(text) as KeptStart
    const life: Life = newLife(directory, record)
    const written = record.exit ?? readExit(directory)
    if (written !== null) {
      this.#lives.set(id, { ...life, exit: { oom: false, ...written } })
      return
    }
    const { start } = record
    const isEarlier = record.bootId !== bootId()
    if (start.inProcess !== undefined || isEarlier || revoke(directory)) {
      // it ended with the program or the machine that it was in, or never began
      await this.#settle(life, { code: sigkill, oom: false, atMs: Date.now() })
      this.#lives.set(id, life)
      return
    }
    const main = await noted(directory)
    const adopted: Life = { ...life, shim: readIdentity(directory, 'shim'), main }
    if (start.stdin !== 'none') adopted.input = inputAt(directory)
    const files = logFiles(directory)
    this.#watch(adopted, await catchUp(files.log, files.times))
    this.#lives.set(id, adopted)
    this.#adopted.add(adopted)
    this.#looking ??= setInterval(() => this.#look(), lookEveryMs).unref()
  }

  #watch(life: Life, size: number): void {
    const files = logFiles(life.directory)
    life.clock = new LogClock(files.log, files.times, size, () => {
      for (const wake of life.waiting) wake()
    })
  }

  #look(): void {
    for (const life of this.#adopted) {
      if (life.shim !== null && isAlive(life.shim)) continue
      this.#adopted.delete(life)
      this.#shimGone(life)
    }
  }

  /** The container is over, or somebody killed its shim: nothing of it may stay. */
  #shimGone(life: Life): void {
    if (this.#isClosed || life.exit !== null) return
    const written = readExit(life.directory)
    const allGone = killed(life)
    const code = written?.code ?? sigkill
    const oomNow = oomKills()
    const before = life.record.oomKills
    const oom = code === sigkill && !life.isKilled && before !== null && oomNow !== null && oomNow > before
    const exit: ContainerExit = { code, oom, atMs: written?.atMs ?? Date.now() }
    const told = written === null || oom ? this.#write(life.directory, { ...life.record, exit }) : Promise.resolve()
    void Promise.all([told, allGone]).then(() => this.#end(life, exit))
  }

  #kill(life: Life): void {
    killAll(life)
    // the shim writes the code in a moment; one that cannot is ended, too
    setTimeout(() => {
      if (life.exit === null && !this.#isClosed) sendTo(life.shim, 'SIGKILL')
    }, writeMs).unref()
  }

  async #end(life: Life, exit: ContainerExit): Promise<void> {
    await this.#settle(life, exit)
    if (!this.#isClosed) this.#told(life.id, exit)
  }

  async #settle(life: Life, exit: ContainerExit): Promise<void> {
    await life.clock?.close()
    life.clock = null
    life.exit = exit
    closeInput(life)
    if (life.shim === null) await this.#write(life.directory, { ...life.record, exit })
    for (const wake of life.waiting) wake()
  }

  #living(id: string): Life {
    const life = this.#lives.get(id)
    if (life === undefined) throw failure('ENOENT', `there is no container ${id}`)
    if (life.exit !== null) throw failure('ESRCH', `container ${id} has ended`)
    return life
  }

  async #write(directory: string, record: KeptStart): Promise<void> {
    const path = join(directory, shimFiles.record)
    await writeFile(`${path}.new`, JSON.stringify(record), { mode: 0o600 })
    await rename(`${path}.new`, path)
  }
}

/** A label: others of the same kind need it to end well, so it is ended after them. */
export const endsLast = 'endsLast'

/**
 * Ends every process that the records in `directory` know, without a control plane: those that are labelled `endsLast`
 * when the others are gone. Each has `graceMs` from its TERM to its KILL. Answers how many containers ran.
 */
export async function endRecorded(directory: string, graceMs: number): Promise<number> {
  const runtime = new NodeRuntime({ directory })
  const gone = new Set<string>()
  let changed = (): void => {}
  runtime.onExit((id) => {
    gone.add(id)
    changed()
  })
  const running = (await runtime.recorded()).filter(({ exit }) => exit === null)
  const endAll = async (some: readonly Running[]): Promise<void> => {
    for (const { id } of some) runtime.signal(id, 'TERM')
    const atMs = Date.now() + graceMs
    // again and again: what this program waits for keeps nothing else alive
    const timer = setInterval(() => {
      if (Date.now() < atMs) return
      for (const { id } of some) runtime.signal(id, 'KILL')
    }, lookEveryMs)
    await new Promise<void>((resolve) => {
      changed = () => {
        if (some.every(({ id }) => gone.has(id))) resolve()
      }
      changed()
    })
    clearInterval(timer)
  }
  const isLast = ({ labels }: Running): boolean => labels[endsLast] === 'true'
  await endAll(running.filter((one) => !isLast(one)))
  await endAll(running.filter(isLast))
  await runtime.close()
  return running.length
}

function newLife(directory: string, record: KeptStart): Life {
  return {
    id: record.start.id,
    directory,
    record,
    shim: null,
    main: null,
    clock: null,
    exit: null,
    isKilled: false,
    input: null,
    isUnseen: true,
    waiting: new Set(),
    stop: null,
  }
}

function running({ id, record, exit }: Life): Running {
  return { id, labels: record.start.labels, startedAtMs: record.startedAtMs, exit }
}

const logFiles = (directory: string) => ({
  log: join(directory, shimFiles.log),
  times: join(directory, shimFiles.times),
})

const markedEnv = ({ id, env }: ContainerStart) => ({ ...env, [containerMark]: id })

function closeInput(life: Life): void {
  life.input?.destroy()
  life.input = null
}

/** Whether its log may grow yet: after `waitMs`, when it grew, or at the end. */
function more(life: Life, waitMs: number): Promise<boolean> {
  if (life.exit !== null) return Promise.resolve(false)
  return new Promise((resolve) => {
    const wake = (): void => {
      clearTimeout(timer)
      life.waiting.delete(wake)
      resolve(life.exit === null && life.clock !== null)
    }
    const timer = setTimeout(wake, waitMs)
    life.waiting.add(wake)
  })
}

/** All but the shim, which has the code to write. Answers whether there was anybody. */
function killAll(life: Life): boolean {
  const roots = [life.shim, life.main].filter((root) => root !== null)
  const others = kinOf(roots, `${containerMark}=${life.id}`).filter(({ pid }) => pid !== life.shim?.pid)
  // the first process first: it has nothing to say about the end of the others
  const all = life.main !== null && isAlive(life.main) ? [life.main, ...others] : others
  for (const one of all) sendTo(one, 'SIGKILL')
  return all.length > 0
}

/** Resolves when nobody is left: a killed process takes a moment to go. */
async function killed(life: Life): Promise<void> {
  while (killAll(life)) await new Promise((resolve) => setTimeout(resolve, goneEveryMs))
}

function sendTo(to: ProcessIdentity | null, signal: NodeJS.Signals): void {
  if (to === null || !isAlive(to)) return
  try {
    process.kill(to.pid, signal)
  } catch (thrown) {
    // it ended in between
    if ((thrown as { code?: string }).code !== 'ESRCH') throw thrown
  }
}

async function noted(directory: string): Promise<ProcessIdentity | null> {
  for (const untilMs = Date.now() + noteMs; Date.now() < untilMs; ) {
    const main = readIdentity(directory, 'main')
    const shim = readIdentity(directory, 'shim')
    if (main !== null || shim === null || !isAlive(shim)) return main
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return null
}

function checkProgram(program: string, workdir: string, env: Readonly<Record<string, string>>): void {
  const candidates = program.includes('/')
    ? [program.startsWith('/') ? program : join(workdir, program)]
    : (env['PATH'] ?? '/usr/bin:/bin').split(':').map((directory) => join(directory, program))
  let problem = 'ENOENT'
  for (const path of candidates) {
    if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) continue
    try {
      accessSync(path, constants.X_OK)
      return
    } catch {
      problem = 'EACCES'
    }
  }
  const why = problem === 'EACCES' ? 'permission denied' : 'no such file or directory'
  const where = program.includes('/') ? why : 'executable file not found in $PATH'
  throw failure(problem, `exec: "${program}": ${problem === 'EACCES' ? why : where}`)
}

/** Opened for reading and writing: neither the program nor a writer waits for the other to come. */
async function openInput(directory: string): Promise<Socket> {
  await promisify(execFile)('mkfifo', ['-m', '600', join(directory, shimFiles.input)])
  return inputAt(directory)
}

function inputAt(directory: string): Socket {
  const fd = openSync(join(directory, shimFiles.input), constants.O_RDWR | constants.O_NONBLOCK)
  const input = new Socket({ fd, readable: false, writable: true })
  // a program that does not read what it is told is no failure
  input.on('error', () => {})
  return input.unref()
}

/** `script` gives a program a terminal that no parent has to hold. */
function onTerminal(argv: readonly string[]): readonly string[] {
  if (spawnSync('script', ['--version']).error !== undefined) {
    throw failure('ENOTSUP', 'a terminal (tty: true) needs the program script (util-linux), which is not installed')
  }
  if (process.platform !== 'linux') return ['script', '-q', '/dev/null', ...argv]
  return ['script', '-qfec', argv.map(quoted).join(' '), '/dev/null']
}

const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`
