import { Content } from './content.ts'

/** A file: its bytes live on while it is open, even when no directory names it any more. */
export interface FileNode {
  readonly kind: 'file'
  readonly content: Content
}

/** A directory: what it names now, and what it named when it was last synced. */
export interface DirectoryNode {
  readonly kind: 'directory'
  entries: Map<string, Node>
  synced: ReadonlyMap<string, Node>
  /** Syncs asked for so far, and the last of them that was carried out. */
  syncsBegun: number
  syncsEnded: number
}

export type Node = FileNode | DirectoryNode

export function newDirectory(): DirectoryNode {
  return { kind: 'directory', entries: new Map(), synced: new Map(), syncsBegun: 0, syncsEnded: 0 }
}

/** The names of now are safe once the answer is called. */
export function beginDirectorySync(directory: DirectoryNode): () => void {
  const names = new Map(directory.entries)
  const order = ++directory.syncsBegun
  return () => {
    // A later sync that ended first covers this one.
    if (order < directory.syncsEnded) return
    directory.syncsEnded = order
    directory.synced = names
  }
}

export function newFile(): FileNode {
  return { kind: 'file', content: new Content() }
}

/** The names on the way from the root: `/a/b` is `a`, `b`. */
export function namesOf(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.')
}

/** @returns null when a name is missing, `ENOTDIR` when the way leads through a file. */
export function find(root: DirectoryNode, names: readonly string[]): Node | null | 'ENOTDIR' {
  let node: Node = root
  for (const name of names) {
    if (node.kind === 'file') return 'ENOTDIR'
    const next = node.entries.get(name)
    if (next === undefined) return null
    node = next
  }
  return node
}

export interface CrashOptions {
  /**
   * How many bytes of a file's unsynced tail reached the disk all the same, of `unsynced` that it has; 0 by default. The
   * rest is cut off, also in the middle of a record: a torn tail.
   */
  readonly tail?: (path: string, unsynced: number) => number
  /** Whether a sector of 512 bytes that was written and not synced reached the disk; none by default, besides `tail`. */
  readonly survives?: (path: string, sector: number) => boolean
  /**
   * `synced` (as POSIX promises): a file or directory whose parent was not synced since it was made, renamed or removed
   * is where it was before. `all`: every name is as it was at the crash, as journaling file systems usually have it.
   * Or a choice for each directory.
   */
  readonly names?: 'synced' | 'all' | ((directory: string) => 'synced' | 'all')
}

/** The tree that a power cut leaves. A file that hangs at two names becomes two files. */
export function afterCrash(directory: DirectoryNode, path: string, options: CrashOptions): DirectoryNode {
  const left = newDirectory()
  const names = typeof options.names === 'function' ? options.names(path) : options.names
  for (const [name, node] of names === 'all' ? directory.entries : directory.synced) {
    const at = `${path}/${name}`
    if (node.kind === 'directory') {
      left.entries.set(name, afterCrash(node, at, options))
    } else {
      const unsynced = Math.max(0, node.content.size - node.content.syncedSize)
      const tailBytes = unsynced === 0 ? 0 : (options.tail?.(at, unsynced) ?? 0)
      const { survives } = options
      const content = node.content.afterCrash(tailBytes, survives ? (sector) => survives(at, sector) : null)
      left.entries.set(name, { kind: 'file', content })
    }
  }
  left.synced = new Map(left.entries)
  return left
}

/** Bytes of all files below. */
export function bytesBelow(node: Node): number {
  if (node.kind === 'file') return node.content.size
  let bytes = 0
  for (const below of node.entries.values()) bytes += bytesBelow(below)
  return bytes
}
