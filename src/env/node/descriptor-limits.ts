import { readFileSync } from 'node:fs'

/** How the descriptors that this process may have are shared out. */
export interface DescriptorLimits {
  /** Connections that are accepted; more are closed at once. */
  readonly socketsMax: number
  /** Log files kept open. */
  readonly filesMax: number
}

/** Taken when the system does not say: less than any that runs Node allows. */
const limitDefault = 8192
/** The loop's own, standard streams, threads, locks, listeners. */
const ownCount = 48
/** Small files and directories, opened for a moment. */
const passingCount = 32
const filesMaxMost = 4096

/**
 * Clients must not be able to take the descriptors that logs need, so connections get what is left. Node raises its
 * limit to the hard one (`ulimit -Hn`) when it starts.
 */
export function descriptorLimits(limit: number = openFilesLimit()): DescriptorLimits {
  const filesMax = Math.max(16, Math.min(filesMaxMost, (limit - ownCount) >> 1))
  return { filesMax, socketsMax: Math.max(16, limit - ownCount - passingCount - filesMax) }
}

function openFilesLimit(): number {
  if (process.platform !== 'linux') return limitDefault
  const match = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))
  return match === null ? limitDefault : Number(match[1])
}
