import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** A process for ever: its number may be given to another one, but not with the same start. */
export interface ProcessIdentity {
  readonly pid: number
  /** Opaque: clock ticks since boot on Linux, a date elsewhere. */
  readonly start: string
}

interface Row extends ProcessIdentity {
  readonly parent: number
  readonly session: number
}

const hasProc = process.platform === 'linux'

/** Changes with every boot, so that numbers of an earlier one are not taken for processes of this. */
export function bootId(): string {
  return hasProc ? readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim() : ''
}

export function isAlive(process_: ProcessIdentity): boolean {
  const row = rowOf(process_.pid)
  return row !== null && row.start === process_.start
}

/**
 * The processes that belong together: those in the sessions of `roots`, those that descend from them, and those that
 * carry `mark` in the environment they were started with. Not the roots.
 */
export function kinOf(roots: readonly ProcessIdentity[], mark: string): ProcessIdentity[] {
  const rows = table()
  const living = roots.filter((root) => rows.some((row) => row.pid === root.pid && row.start === root.start))
  const isRoot = (row: Row) => living.some((root) => root.pid === row.pid)
  const family = new Set(living.map(({ pid }) => pid))
  const kin = new Map<number, Row>()
  for (let grew = true; grew; ) {
    grew = false
    for (const row of rows) {
      if (kin.has(row.pid) || isRoot(row)) continue
      if (!family.has(row.parent) && !family.has(row.session) && !carries(row.pid, mark)) continue
      kin.set(row.pid, row)
      family.add(row.pid)
      grew = true
    }
    if (!hasProc) break
  }
  return [...kin.values()]
}

/** Times the system has killed for want of memory since boot; null where it does not say. */
export function oomKills(): number | null {
  if (!hasProc) return null
  const found = /^oom_kill (\d+)$/m.exec(readFileSync('/proc/vmstat', 'latin1'))
  return found === null ? null : Number(found[1])
}

function rowOf(pid: number): Row | null {
  if (hasProc) return procRow(pid)
  const line = ps(['-o', 'pid=,ppid=,sess=,lstart=', '-p', `${pid}`])[0]
  return line === undefined ? null : psRow(line)
}

function table(): Row[] {
  if (!hasProc) return ps(['-A', '-o', 'pid=,ppid=,sess=,lstart=']).flatMap((line) => psRow(line) ?? [])
  return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (procRow(Number(name)) ?? []) : []))
}

/** A zombie is no process any more. */
function procRow(pid: number): Row | null {
  let stat: string
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  } catch (thrown) {
    return gone(thrown)
  }
  // the name of the program, in parentheses, may hold anything
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (fields[0] === 'Z' || fields[0] === 'X') return null
  return { pid, parent: Number(fields[1]), session: Number(fields[3]), start: fields[19]! }
}

function carries(pid: number, mark: string): boolean {
  if (!hasProc) return false
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(mark)
  } catch (thrown) {
    return gone(thrown) ?? false
  }
}

/** Processes end while they are looked at, and those of other users are not ours. */
function gone(thrown: unknown): null {
  const { code } = thrown as { code?: string }
  if (code === 'ENOENT' || code === 'ESRCH' || code === 'EACCES' || code === 'EPERM') return null
  throw thrown
}

function ps(args: readonly string[]): string[] {
  try {
    return execFileSync('ps', args, { encoding: 'utf8' }).split('\n').filter(Boolean)
  } catch (thrown) {
    // 1: none of those asked for
    if ((thrown as { status?: number }).status === 1) return []
    throw thrown
  }
}

function psRow(line: string): Row | null {
  const found = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*?)\s*$/.exec(line)
  if (found === null) return null
  return { pid: Number(found[1]), parent: Number(found[2]), session: Number(found[3]) || 0, start: found[4]! }
}
