import type { Done, Failure } from '../env/index.ts'
import type { CommitLog } from './commit-log.ts'
import { saveIndexes } from './index-files.ts'
import type { Segment } from './segment.ts'
import { eachInTurn } from './shared.ts'

/**
 * Saves what a clean start wants to find of a log in which nothing is under way: indexes, snapshot, epochs; everything
 * synced when the mode demands it.
 */
export function closeAtRest(log: CommitLog, done: Done): void {
  const { active, epochs, segments, shared, writer } = log
  const finish = (failure: Failure | null): void => {
    for (const segment of segments) shared.descriptors.close(segment.slot)
    log.tail.clear()
    done(failure)
  }
  const isDirty = (segment: Segment): boolean => segment.isIndexDirty || segment.isAbortedDirty
  if (log.isPristine && !epochs.isDirty && !segments.some(isDirty)) return finish(null)
  active.closeTimeIndex()
  // An empty index must be there too: its absence means "rebuild".
  active.isIndexDirty = true
  const saveDirty = (next: Done): void =>
    eachInTurn(segments.filter(isDirty), (segment, saved) => saveIndexes(shared, segment, false, saved), next)
  const steps: ((next: Done) => void)[] = [
    saveDirty,
    (next) => writer.materialize(next),
    (next) => writer.whenIdle(next),
    (next) => (epochs.isDirty ? writer.saveEpochs(next) : next(null)),
    (next) => (knowsNoProducer(log) ? shared.clock.atTurnEnd(() => next(null)) : writer.takeSnapshot(next, false)),
    (next) => writer.finish(next),
  ]
  eachInTurn(steps, (step, next) => step(next), finish)
}

/**
 * Nor ever has since its first segment, or there would be snapshots: after a clean shutdown their absence says so, to
 * Apache Kafka as well, and no batch is read for it.
 */
function knowsNoProducer({ producers, snapshotOffsets, segments }: CommitLog): boolean {
  return producers.size === 0 && snapshotOffsets.length === 0 && segments.length === 1
}
