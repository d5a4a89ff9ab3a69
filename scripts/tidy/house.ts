/**
 * The house as a table: what each room may import, and what it may not name. A room is a folder of `src`, or one inside
 * it that has a door of its own.
 */

/** `portable` rooms run anywhere, also in a browser tab; `loop` ones besides work in turns and not in promises. */
export type Kind = 'loop' | 'portable' | 'world' | 'tool'

export interface Room {
  readonly kind: Kind
  /** Doors it may open. Its own files it may always import. */
  readonly opens: readonly string[]
  /** Rooms that it may enter by any file: a main loads the one command it runs and not all. */
  readonly enters?: readonly string[]
  /** Names of the world that it may use all the same. */
  readonly names?: readonly string[]
}

const ground = ['bytes', 'env'] as const
const formats = [...ground, 'protocol', 'records'] as const
const middle = [...formats, 'config', 'security', 'runtime', 'log', 'metadata'] as const
const broker = [...middle, 'wire', 'raft', 'controller', 'replication', 'coordinator'] as const

export const rooms: Readonly<Record<string, Room>> = {
  // It alone looks for the fast path that the runtime has.
  bytes: { kind: 'loop', opens: [], names: ['globalThis'] },
  env: { kind: 'loop', opens: [] },
  'env/memory': { kind: 'loop', opens: ['env'] },
  'env/node': { kind: 'world', opens: ['env', 'bytes', 'pki'] },
  // Processes, addresses and files of pods; apart, because no broker should load it.
  'env/containers': { kind: 'world', opens: ['env', 'env/node'] },
  config: { kind: 'loop', opens: ['bytes'] },
  protocol: { kind: 'loop', opens: ['bytes'] },
  records: { kind: 'loop', opens: [...ground, 'protocol'] },
  security: { kind: 'loop', opens: formats },
  runtime: { kind: 'loop', opens: formats },
  wire: { kind: 'loop', opens: [...formats, 'security'] },
  log: { kind: 'loop', opens: [...formats, 'config'] },
  metadata: { kind: 'loop', opens: [...formats, 'config'] },
  raft: { kind: 'loop', opens: [...middle, 'wire'] },
  controller: { kind: 'loop', opens: [...middle, 'raft'] },
  replication: { kind: 'loop', opens: [...middle, 'wire', 'raft'] },
  coordinator: { kind: 'loop', opens: [...middle, 'raft'] },
  server: { kind: 'loop', opens: broker },
  client: { kind: 'portable', opens: [...formats, 'security', 'wire'] },
  // Its library takes dates as Date.
  pki: { kind: 'portable', opens: [...ground, 'security'], names: ['Date'] },
  'kube-client': { kind: 'portable', opens: ground },
  kube: { kind: 'portable', opens: [...ground, 'kube-client'] },
  kubelet: { kind: 'portable', opens: [...ground, 'kube-client'] },
  resources: { kind: 'portable', opens: [...ground, 'config', 'kube-client', 'kube'] },
  operator: {
    kind: 'portable',
    opens: [...formats, 'config', 'security', 'metadata', 'client', 'pki', 'kube-client', 'resources'],
  },
  cli: { kind: 'tool', opens: [...middle, 'client', 'wire', 'raft', 'env/node', 'kube-client', 'resources'] },
  sim: { kind: 'portable', opens: [...broker, 'server', 'client', 'env/memory'], enters: ['env'] },
  testing: { kind: 'tool', opens: [...broker, 'server', 'client', 'env/node', 'env/memory'] },
  bin: { kind: 'tool', opens: ['*'], enters: ['cli'] },
}

/** Names of the world, which only `env/node` and tools touch. */
export interface WorldName {
  readonly pattern: RegExp
  readonly instead: string
}

export const worldNames: readonly WorldName[] = [
  { pattern: /(?<![.\w$#'])Buffer\b(?!\s*[:?])/g, instead: 'Uint8Array and the bytes room' },
  { pattern: /(?<![.\w$#])Date\b(?=\s*[.(])/g, instead: 'env.clock, or a time that is passed in' },
  { pattern: /(?<![.\w$#])performance\s*\./g, instead: 'env.clock.monoMs' },
  { pattern: /(?<![.\w$#])Math\s*\.\s*random\b/g, instead: 'env.random' },
  { pattern: /(?<![.\w$#])crypto\s*\./g, instead: 'env.random, env.heavy, or a pure hash' },
  { pattern: /(?<![.\w$#])process\s*\./g, instead: 'env, or an option' },
  { pattern: /(?<![.\w$#])globalThis\b/g, instead: 'env' },
  { pattern: /(?<![.\w$#])console\s*\./g, instead: 'env.logger' },
  {
    pattern: /(?<![.\w$#])(?:set|clear)(?:Timeout|Interval|Immediate)\b/g,
    instead: 'env.clock.at, atTurnEnd or slice',
  },
  { pattern: /(?<![.\w$#])queueMicrotask\b/g, instead: 'env.clock.atTurnEnd' },
  { pattern: /(?<![.\w$#])AbortSignal\s*\.\s*timeout\b/g, instead: 'env.clock.at' },
  { pattern: /(?<![.\w$#])require\s*\(/g, instead: 'an import' },
]

/** What a room that works in turns does not do. */
export const promiseNames: readonly RegExp[] = [
  /(?<![.\w$#])async\b(?=\s*[(\w*]|\s+function)/g,
  /(?<![.\w$#])await\b/g,
  /(?<![.\w$#])new\s+Promise\b/g,
]

/** Tests that fail in another realm or for another implementation. */
export const realmChecks = /\binstanceof\s+(?:Uint8Array|Error|ArrayBuffer|Map|Set)\b/g

/** A file of this many lines should be looked at. */
export const linesWarned = 600
