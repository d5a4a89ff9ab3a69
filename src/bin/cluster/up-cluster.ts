import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { brokerConfigOf } from '../../config/index.ts'
import type { Disk } from '../../env/index.ts'
import { descriptorSink, lineLogger, nodeEnv } from '../../env/node/index.ts'
import { newUuid } from '../../raft/index.ts'
import { inWords, whyNotUsable } from '../data-directory.ts'
import {
  askOf,
  type ClusterAsk,
  type ClusterPlan,
  type KeptCluster,
  newCluster,
  planCluster,
  portsOf,
  propertiesText,
  readKept,
  withBrokerPorts,
} from './plan.ts'
import { format, freePorts, runCluster, whyNoPort } from './run-cluster.ts'

/** Keeps what must not change between runs: ids and ports. */
export const CLUSTER_FILE = 'millrace-cluster.json'

export interface UpCluster {
  readonly directory: string
  /** null: as it was when it was made. */
  readonly ask: ClusterAsk | null
  /** null: as kept, or from 9092 on. */
  readonly firstPort: number | null
  readonly configs: ReadonlyMap<string, string>
  /** How the person calls this program. */
  readonly command: string
}

/** Why it cannot run; the sentence is for a person. */
class Refusal extends Error {}

const DEFAULT_PORT = 9092
/** How long nodes of a run before may take to stop, once nobody supervises them. */
const LEFTOVERS_MS = 20_000
const LEFTOVERS_POLL_MS = 100

export async function upCluster(up: UpCluster): Promise<number> {
  const env = nodeEnv({ logger: lineLogger({ level: 'warn', sink: descriptorSink(2), wallMs: Date.now }) })
  const complain = (line: string) => void process.stderr.write(`millrace up: ${line}\n`)
  let lock: { release(): void } | null = null
  try {
    const why = whyNotACluster(up.directory)
    if (why !== null) throw new Refusal(why)
    lock = await hold(env.disk, up.directory)
    const plan = await planOf(up, () => newUuid(env.random))
    for (const { config } of plan.nodes) {
      const [wrong] = brokerConfigOf(config).errors
      if (wrong !== undefined) throw new Refusal(wrong.message)
    }
    await leftoversGone(env.disk, plan)
    const noPort = await whyNoPort(plan)
    if (noPort !== null) throw new Refusal(noPort)
    for (const node of plan.nodes) {
      mkdirSync(node.directory, { recursive: true, mode: 0o700 })
      writeFileSync(node.configFile, propertiesText(node.config), { mode: 0o600 })
      const notFormatted = await format(plan, node, env)
      if (notFormatted !== null) throw new Refusal(`${node.name} cannot be formatted: ${notFormatted}`)
    }
    const code = await runCluster(plan, {
      say: (line) => void process.stdout.write(`${line}\n`),
      complain,
      isUp: (pids) => announce(up, plan, pids),
    })
    if (code === 0 && process.stdout.isTTY) process.stdout.write('Stopped. Your records are kept.\n')
    return code
  } catch (thrown) {
    complain(thrown instanceof Refusal ? thrown.message : `${up.directory}: ${inWords(thrown)}`)
    return 1
  } finally {
    lock?.release()
    env.close()
  }
}

/** The cluster that a directory keeps; null: none. */
export function keptIn(directory: string): KeptCluster | string | null {
  const path = join(directory, CLUSTER_FILE)
  return existsSync(path) ? readKept(readFileSync(path, 'utf8')) : null
}

function whyNotACluster(directory: string): string | null {
  if (existsSync(join(directory, CLUSTER_FILE))) return null
  if (existsSync(join(directory, 'meta.properties'))) {
    return `${directory} holds the data of one node; name another directory with --data DIR, or run it without --brokers`
  }
  return whyNotUsable(directory)
}

function hold(disk: Disk, directory: string): Promise<{ release(): void }> {
  return new Promise((resolve, reject) => {
    disk.lock(join(directory, '.lock'), (failure, held) => {
      if (failure === null) return resolve(held)
      const busy = `Millrace already runs on this directory (${directory}); stop it, or use --data DIR and --port N`
      reject(new Refusal(failure.code === 'ELOCKED' ? busy : `${directory}: ${inWords(failure)}`))
    })
  })
}

async function planOf(up: UpCluster, uuid: () => string): Promise<ClusterPlan> {
  const { directory, ask, firstPort, configs } = up
  const path = join(directory, CLUSTER_FILE)
  let kept = keptIn(directory)
  if (typeof kept === 'string') throw new Refusal(`${path} cannot be read: ${kept}`)
  if (kept === null) {
    const wanted = ask ?? { brokers: 1, controllers: null }
    const free = firstPort === 0 ? await freePorts(portsOf(wanted)) : []
    kept = newCluster(wanted, firstPort ?? DEFAULT_PORT, { uuid, freePorts: free })
  } else {
    const was = askOf(kept)
    if (ask !== null && (ask.brokers !== was.brokers || ask.controllers !== was.controllers)) {
      throw new Refusal(
        `${directory} holds a cluster of ${flagsOf(was)}: run it so, or name another directory with --data DIR`,
      )
    }
    if (firstPort !== null && firstPort !== 0) kept = withBrokerPorts(kept, firstPort)
  }
  writeFileSync(path, `${JSON.stringify(kept, null, 2)}\n`, { mode: 0o600 })
  return planCluster(kept, directory, configs)
}

function flagsOf({ brokers, controllers }: ClusterAsk): string {
  return `--brokers ${brokers}${controllers === null ? '' : ` --controllers ${controllers}`}`
}

/** Nodes whose supervisor was killed stop by themselves, but that takes a moment. */
async function leftoversGone(disk: Disk, plan: ClusterPlan): Promise<void> {
  const isHeld = (directory: string): Promise<boolean> => {
    const path = join(directory, '.lock')
    if (!existsSync(path)) return Promise.resolve(false)
    return new Promise((resolve) => {
      disk.lock(path, (failure, held) => {
        if (failure === null) held.release()
        resolve(failure?.code === 'ELOCKED')
      })
    })
  }
  const deadlineMs = performance.now() + LEFTOVERS_MS
  for (const { name, dataDirectory } of plan.nodes) {
    while (await isHeld(dataDirectory)) {
      if (performance.now() > deadlineMs) {
        throw new Refusal(`${name} already runs on ${dataDirectory}: stop it, or use --data DIR and --port N`)
      }
      await sleep(LEFTOVERS_POLL_MS)
    }
  }
}

function announce({ command }: UpCluster, plan: ClusterPlan, pids: ReadonlyMap<number, number>): void {
  const { nodes, bootstrap } = plan
  const brokers = nodes.filter(({ port }) => port !== null)
  const voters = nodes.filter(({ controllerPort }) => controllerPort !== null)
  const first = brokers[0]!
  const last = brokers.at(-1)!
  const where = first.port === DEFAULT_PORT ? '' : ` -b localhost:${first.port}`
  const root = dirname(last.directory)
  process.stdout.write(
    [
      `Kafka is up on ${bootstrap} (${counted(brokers.length, 'broker')}, ${counted(voters.length, 'controller')}); Ctrl-C stops all`,
      `Data: ${root}/node-N/data, logs: ${root}/node-N/server.log (N: ${nodes.map(({ id }) => id).join(', ')})`,
      'Try, in another terminal:',
      `  ${command} status${where}`,
      `  ${command} topics create orders --partitions 3${where}`,
      `  kill -9 ${pids.get(last.id)}   (${last.name}: nothing is lost, and it is started again)`,
      `Or any Kafka client with bootstrap.servers=${bootstrap}; Apache Kafka's own tools: bin/kafka-topics.sh and the others`,
      '',
    ].join('\n'),
  )
}

function counted(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`
}
