/**
 * The world as Millrace sees it: time, luck, disk, network, threads and the operator's eye. Types only; the real ones
 * are in env/node, the simulator's in sim. Every room gets an Env (or a part of it) as its first constructor argument.
 *
 * The rule of callbacks: a {@link Done} is called exactly once, in a later turn, never inline, and never after a kill.
 */

export type {
  Addresses,
  Attached,
  ContainerExit,
  ContainerStart,
  ExecAsk,
  Forwarder,
  InProcess,
  LogsAsk,
  NameEntry,
  Names,
  Output,
  PodFile,
  PodFiles,
  Prober,
  Running,
  Runtime,
} from './pods.ts'

/** An answer that comes in a later turn. `value` is meaningful only when `failure` is null. */
export type Done<T = void> = (failure: Failure | null, value: T) => void

/**
 * Something the world refused: disk, network, a peer. `code` is stable (an errno name such as ENOSPC, or one of ours);
 * `retry` says whether asking again can help. Protocol answers are not failures: they are rows of protocol/errors.
 */
export interface Failure {
  readonly code: string
  readonly message: string
  readonly retry: 'never' | 'later' | 'now'
  readonly cause?: unknown
}

export interface Env {
  readonly clock: Clock
  readonly random: Random
  readonly disk: Disk
  readonly net: Net
  readonly heavy: Heavy
  readonly logger: Logger
  /** Ends this node at once, without flushing: for a state in which going on would lie. Does not return. */
  halt(reason: string): never
}

export interface Timer {
  cancel(): void
}

export interface Clock {
  /** Monotonic milliseconds (fractions allowed); the only time logic may compute with. */
  monoMs(): number
  /** Wall time, integer ms since the epoch: to be stored, shown, or used for retention. */
  wallMs(): number
  /** Fires once at or after `monoMs`. */
  at(monoMs: number, fire: () => void): Timer
  /** Runs once after the current turn's other work, before the next I/O is polled. Called during turn end: the next one. */
  atTurnEnd(run: () => void): void
  /** Calls `step` over as many turns as it takes, at most about 2 ms in each, until it returns true. */
  slice(step: () => boolean): void
}

export interface Random {
  /** A float in [0, 1). */
  next(): number
  /** An integer in [0, bound). */
  below(bound: number): number
  bytes(into: Uint8Array): Uint8Array
}

export interface DirEntry {
  readonly name: string
  readonly kind: 'file' | 'directory' | 'other'
  /** Bytes; 0 for directories. */
  readonly size: number
}

/** Paths are absolute. A failed or short write, or a failed sync, is never retried by the disk. */
export interface Disk {
  /** How many files should be open at a time, so that there are descriptors for everything else; no limit when absent. */
  readonly filesMax?: number
  /** `create` makes the file when it is missing (mode 0600) and opens it for reading and writing. */
  open(path: string, mode: 'read' | 'write' | 'create', done: Done<File>): void
  /** Atomic: temporary file, sync, rename, sync of the directory. */
  replace(path: string, bytes: Uint8Array, done: Done): void
  /** The whole file, refused with EFBIG above `bytesMax`. */
  readAll(path: string, bytesMax: number, done: Done<Uint8Array>): void
  rename(from: string, to: string, done: Done): void
  /** A file, or a directory with all it holds. Missing is success. */
  remove(path: string, done: Done): void
  /** With parents; existing is success. Directories are 0700. */
  mkdir(path: string, done: Done): void
  list(path: string, done: Done<readonly DirEntry[]>): void
  syncDir(path: string, done: Done): void
  /** Excludes other processes, Apache Kafka's FileChannel.tryLock included. Failure code ELOCKED when held. */
  lock(path: string, done: Done<{ release(): void }>): void
  /** Bytes free and in all for the file system that holds `path`. */
  space(path: string, done: Done<{ free: number; total: number }>): void
}

/** Writes, truncations and syncs of one file take effect in the order asked. */
export interface File {
  /** All parts at `at`, or a failure. The parts are lent until done. */
  write(parts: readonly Uint8Array[], at: number, done: Done): void
  /** Bytes read; fewer than asked only at the end of the file. */
  read(into: Uint8Array, at: number, done: Done<number>): void
  /** fdatasync: when done, every write and truncation asked before the call survives a power cut (or had failed: so does this). */
  sync(done: Done): void
  size(): number
  truncate(size: number, done: Done): void
  close(): void
}

export interface Address {
  readonly host: string
  readonly port: number
}

/** The other side of a connection with TLS. */
export interface TlsPeer {
  /** Its certificate in DER, verified against what is trusted; null when it presented none. */
  readonly certificate: Uint8Array | null
  /** As `TLSv1.3` and `TLS_AES_256_GCM_SHA384`. */
  readonly protocol: string
  readonly cipher: string
}

export type TlsVersion = 'TLSv1.2' | 'TLSv1.3'

/** Who this side is, and whom it believes. All texts are PEM. */
export interface TlsMaterial {
  /** Absent: this side presents no certificate. The certificate comes first in its chain. */
  readonly identity?: { readonly key: string; readonly chain: string; readonly password?: string }
  /** Certificates of authorities; null: those that come with the runtime. */
  readonly trusted: string | null
  readonly versions: readonly TlsVersion[]
  /** Names of OpenSSL or the IANA's, best first; null: the runtime's own choice. */
  readonly ciphers: readonly string[] | null
}

/** Material that was read and found usable. Opaque, made by {@link Net.tlsContext} and used with that net only. */
export interface TlsContext {
  readonly isTlsContext: true
}

export interface ListenTls {
  /** Asked for each connection that comes: another context is new material. */
  context(): TlsContext
  /** `requested`: a certificate that is presented must be trusted, none is fine, too. */
  readonly clientAuth: 'none' | 'requested' | 'required'
  /** A connection ended in its handshake. */
  refused?(peer: Address, reason: string): void
}

export interface ConnectTls {
  readonly context: TlsContext
  /** The certificate must be for the host that is connected to. */
  readonly verifyHost: boolean
}

export interface ListenOptions {
  readonly host: string
  /** 0 = any free port. */
  readonly port: number
  readonly backlog?: number
  /** Absent: plain text. `accept` hears of connections whose handshake is done. */
  readonly tls?: ListenTls
}
export interface ConnectOptions {
  readonly host: string
  readonly port: number
  readonly timeoutMs: number
  /** Absent: plain text. A handshake that fails is a failure with code ETLS. */
  readonly tls?: ConnectTls
}
export interface Listener {
  readonly address: Address
  close(): void
}

export interface Net {
  listen(at: ListenOptions, accept: (socket: Socket) => void, done: Done<Listener>): void
  connect(to: ConnectOptions, done: Done<Socket>): void
  /** Fails with ETLS when the material is unusable. Absent where there is no TLS. */
  tlsContext?(material: TlsMaterial, done: Done<TlsContext>): void
}

export interface Socket {
  readonly peer: Address
  readonly local: Address
  readonly tls: TlsPeer | null
  /** The chunk is lent until the call returns; then its bytes are overwritten by the next read. */
  onBytes: (chunk: Uint8Array) => void
  /**
   * Asked after each chunk: where the receiver would like the next one to be, so that he need not copy it; null = where
   * the socket likes. A wish: only a chunk that begins at the first byte of that room is there.
   */
  onRoom: () => Uint8Array | null
  /** All that was written has left this process. */
  onDrain: () => void
  /** Called once; null when the peer closed in order. */
  onClose: (failure: Failure | null) => void
  /** Queues the parts (lent until `sent`); what is queued in one turn leaves together. Returns the bytes waiting. */
  write(parts: readonly Uint8Array[], sent?: () => void): number
  pause(): void
  resume(): void
  /** `flush` sends what is queued first; `reset` drops it. */
  close(how: 'flush' | 'reset'): void
}

/** Work too heavy for the main turn. Answers come in the order asked when `lane` is the same. */
export interface Heavy {
  run<J extends keyof Jobs>(job: J, ask: Jobs[J]['ask'], done: Done<Jobs[J]['answer']>, lane?: string): void
}
export type CodecName = 'gzip' | 'snappy' | 'lz4' | 'zstd'
export interface Jobs {
  compress: { ask: { codec: CodecName; level: number | null; bytes: Uint8Array }; answer: Uint8Array }
  /** Fails with EBOMB when the output would pass `bytesMax`, with ECORRUPT when the input is not the codec's. */
  decompress: { ask: { codec: CodecName; bytes: Uint8Array; bytesMax: number }; answer: Uint8Array }
  pbkdf2: {
    ask: { hash: 'sha256' | 'sha512'; password: Uint8Array; salt: Uint8Array; iterations: number }
    answer: Uint8Array
  }
  /** A store of keys and certificates, as PEM; `key` is null when it has none. Fails with EPKCS12 and the reason. */
  openPkcs12: {
    ask: { bytes: Uint8Array; password: string }
    answer: { readonly key: string | null; readonly chain: string; readonly trusted: string }
  }
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
export type LogFields = Readonly<Record<string, string | number | boolean | null>>
/** Constant message, fields for the rest. Never a secret, never a payload. */
export interface Logger {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  /** The same sink with these fields bound. */
  child(fields: LogFields): Logger
  /** The least that is written, of this logger and of all its children. Absent where it cannot be set. */
  readonly threshold?: { level: LogLevel | 'off' }
}

export type {
  HttpBody,
  HttpHandler,
  HttpListener,
  HttpListenOptions,
  HttpPeer,
  HttpReply,
  HttpRequest,
  HttpSink,
} from './http.ts'
export { overTurns } from './over-turns.ts'
