/**
 * What a kubelet needs of the world: processes that outlive it, files with modes and links, probes, addresses. The real
 * ones are in env/node; tests have their own. Promises reject with a {@link Failure}.
 */
import type { Address, Failure } from './index.ts'

/** A container to be started, in the words of the host. */
export interface ContainerStart {
  /** Unique for ever; the container's id in the API. */
  readonly id: string
  /** Kept in its record and given back by {@link Runtime.recorded}. */
  readonly labels: Readonly<Record<string, string>>
  /** Host paths and names; the first is the program, looked up in `env.PATH` when it has no slash. */
  readonly argv: readonly string[]
  /** Host path. */
  readonly workdir: string
  /** All of it: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>
  /** Whether somebody may attach and type; `once`: input ends with the first who did. `none`: it is at its end. */
  readonly stdin: 'none' | 'once' | 'open'
  readonly tty: boolean
  /** A program inside the control plane's process: its name for {@link InProcess}. */
  readonly inProcess?: string
}

export interface ContainerExit {
  /** As a shell tells it: 128 + the signal's number when one ended it. */
  readonly code: number
  /** The system was out of memory and chose this container. */
  readonly oom: boolean
  readonly atMs: number
}

/** One life of a container. */
export interface Running {
  readonly id: string
  readonly labels: Readonly<Record<string, string>>
  readonly startedAtMs: number
  /** null: it runs. */
  readonly exit: ContainerExit | null
}

export interface ExecAsk {
  readonly argv: readonly string[]
  readonly stdin: boolean
  readonly tty: { readonly columns: number; readonly rows: number } | null
}

/** Where the output of an attached process goes; false: enough for now, until {@link Attached.resume}. */
export type Output = (stream: 'out' | 'err', chunk: Uint8Array) => boolean

/** The near end of a process somebody talks with. */
export interface Attached {
  /** Resolves when it may have more. */
  write(chunk: Uint8Array): Promise<void>
  endInput(): void
  resize(columns: number, rows: number): void
  /** The output may flow again. */
  resume(): void
  /** The talker is gone: an exec'd process is ended, an attached container goes on. */
  leave(): void
  /** The exit code, when all output was given. */
  readonly done: Promise<number>
}

export interface LogsAsk {
  /** Lines from the end. */
  readonly tailLines?: number
  /** Wall time: lines seen before it are left out. */
  readonly sinceMs?: number
  /** Each line begins with its RFC 3339 time. */
  readonly timestamps?: boolean
  /** Goes on with what is written later, until the container has ended. */
  readonly follow?: boolean
  readonly bytesMax?: number
}

/**
 * Runs containers as processes, each in a session of its own. Its records on disk are enough to find, adopt and end
 * every process it ever started, by this program or a later one.
 */
export interface Runtime {
  /** Writes the record before the process exists. Fails with ENOENT or EACCES when there is no such program. */
  start(container: ContainerStart): Promise<Running>
  /** Every life that has a record: adopts those that run. Asked once, first. */
  recorded(): Promise<readonly Running[]>
  /** TERM goes to the container's first process; KILL to all it ever started. One that has ended: nothing. */
  signal(id: string, signal: 'TERM' | 'KILL'): void
  /** Called once for each end; when it comes, no process of the container is left. */
  onExit(told: (id: string, exit: ContainerExit) => void): void
  /** A further process in a running container. */
  exec(id: string, ask: ExecAsk, output: Output): Promise<Attached>
  /** The container's own input and output, from now on. */
  attach(id: string, output: Output): Promise<Attached>
  logs(id: string, ask: LogsAsk): AsyncIterable<Uint8Array>
  /** Removes the record and the log of one that has ended. */
  forget(id: string): Promise<void>
}

/** Programs that are containers inside the control plane's own process. */
export type InProcess = (
  program: string,
  context: {
    readonly argv: readonly string[]
    readonly env: Readonly<Record<string, string>>
    /** A line of its log, without the line's end. */
    readonly log: (line: string) => void
  },
) => { readonly ended: Promise<number>; stop(): void }

export interface PodFile {
  /** Relative, with `/`. */
  readonly path: string
  readonly bytes: Uint8Array
  /** Unix permission bits. */
  readonly mode: number
}

/** Directories and files of pods on the host. */
export interface PodFiles {
  /** With parents; 0700 when it is made. */
  directory(path: string): Promise<void>
  write(path: string, bytes: Uint8Array, mode: number): Promise<void>
  /**
   * Makes `path` show exactly these files, from one moment to the next (`..data` links to the newest of timestamped
   * directories, as the kubelet does it). Nothing happens when they are the same as before.
   */
  project(path: string, files: readonly PodFile[]): Promise<void>
  remove(path: string): Promise<void>
  /** null: there is none. */
  read(path: string): Promise<Uint8Array | null>
}

export interface Prober {
  /** null: it answers; otherwise why not, as the kubelet says it. */
  tcp(to: Address, timeoutMs: number): Promise<string | null>
  http(
    ask: {
      readonly scheme: 'http' | 'https'
      readonly to: Address
      readonly path: string
      readonly headers: readonly { readonly name: string; readonly value: string }[]
    },
    timeoutMs: number,
  ): Promise<string | null>
}

/** Loopback addresses for pods and services, out of a block that is this home's alone. */
export interface Addresses {
  readonly mode: 'own-address' | 'remapped-ports'
  /** The same owner gets the same address until it is given back. */
  take(owner: string): Promise<string>
  give(owner: string): void
}

/** What a name means: addresses, by port when they differ. */
export interface NameEntry {
  /** `*`: any port, to the same port there. */
  readonly port: number | '*'
  readonly to: readonly { readonly host: string; readonly port: number | '*' }[]
}

/**
 * The names of a cluster. Kept where every pod's program reads them, also while no control plane runs. Names are
 * absolute, without `.cluster.local`.
 */
export interface Names {
  /** All names there are from now on. */
  publish(names: ReadonlyMap<string, readonly NameEntry[]>): Promise<void>
}

/** Listens at addresses of services and passes connections on, each from the address it came from. */
export interface Forwarder {
  /** All that is to be listened on from now on; `to` is asked anew for every connection, in turn. */
  set(routes: readonly { readonly at: Address; readonly to: readonly Address[] }[]): void
  /** Why an address cannot be listened on. */
  onFailure: (at: Address, failure: Failure) => void
  close(): void
}
