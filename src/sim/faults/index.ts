import { bitFlip, diskError, diskFull, slowDisk } from './disk.ts'
import { flapping, loss, oneWay, partition, resets, slowLinks } from './network.ts'
import { blackout, clockJump, kill, killAtCallback, pause, pauseClient, powerCut, restart } from './process.ts'
import type { Fault } from './types.ts'

/** All faults by the names that `--faults` knows. */
export const faults = {
  kill,
  'kill-at-callback': killAtCallback,
  'power-cut': powerCut,
  blackout,
  restart,
  pause,
  'pause-client': pauseClient,
  'clock-jump': clockJump,
  partition,
  'one-way': oneWay,
  flapping,
  'slow-links': slowLinks,
  loss,
  resets,
  'slow-disk': slowDisk,
  'disk-full': diskFull,
  'disk-error': diskError,
  'bit-flip': bitFlip,
} as const satisfies Readonly<Record<string, Fault>>

export type FaultName = keyof typeof faults
export const faultNames = Object.keys(faults) as readonly FaultName[]
