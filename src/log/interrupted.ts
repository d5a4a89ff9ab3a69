import type { DirEntry, Disk, Done } from '../env/index.ts'
import { batchLastOffset } from '../records/index.ts'
import { offsetName, offsetOfName, suffix } from './names.ts'
import { scanBatches } from './scan.ts'
import { eachInTurn } from './shared.ts'

/** A partition directory in which nothing is half done any more. */
export interface Finished {
  readonly entries: readonly DirEntry[]
  /** A segment was swapped in at this offset: it and all behind it are to be looked at again. Infinity: none was. */
  readonly rescanFrom: number
}

/**
 * Finishes what a crash interrupted in a partition directory: removes `.deleted` and `.cleaned`, and puts `.swap` files
 * in the place of the segments that they replace.
 */
export function finishInterrupted(disk: Disk, dir: string, entries: readonly DirEntry[], done: Done<Finished>): void {
  const gone = entries.filter(
    ({ name }) => name.endsWith(suffix.deleted) || name.endsWith(suffix.cleaned) || name.endsWith('.tmp'),
  )
  const swaps = entries.filter(({ name }) => name.endsWith(suffix.log + suffix.swap))
  const isChanged = gone.length > 0 || entries.some(({ name }) => name.endsWith(suffix.swap))
  if (!isChanged) return done(null, { entries, rescanFrom: Number.POSITIVE_INFINITY })
  const fail: Done = (failure) => done(failure, undefined as never)
  const remove = (some: readonly DirEntry[], then: Done): void =>
    eachInTurn(some, ({ name }, next) => disk.remove(`${dir}/${name}`, next), then)
  let rescanFrom = Number.POSITIVE_INFINITY
  remove(gone, (goneFailure) => {
    if (goneFailure !== null) return fail(goneFailure)
    eachInTurn(
      swaps,
      (swap, next) =>
        finishSwap(disk, dir, swap, entries, (failure, from) => {
          if (failure === null) rescanFrom = Math.min(rescanFrom, from)
          next(failure)
        }),
      (swapFailure) => {
        if (swapFailure !== null) return fail(swapFailure)
        disk.list(dir, (listFailure, after) => {
          if (listFailure !== null) return fail(listFailure)
          const isLeft = ({ name }: DirEntry): boolean => name.endsWith(suffix.swap)
          remove(after.filter(isLeft), (failure) =>
            done(failure, { entries: after.filter((entry) => !isLeft(entry)), rescanFrom }),
          )
        })
      },
    )
  })
}

/**
 * A `.log.swap` is whole: it was synced before it got that name. What it covers goes, then it takes its name. Which of
 * the index files belong to it cannot be told, so they are made anew. Answers the offset of its first record.
 */
function finishSwap(disk: Disk, dir: string, swap: DirEntry, entries: readonly DirEntry[], done: Done<number>): void {
  const path = `${dir}/${swap.name}`
  const baseOffset = offsetOfName(swap.name, suffix.log + suffix.swap)
  if (baseOffset < 0) return disk.remove(path, (failure) => done(failure, Number.POSITIVE_INFINITY))
  disk.open(path, 'read', (openFailure, file) => {
    if (openFailure !== null) return done(openFailure, baseOffset)
    let lastOffset = baseOffset
    const note = (bytes: Uint8Array, from: number): boolean => {
      lastOffset = batchLastOffset(bytes, from)
      return false
    }
    scanBatches(file, 0, file.size(), note, ({ failure: scanFailure }) => {
      file.close()
      if (scanFailure !== null) return done(scanFailure, baseOffset)
      const covered: string[] = []
      for (const { name } of entries) {
        for (const ending of [suffix.log, suffix.index, suffix.timeIndex, suffix.txnIndex]) {
          const offset = offsetOfName(name, ending)
          const isInside = offset > baseOffset && offset <= lastOffset
          if (isInside || (offset === baseOffset && ending !== suffix.log)) covered.push(name)
        }
      }
      eachInTurn(
        covered,
        (name, next) => disk.remove(`${dir}/${name}`, next),
        (failure) => {
          if (failure !== null) return done(failure, baseOffset)
          disk.rename(path, `${dir}/${offsetName(baseOffset)}${suffix.log}`, (renameFailure) =>
            done(renameFailure, baseOffset),
          )
        },
      )
    })
  })
}
