import { join } from 'node:path'

/** A cluster as it was asked for. */
export interface ClusterAsk {
  readonly brokers: number
  /** Controllers that are nothing else; null: the first brokers are controllers as well. */
  readonly controllers: number | null
}

/** What stays the same over restarts: kept in the directory of the cluster. */
export interface KeptCluster {
  readonly clusterId: string
  readonly nodes: readonly KeptNode[]
}

export interface KeptNode {
  readonly id: number
  /** Of the listener for clients; null: not a broker. */
  readonly port: number | null
  /** Of the listener of the controller; null: not a controller. */
  readonly controllerPort: number | null
  /** The id of the directory under which a controller begins as a voter (KIP-853). */
  readonly directoryId: string
}

/** A process to run, and its files. */
export interface NodePlan extends KeptNode {
  /** `broker 2`, `controller 101`. */
  readonly name: string
  readonly directory: string
  readonly dataDirectory: string
  readonly configFile: string
  readonly logFile: string
  readonly config: ReadonlyMap<string, string>
}

export interface ClusterPlan {
  readonly clusterId: string
  readonly nodes: readonly NodePlan[]
  /** bootstrap.servers of clients. */
  readonly bootstrap: string
  /** As `kafka-storage.sh format --initial-controllers` takes them. */
  readonly initialControllers: string
}

/** Brokers alone: so many of them are controllers as well. */
const COMBINED_MAX = 3
const FIRST_CONTROLLER_ID = 101
const CONTROLLER_PORTS_ABOVE = 100
const HOST = 'localhost'

export interface Luck {
  readonly uuid: () => string
  /** Ports that are free; asked for when `firstPort` is 0. */
  readonly freePorts: readonly number[]
}

/** How many ports a cluster listens on. */
export function portsOf({ brokers, controllers }: ClusterAsk): number {
  return brokers + (controllers ?? Math.min(brokers, COMBINED_MAX))
}

/** A cluster that was never there. Brokers are 1, 2, …; controllers of their own are 101, 102, … */
export function newCluster(ask: ClusterAsk, firstPort: number, luck: Luck): KeptCluster {
  const free = [...luck.freePorts]
  const port = (wanted: number): number => (firstPort === 0 ? free.shift()! : wanted)
  const nodes: KeptNode[] = []
  for (let i = 0; i < ask.brokers; i++) {
    const isController = ask.controllers === null && i < COMBINED_MAX
    nodes.push({
      id: i + 1,
      port: port(firstPort + i),
      controllerPort: isController ? port(firstPort + CONTROLLER_PORTS_ABOVE + i) : null,
      directoryId: luck.uuid(),
    })
  }
  for (let i = 0; i < (ask.controllers ?? 0); i++) {
    const controllerPort = port(firstPort + CONTROLLER_PORTS_ABOVE + i)
    nodes.push({ id: FIRST_CONTROLLER_ID + i, port: null, controllerPort, directoryId: luck.uuid() })
  }
  return { clusterId: luck.uuid(), nodes }
}

/** What was asked for when this cluster was made. */
export function askOf({ nodes }: KeptCluster): ClusterAsk {
  const brokers = nodes.filter(({ port }) => port !== null).length
  const alone = nodes.filter(({ port }) => port === null).length
  return { brokers, controllers: alone === 0 ? null : alone }
}

/** The same cluster with its brokers on other ports; controllers are known to each other by theirs. */
export function withBrokerPorts(kept: KeptCluster, firstPort: number): KeptCluster {
  const nodes = kept.nodes.map((node, i) => (node.port === null ? node : { ...node, port: firstPort + i }))
  return { ...kept, nodes }
}

/** `configs` are those that a person gave: they win over ours, on every node. */
export function planCluster(
  kept: KeptCluster,
  directory: string,
  configs: ReadonlyMap<string, string> = new Map(),
): ClusterPlan {
  const { clusterId, nodes } = kept
  const voters = nodes.filter(({ controllerPort }) => controllerPort !== null)
  const brokers = nodes.filter(({ port }) => port !== null)
  const controllers = voters.map(({ controllerPort }) => `${HOST}:${controllerPort}`).join(',')
  return {
    clusterId,
    nodes: nodes.map((node) => nodePlan(node, directory, { brokers: brokers.length, controllers }, configs)),
    bootstrap: brokers.map(({ port }) => `${HOST}:${port}`).join(','),
    initialControllers: voters
      .map(({ id, controllerPort, directoryId }) => `${id}@${HOST}:${controllerPort}:${directoryId}`)
      .join(','),
  }
}

function nodePlan(
  node: KeptNode,
  clusterDirectory: string,
  among: { readonly brokers: number; readonly controllers: string },
  configs: ReadonlyMap<string, string>,
): NodePlan {
  const { id, port, controllerPort } = node
  const directory = join(clusterDirectory, `node-${id}`)
  const dataDirectory = join(directory, 'data')
  const roles = [...(port === null ? [] : ['broker']), ...(controllerPort === null ? [] : ['controller'])]
  const forClients = port === null ? [] : [`PLAINTEXT://${HOST}:${port}`]
  const forControllers = controllerPort === null ? [] : [`CONTROLLER://${HOST}:${controllerPort}`]
  const replicas = Math.min(among.brokers, 3)
  const minIsr = Math.max(1, replicas - 1)
  const config = new Map(
    Object.entries({
      'process.roles': roles.join(','),
      'node.id': `${id}`,
      listeners: [...forClients, ...forControllers].join(','),
      'advertised.listeners': [...forClients, ...forControllers].join(','),
      'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
      'controller.listener.names': 'CONTROLLER',
      'controller.quorum.bootstrap.servers': among.controllers,
      'log.dirs': dataDirectory,
      'default.replication.factor': `${replicas}`,
      'min.insync.replicas': `${minIsr}`,
      'offsets.topic.replication.factor': `${replicas}`,
      'transaction.state.log.replication.factor': `${replicas}`,
      'transaction.state.log.min.isr': `${minIsr}`,
      'share.coordinator.state.topic.replication.factor': `${replicas}`,
      'share.coordinator.state.topic.min.isr': `${minIsr}`,
      'group.initial.rebalance.delay.ms': '0',
      ...Object.fromEntries(configs),
    }),
  )
  return {
    ...node,
    name: `${port === null ? 'controller' : 'broker'} ${id}`,
    directory,
    dataDirectory,
    configFile: join(directory, 'server.properties'),
    logFile: join(directory, 'server.log'),
    config,
  }
}

/** A properties file; what Java would read otherwise is escaped. */
export function propertiesText(config: ReadonlyMap<string, string>): string {
  const escaped = (text: string) =>
    text.replaceAll(/[\\\n\r\t]/g, (c) => ({ '\\': '\\\\', '\n': '\\n', '\r': '\\r' })[c] ?? '\\t')
  return [...config].map(([key, value]) => `${key}=${escaped(value)}\n`).join('')
}

/** What stands in the file that keeps a cluster; a sentence when it is none. */
export function readKept(text: string): KeptCluster | string {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (thrown) {
    return (thrown as Error).message
  }
  const { clusterId, nodes } = (json ?? {}) as { clusterId?: unknown; nodes?: unknown }
  if (typeof clusterId !== 'string' || !Array.isArray(nodes) || nodes.length === 0)
    return 'clusterId or nodes is missing'
  if (!nodes.every(isKeptNode)) return 'a node lacks id, port, controllerPort or directoryId'
  return { clusterId, nodes }
}

function isKeptNode(node: unknown): node is KeptNode {
  const { id, port, controllerPort, directoryId } = (node ?? {}) as Record<string, unknown>
  const isPort = (value: unknown) => value === null || (Number.isInteger(value) && (value as number) > 0)
  return Number.isInteger(id) && isPort(port) && isPort(controllerPort) && typeof directoryId === 'string'
}
