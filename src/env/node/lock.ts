import { failure } from '../failure.ts'
import type { Failure } from '../index.ts'

const sqliteBusy = 5
const sqliteNotADatabase = 26

/**
 * Takes the exclusive lock of a `.lock` file. Node has no fcntl locks, but SQLite takes them on the same byte range that
 * Java's `FileChannel.tryLock` covers, so the two exclude each other; the file stays empty. The file must not be opened
 * in another way by this process: POSIX drops a process's locks when any descriptor of the file is closed.
 */
export function lockFile(path: string): { release(): void } | Failure {
  const sqlite = loadSqlite()
  if (sqlite === null) return failure('ENOTSUP', `locking ${path}: this Node was built without SQLite`)
  let database: InstanceType<typeof sqlite.DatabaseSync> | null = null
  try {
    database = new sqlite.DatabaseSync(path, { timeout: 0 })
    database.exec('PRAGMA journal_mode=MEMORY; BEGIN EXCLUSIVE')
  } catch (thrown) {
    database?.close()
    const { errcode, message } = thrown as { errcode?: number; message?: string }
    if (errcode === sqliteBusy) return failure('ELOCKED', `locking ${path}: held by another process or node`)
    if (errcode === sqliteNotADatabase) return failure('EACCES', `locking ${path}: it must be an empty file; remove it`)
    return failure('EACCES', `locking ${path}: ${message ?? String(thrown)}`, thrown)
  }
  const held = database
  let isHeld = true
  return {
    release: () => {
      if (isHeld) held.close()
      isHeld = false
    },
  }
}

/** Node 22 announces its SQLite as experimental on standard error; that is not news to whoever starts a broker. */
function loadSqlite(): typeof import('node:sqlite') | null {
  const emitWarning = process.emitWarning
  process.emitWarning = () => {}
  try {
    return process.getBuiltinModule('node:sqlite') ?? null
  } finally {
    process.emitWarning = emitWarning
  }
}
