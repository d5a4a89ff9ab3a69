import { performance } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

const lookMs = 10_000
/** Less than this is not worth the 10 to 20 ms of a collection. */
const spareBytesMin = 32 * 1024 * 1024
/** A busier process collects by itself, and has no 20 ms to give. */
const utilizationMax = 0.5

/**
 * Gives garbage back to the system while there is little to do. V8 collects when something needs memory; after a burst
 * nothing does, and hundreds of megabytes stay taken. For a process of the broker's own: it sets a flag of V8.
 */
export function collectWhenIdle(): () => void {
  let collect: (() => void) | null = null
  let usage = performance.eventLoopUtilization()
  let leastBytes = usedBytes()
  const timer = setInterval(() => {
    const before = usage
    usage = performance.eventLoopUtilization()
    const bytes = usedBytes()
    leastBytes = Math.min(leastBytes, bytes)
    const isBusy = performance.eventLoopUtilization(usage, before).utilization > utilizationMax
    if (isBusy || bytes - leastBytes < spareBytesMin) return
    collect ??= collector()
    collect()
    leastBytes = usedBytes()
  }, lookMs)
  timer.unref()
  return () => clearInterval(timer)
}

function usedBytes(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

function collector(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}
