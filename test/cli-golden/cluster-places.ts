import { join } from 'node:path'
import { freePorts } from '../../scripts/apache-node.ts'
import type { NodePlace, Places } from './normalize.ts'

export const clusterId = 'Fh3xVq2kSgWJm0aZtYpL1A'
/** Given, so that a scenario can name them. */
const directoryIds = ['A1hJkuUxQwe2B0mT5GVQdw', 'B1hJkuUxQwe2B0mT5GVQdw', 'C1hJkuUxQwe2B0mT5GVQdw']

/** A cluster that scenarios run on, Apache's or ours. */
export interface ScenarioCluster {
  readonly places: Places
  start(id: number): Promise<void>
  stop(id: number): Promise<void>
  close(): Promise<void>
}

export async function clusterPlaces(dir: string): Promise<Places & { readonly nodes: readonly NodePlace[] }> {
  const ports = await freePorts(6)
  const nodes = directoryIds.map((directoryId, i) => ({
    bootstrap: `localhost:${ports[i]}`,
    controller: `localhost:${ports[i + 3]}`,
    logDir: join(dir, `kafka-logs-${i + 1}`),
    directoryId,
  }))
  const { bootstrap, controller, logDir } = nodes[0]!
  return { bootstrap, controller, dir, logDir, nodes }
}

/** What differs from a single node. */
export function clusterConfig(nodes: readonly NodePlace[], id: number): Record<string, string> {
  return {
    'node.id': `${id}`,
    'controller.quorum.bootstrap.servers': nodes.map(({ controller }) => controller).join(','),
    'offsets.topic.replication.factor': '3',
    'transaction.state.log.replication.factor': '3',
    'transaction.state.log.min.isr': '2',
  }
}

export function initialControllers(nodes: readonly NodePlace[]): string {
  return nodes.map(({ controller, directoryId }, i) => `${i + 1}@${controller}:${directoryId}`).join(',')
}
