import type { Disk, Done } from '../env/index.ts'

/**
 * The same disk with at most `atOnce` operations under way; the rest wait in line. Ten thousand logs that all want to
 * save a small file then take neither ten thousand descriptors nor one long turn. Open files are not counted.
 */
export function pacedDisk(disk: Disk, atOnce: number): Disk {
  let waiting: (() => void)[] = []
  let head = 0
  let running = 0
  const ended = (): void => {
    running--
    if (head === waiting.length) return
    const next = waiting[head++]!
    if (head > 1024 && head * 2 > waiting.length) {
      waiting = waiting.slice(head)
      head = 0
    }
    running++
    next()
  }
  const paced = <T>(done: Done<T>, run: (done: Done<T>) => void): void => {
    const start = (): void =>
      run((failure, value) => {
        ended()
        done(failure, value)
      })
    if (running >= atOnce) {
      waiting.push(start)
      return
    }
    running++
    start()
  }
  return {
    open: (path, mode, done) => paced(done, (then) => disk.open(path, mode, then)),
    replace: (path, bytes, done) => paced(done, (then) => disk.replace(path, bytes, then)),
    readAll: (path, bytesMax, done) => paced(done, (then) => disk.readAll(path, bytesMax, then)),
    rename: (from, to, done) => paced(done, (then) => disk.rename(from, to, then)),
    remove: (path, done) => paced(done, (then) => disk.remove(path, then)),
    mkdir: (path, done) => paced(done, (then) => disk.mkdir(path, then)),
    list: (path, done) => paced(done, (then) => disk.list(path, then)),
    syncDir: (path, done) => paced(done, (then) => disk.syncDir(path, then)),
    lock: (path, done) => disk.lock(path, done),
    space: (path, done) => disk.space(path, done),
  }
}
