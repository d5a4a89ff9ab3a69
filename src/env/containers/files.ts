import { chmod, mkdir, readdir, readFile, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path'
import { failure } from '../failure.ts'
import type { PodFile, PodFiles } from '../index.ts'

const directoryMode = 0o700
/** Links to the newest directory of files. */
const dataLink = '..data'

/** Files of pods on this machine. */
export class NodePodFiles implements PodFiles {
  #made = 0

  async directory(path: string): Promise<void> {
    await mkdir(path, { recursive: true, mode: directoryMode })
  }

  async write(path: string, bytes: Uint8Array, mode: number): Promise<void> {
    await this.directory(dirname(path))
    await writeFile(`${path}.new`, bytes, { mode })
    await rename(`${path}.new`, path)
  }

  /**
   * Everything is written into a new directory, to which `..data` is then turned by one rename; the names that people
   * see are links through it.
   */
  async project(path: string, files: readonly PodFile[]): Promise<void> {
    for (const file of files) checkInside(file.path)
    await this.directory(path)
    const before = await linkOf(join(path, dataLink))
    if (before !== null && (await holds(join(path, before), files))) return
    const fresh = `..${stamp(new Date())}.${process.pid}${this.#made++}`
    for (const { path: name, bytes, mode } of files) {
      const target = join(path, fresh, name)
      await this.directory(dirname(target))
      await writeFile(target, bytes, { mode })
      // whatever the umask is
      await chmod(target, mode)
    }
    await this.directory(join(path, fresh))
    await rm(join(path, `${dataLink}_tmp`), { force: true })
    await symlink(fresh, join(path, `${dataLink}_tmp`))
    await rename(join(path, `${dataLink}_tmp`), join(path, dataLink))
    await linkNames(path, new Set(files.map(({ path: name }) => name.split('/')[0]!)))
    for (const name of await readdir(path)) {
      const isOld = name.startsWith('..2') && name !== fresh
      if (isOld) await rm(join(path, name), { recursive: true, force: true })
    }
  }

  async remove(path: string): Promise<void> {
    await rm(path, { recursive: true, force: true })
  }

  async read(path: string): Promise<Uint8Array | null> {
    try {
      return await readFile(path)
    } catch (thrown) {
      return missing(thrown)
    }
  }
}

/** Makes the names that are shown, and removes those that are not any more. */
async function linkNames(path: string, names: ReadonlySet<string>): Promise<void> {
  const there = new Set(await readdir(path))
  for (const name of names) {
    if (!there.has(name)) await symlink(join(dataLink, name), join(path, name))
  }
  for (const name of there) {
    if (!name.startsWith('..') && !names.has(name)) await rm(join(path, name), { recursive: true, force: true })
  }
}

async function holds(directory: string, files: readonly PodFile[]): Promise<boolean> {
  const names = await readdir(directory, { recursive: true, withFileTypes: true }).catch(missing)
  if (names === null || names.filter((entry) => entry.isFile()).length !== files.length) return false
  for (const { path, bytes } of files) {
    const had = await readFile(join(directory, path)).catch(missing)
    if (had === null || !had.equals(bytes)) return false
  }
  return true
}

async function linkOf(path: string): Promise<string | null> {
  try {
    return await readlink(path)
  } catch (thrown) {
    return missing(thrown)
  }
}

function missing(thrown: unknown): null {
  if ((thrown as { code?: string }).code === 'ENOENT') return null
  throw thrown
}

/** A key of a ConfigMap is no way out of the volume. */
function checkInside(path: string): void {
  const plain = normalize(path)
  if (path === '' || plain.startsWith('/') || plain.split('/').includes('..') || plain.startsWith('..')) {
    throw failure('EINVAL', `the path ${path} of a projected file leaves its volume`)
  }
}

/** `2026_11_25_12_00_00` */
const stamp = (now: Date): string => now.toISOString().slice(0, 19).replaceAll(/[-T:]/g, '_')
