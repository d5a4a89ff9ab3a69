import type { Failure } from '../env/index.ts'
import { CORRUPT } from './load.ts'

/** What stands in the way of one log only, as damage of that log; null: a failure of the disk. */
export function ofOneLog(failure: Failure): Failure | null {
  if (failure.code === CORRUPT) return failure
  const why = misplaced.get(failure.code)
  if (why === undefined) return null
  return { code: CORRUPT, message: `${failure.message} (${why})`, retry: 'never', cause: failure }
}

const misplaced: ReadonlyMap<string, string> = new Map([
  ['EISDIR', 'a directory stands where a file of this log belongs: move it away'],
  ['EEXIST', 'something else stands where a directory or file of this log belongs: move it away'],
  ['ENOTDIR', 'a file stands where the directory of this log belongs: move it away'],
  ['ENOENT', 'a link leads nowhere, or the file went while it was read: mend the link, or remove it'],
  ['ELOOP', 'links lead in a circle: remove them'],
  ['EACCES', 'the user that runs the broker may not: change owner or mode'],
  ['EPERM', 'the user that runs the broker may not: change owner or mode'],
])

/** Of a log at work. ENOENT and EACCES are not among them: a log that was open had its files. */
export const misplacedAtWork: ReadonlySet<string> = new Set(['EISDIR', 'EEXIST', 'ENOTDIR', 'ELOOP'])
