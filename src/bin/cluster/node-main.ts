import { nodeEnv } from '../../env/node/index.ts'
import { readConfig, runNode, type StartFailure } from '../run-node.ts'
import type { Order, Report } from './node-process.ts'

/** A node under a supervisor: reports to it, does what it orders, and stops in order when it is gone. Ends the process. */
export async function runSupervised(configFile: string): Promise<never> {
  const report = (told: Report): Promise<void> =>
    new Promise((sent) => {
      if (process.connected) process.send!(told, () => sent())
      else sent()
    })
  let stop = (): void => process.exit(0)
  let leave = (): void => {}
  process.on('message', (order: Order) => (order === 'stop' ? stop() : leave()))
  process.on('disconnect', () => stop())
  // the channel alone does not keep a node alive, nor does it hold one back from its end
  const config = readConfig(configFile, [])
  try {
    const { node, stopped, stop: stopNode } = await runNode(config, nodeEnv())
    stop = stopNode
    leave = () => node.leave(() => void report({ kind: 'left' }))
    if (!process.connected) stop()
    await report({ kind: 'up' })
    process.exit(await stopped)
  } catch (thrown) {
    process.stderr.write(`ERROR Exiting Kafka due to fatal exception: ${(thrown as Error).message}\n`)
    await report({ kind: 'failed', reason: (thrown as StartFailure).message })
    process.exit(1)
  }
}
