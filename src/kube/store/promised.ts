import type { Done, Failure } from '../../env/index.ts'

/** What a disk refused, as promises reject with it. */
export class StorageError extends Error {
  readonly failure: Failure

  constructor(failure: Failure) {
    super(failure.message)
    this.name = 'StorageError'
    this.failure = failure
  }
}

/** `promised((done) => disk.list(path, done))` */
export function promised<T>(ask: (done: Done<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    ask((failure, value) => (failure === null ? resolve(value) : reject(new StorageError(failure))))
  })
}
