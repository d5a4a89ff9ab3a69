/**
 * Imported into a node that is measured (`NODE_OPTIONS=--import=…`): on SIGUSR2 it prints the longest turn of the event
 * loop since the last time, in milliseconds, as `longest turn MS`. The sampling timer makes the loop wake every
 * millisecond, so idle CPU is measured without it.
 */
import { writeSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'

const resolutionMs = 1
const delays = monitorEventLoopDelay({ resolution: resolutionMs })
delays.enable()
process.on('SIGUSR2', () => {
  writeSync(2, `longest turn ${Math.max(0, delays.max / 1e6 - resolutionMs).toFixed(1)}\n`)
  delays.reset()
})
