/**
 * Loaded into a broker with `--import`: its wall clock jumps to wherever the file named by FAULTS_CLOCK says (milliseconds
 * from the real time), at SIGUSR2. The monotonic clock goes on, as the system's does.
 */
import { readFileSync } from 'node:fs'

const real = Date.now
let skewMs = 0
Date.now = () => real() + skewMs
process.on('SIGUSR2', () => {
  skewMs = Number(readFileSync(process.env['FAULTS_CLOCK']!, 'utf8'))
  console.log(`clock jumped to ${skewMs} ms`)
})
