import type { Layout } from '../../scripts/apache-java.ts'
import { type ApacheNode, startApache } from '../../scripts/apache-node.ts'
import { clusterConfig, clusterId, clusterPlaces, initialControllers, type ScenarioCluster } from './cluster-places.ts'

/** Three nodes of Apache Kafka, each broker and controller. */
export async function startApacheCluster(
  layout: Layout,
  dir: string,
  config: Readonly<Record<string, string>>,
): Promise<ScenarioCluster> {
  const places = await clusterPlaces(dir)
  const { nodes } = places
  const running = new Map<number, ApacheNode>()
  const port = (address: string) => Number(address.split(':')[1])
  const start = async (id: number): Promise<void> => {
    const { bootstrap, controller, logDir } = nodes[id - 1]!
    const node = await startApache(layout, {
      logDir,
      ports: [port(bootstrap), port(controller)],
      config: { ...clusterConfig(nodes, id), ...config },
      formatArgs: ['--initial-controllers', initialControllers(nodes)],
      clusterId,
    })
    running.set(id, node)
  }
  const stop = async (id: number): Promise<void> => {
    await running.get(id)?.stop()
    running.delete(id)
  }
  await Promise.all(nodes.map((_, i) => start(i + 1)))
  const close = async (): Promise<void> => {
    await Promise.all([...running.values()].map((node) => node.kill()))
  }
  return { places, start, stop, close }
}
