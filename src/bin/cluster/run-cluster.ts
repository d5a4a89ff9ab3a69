import { createServer } from 'node:net'
import { type CliWorld, runKafkaTool } from '../../cli/index.ts'
import type { Env } from '../../env/index.ts'
import { NodeProcess } from './node-process.ts'
import type { ClusterPlan, NodePlan } from './plan.ts'
import { type ClusterAction, type ClusterEvent, type Member, newCluster, step } from './supervise.ts'

/** What the supervisor's plan is carried out on: the process's own signals and clock. */
export interface RunOptions {
  say(line: string): void
  complain(line: string): void
  /** Every node serves; told once. */
  isUp(pids: ReadonlyMap<number, number>): void
}

/** Runs the nodes of a cluster until SIGINT, SIGTERM or SIGHUP; resolves with the exit code. */
export function runCluster(plan: ClusterPlan, options: RunOptions): Promise<number> {
  const team: Member[] = plan.nodes.map(({ id, name, logFile, port, controllerPort }) => ({
    ...{ id, name, logFile, isBroker: port !== null, isController: controllerPort !== null },
  }))
  const processes = new Map<number, NodeProcess>()
  const planOf = (id: number): NodePlan => plan.nodes.find((node) => node.id === id)!
  return new Promise((resolve) => {
    let state = newCluster(team)
    let isOver = false
    const tell = (event: ClusterEvent): void => {
      if (isOver) return
      const next = step(team, state, event, performance.now())
      state = next.state
      for (const action of next.actions) act(action)
    }
    const spawn = (id: number): void => {
      const { configFile, logFile } = planOf(id)
      const node = new NodeProcess(
        { configFile, logFile },
        {
          up: () => tell({ kind: 'up', id }),
          left: () => tell({ kind: 'left', id }),
          ended: (how) => {
            if (processes.get(id) === node) processes.delete(id)
            tell({ kind: 'ended', id, how })
          },
        },
      )
      processes.set(id, node)
    }
    const signals = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const
    const onSignal = (signal: NodeJS.Signals) => {
      const isFirst = state.stopping === null
      tell({ kind: 'stop', exitCode: isFirst ? 0 : signals[signal as keyof typeof signals] })
    }
    const act = (action: ClusterAction): void => {
      switch (action.kind) {
        case 'spawn':
          return spawn(action.id)
        case 'leave':
        case 'stop':
          return processes.get(action.id)?.order(action.kind)
        case 'kill':
          return processes.get(action.id)?.kill()
        case 'say':
          return options.say(action.text)
        case 'complain':
          return options.complain(action.text)
        case 'isUp':
          return options.isUp(new Map([...processes].map(([id, { pid }]) => [id, pid])))
        case 'wakeAt':
          setTimeout(() => tell({ kind: 'tick' }), action.monoMs - performance.now() + 1).unref()
          return
        case 'over':
          isOver = true
          for (const signal of Object.keys(signals)) process.off(signal, onSignal)
          resolve(action.exitCode)
      }
    }
    for (const signal of Object.keys(signals)) process.on(signal, onSignal)
    tell({ kind: 'begin' })
  })
}

/** The port of the plan that another program has, in words; null: all are free. */
export async function whyNoPort(plan: ClusterPlan): Promise<string | null> {
  for (const { name, port, controllerPort } of plan.nodes) {
    for (const [wanted, what] of [
      [port, `for ${name}`],
      [controllerPort, 'between controllers'],
    ] as const) {
      if (wanted === null) continue
      const code = await codeOfListening(wanted)
      if (code === 'EACCES') return `port ${wanted} (${what}) is not for this user: use --port N, above 1023`
      if (code === null) continue
      const instead = wanted === port ? ', or use --port N' : ''
      return `port ${wanted} (${what}) is in use by another program: stop that one${instead}`
    }
  }
  return null
}

function codeOfListening(port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (thrown: NodeJS.ErrnoException) => resolve(thrown.code ?? thrown.message))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(null)))
  })
}

/** Free a moment ago, each another. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, () => {
      return new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
        const server = createServer().once('error', reject)
        server.listen(0, '127.0.0.1', () => resolve(server))
      })
    }),
  )
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))))
  return ports
}

/** As `kafka-storage.sh format` does; a formatted one is left as it is. What went wrong, or null. */
export async function format(plan: ClusterPlan, node: NodePlan, env: Env): Promise<string | null> {
  let said = ''
  const quiet: CliWorld = {
    env,
    workingDirectory: node.directory,
    out: () => {},
    err: (text) => (said += text),
    drained: () => Promise.resolve(),
    stdin: (async function* () {})(),
    isInteractive: false,
    stop: new AbortController().signal,
  }
  const voters = node.controllerPort === null ? [] : ['--initial-controllers', plan.initialControllers]
  const args = ['format', '-t', plan.clusterId, '-c', node.configFile, '--ignore-formatted', ...voters]
  return (await runKafkaTool('kafka-storage', args, quiet)) === 0 ? null : said.trim()
}
