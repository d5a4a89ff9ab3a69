import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { singleNodeConfig } from '../../scripts/apache-node.ts'
import { clusterConfig, clusterId, clusterPlaces, initialControllers, type ScenarioCluster } from './cluster-places.ts'
import { runInProcess, startOurNode } from './ours.ts'

/** Three nodes in this process, each broker and controller. */
export async function startOurCluster(dir: string, config: Readonly<Record<string, string>>): Promise<ScenarioCluster> {
  const places = await clusterPlaces(dir)
  const { nodes } = places
  const running = new Map<number, { stop(): Promise<void> }>()
  const configOf = (id: number): Record<string, string> => {
    const { bootstrap, controller, logDir } = nodes[id - 1]!
    const listeners = `PLAINTEXT://${bootstrap},CONTROLLER://${controller}`
    const own = { listeners, 'advertised.listeners': listeners, 'log.dirs': logDir }
    return { ...singleNodeConfig, ...own, ...clusterConfig(nodes, id), ...config }
  }
  for (const [i] of nodes.entries()) {
    const file = join(dir, `node-${i + 1}.properties`)
    const lines = Object.entries(configOf(i + 1)).map(([key, value]) => `${key}=${value}\n`)
    writeFileSync(file, lines.join(''))
    const args = ['format', '-t', clusterId, '-c', file, '--initial-controllers', initialControllers(nodes)]
    const format = runInProcess('kafka-storage', args, dir)
    let said = ''
    format.onOutput = (_, chunk) => (said += chunk)
    if ((await format.ended) !== '0') throw new Error(said)
  }
  const start = async (id: number): Promise<void> => void running.set(id, await startOurNode(configOf(id)))
  const stop = async (id: number): Promise<void> => {
    await running.get(id)?.stop()
    running.delete(id)
  }
  await Promise.all(nodes.map((_, i) => start(i + 1)))
  const close = async (): Promise<void> => {
    await Promise.all([...running.keys()].map(stop))
  }
  return { places, start, stop, close }
}
