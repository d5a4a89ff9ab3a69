/** What the kernel says of a process and everything it started, from /proc. */
import { readdirSync, readFileSync } from 'node:fs'

/** Linux counts in hundredths of a second whatever its own tick is. */
const ticksPerSecond = 100

/** User and system seconds of the living tree under `pid`. */
export function cpuSeconds(pid: number): number {
  let ticks = 0
  for (const each of treeOf(pid)) {
    const fields = statFields(each)
    if (fields !== null) ticks += Number(fields[11]) + Number(fields[12])
  }
  return ticks / ticksPerSecond
}

export function rssMib(pid: number): number {
  let kib = 0
  for (const each of treeOf(pid)) {
    const status = readOrNull(`/proc/${each}/status`)
    kib += Number(/^VmRSS:\s+(\d+)/m.exec(status ?? '')?.[1] ?? 0)
  }
  return kib / 1024
}

function treeOf(root: number): number[] {
  const children = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const parent = Number(statFields(Number(name))?.[1] ?? -1)
    children.set(parent, [...(children.get(parent) ?? []), Number(name)])
  }
  const tree = [root]
  for (const pid of tree) tree.push(...(children.get(pid) ?? []))
  return tree
}

/** Fields behind the command's name, which may hold spaces: state, parent, … */
function statFields(pid: number): string[] | null {
  const stat = readOrNull(`/proc/${pid}/stat`)
  return stat === null ? null : stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

/** Null when the process is gone, as any may be between two looks. */
function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
