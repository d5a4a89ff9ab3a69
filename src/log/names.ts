/** Names of files and directories, as Apache's LogFileUtils. */

export const suffix = {
  log: '.log',
  index: '.index',
  timeIndex: '.timeindex',
  txnIndex: '.txnindex',
  snapshot: '.snapshot',
  deleted: '.deleted',
  cleaned: '.cleaned',
  swap: '.swap',
} as const

export const fileName = {
  leaderEpochs: 'leader-epoch-checkpoint',
  partitionMetadata: 'partition.metadata',
  metaProperties: 'meta.properties',
  lock: '.lock',
  cleanShutdown: '.kafka_cleanshutdown',
  /** Ours; see summary.ts. */
  summary: '.millrace_logs',
  recoveryPoints: 'recovery-point-offset-checkpoint',
  logStarts: 'log-start-offset-checkpoint',
  highWatermarks: 'replication-offset-checkpoint',
  cleanerOffsets: 'cleaner-offset-checkpoint',
} as const

/** 20 digits of an offset, the stem of a segment's files. */
export function offsetName(offset: number): string {
  return String(offset).padStart(20, '0')
}

/** The offset that a file name of 20 digits and `ending` tells; -1 when it is not such a name. */
export function offsetOfName(name: string, ending: string): number {
  if (name.length !== 20 + ending.length || !name.endsWith(ending)) return -1
  for (let i = 0; i < 20; i++) {
    const digit = name.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) return -1
  }
  const offset = Number(name.slice(0, 20))
  return Number.isSafeInteger(offset) ? offset : -1
}

export interface DirName {
  readonly topic: string
  readonly partition: number
  readonly state: 'current' | 'delete' | 'future' | 'stray'
}

export function dirName(topic: string, partition: number): string {
  return `${topic}-${partition}`
}

/** Name in another state; `unique` is 32 hex digits. Cut so that no name passes 255 bytes. */
export function dirNameInState(
  topic: string,
  partition: number,
  unique: string,
  state: 'delete' | 'future' | 'stray',
): string {
  const tail = `.${unique}-${state}`
  const head = dirName(topic, partition)
  return head.slice(0, 255 - tail.length) + tail
}

const IN_STATE = /^(.+)-(\d+)\.[0-9a-f]{32}-(delete|future|stray)$/
const CURRENT = /^(.+)-(\d+)$/

/** Null for a directory that is no partition's. */
export function parseDirName(name: string): DirName | null {
  const inState = IN_STATE.exec(name)
  if (inState !== null) {
    return { topic: inState[1]!, partition: Number(inState[2]), state: inState[3] as 'delete' | 'future' | 'stray' }
  }
  if (name.endsWith('-delete') || name.endsWith('-stray')) return { topic: name, partition: -1, state: 'delete' }
  const current = CURRENT.exec(name)
  if (current === null || current[1]!.length > 249 || !/^[a-zA-Z0-9._-]+$/.test(current[1]!)) return null
  return { topic: current[1]!, partition: Number(current[2]), state: 'current' }
}
