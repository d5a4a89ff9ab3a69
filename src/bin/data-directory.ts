import { accessSync, constants, mkdirSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Disk } from '../env/index.ts'
import { whyForeign } from '../server/index.ts'

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of this user is used up',
  ENOTDIR: 'a part of the path is a file',
  ENOENT: 'no directory can be made there',
  ENAMETOOLONG: 'the name is too long',
}

/** Why `directory` cannot be used for data, in words for the person who named it; null: it can. It is made when it is missing. */
export function whyNotUsable(directory: string): string | null {
  let names: string[]
  try {
    make(directory)
    if (!statSync(directory).isDirectory()) return `${directory} is not a directory; name another one with --data DIR`
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK)
    names = readdirSync(directory)
  } catch (thrown) {
    return `${directory} cannot be used for data: ${inWords(thrown)}. Name another directory with --data DIR`
  }
  if (names.includes('meta.properties')) return null
  const foreign = whyForeign(directory, names)
  return foreign === null ? null : `${foreign} Name an empty or new directory with --data DIR`
}

/** Another process runs a node on this directory: what to say; null: none does. */
export function whyBusy(disk: Disk, directory: string): Promise<string | null> {
  const path = join(directory, '.lock')
  // No file, no node; and none is made for asking.
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return Promise.resolve(null)
  return new Promise((resolve) => {
    disk.lock(path, (failure, held) => {
      if (failure === null) held.release()
      resolve(
        failure?.code === 'ELOCKED'
          ? `Millrace already runs on this directory (${directory}); stop it, or use --data DIR and --port N`
          : null,
      )
    })
  })
}

/** A failure to start, as a person reads it. */
export function inWords(thrown: unknown): string {
  const { code, message } = thrown as { code?: string; message?: string }
  return (code === undefined ? undefined : reasons[code]) ?? message ?? String(thrown)
}

/** One by one: Node's recursive mkdir never ends where nothing can be made (/proc). */
function make(directory: string): void {
  if (statSync(directory, { throwIfNoEntry: false }) !== undefined) return
  const parent = dirname(directory)
  if (parent !== directory) make(parent)
  try {
    mkdirSync(directory)
  } catch (thrown) {
    // another process may have been quicker
    if ((thrown as { code?: string }).code !== 'EEXIST') throw thrown
  }
}
