import type { Attached, Clock, Failure, Output, Prober } from '../env/index.ts'
import type { Container, Probe } from './pod-types.ts'

export interface ProbeWorld {
  readonly container: Container
  readonly podIp: string
  readonly prober: Prober
  readonly exec: (argv: readonly string[], output: Output) => Promise<Attached>
  readonly clock: Clock
}

/** What is kept of what a probe's command prints. */
const printedMax = 10 * 1024

/** Null: it passes; otherwise why not, as the kubelet says it in an event. */
export async function askProbe(probe: Probe, world: ProbeWorld): Promise<string | null> {
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000
  const { httpGet, tcpSocket, exec } = probe
  if (exec !== undefined) return askCommand(exec.command ?? [], timeoutMs, world)
  const ask = httpGet ?? tcpSocket
  const port = ask === undefined ? null : portOf(ask.port, world.container)
  if (ask === undefined || port === null) return 'the probe names no port of this container'
  const to = { host: ask.host ?? world.podIp, port }
  if (httpGet === undefined) return world.prober.tcp(to, timeoutMs)
  const scheme = httpGet.scheme === 'HTTPS' ? 'https' : 'http'
  const path = httpGet.path ?? '/'
  return world.prober.http({ scheme, to, path, headers: httpGet.httpHeaders ?? [] }, timeoutMs)
}

function portOf(port: number | string, { ports = [] }: Container): number | null {
  if (typeof port === 'number') return port
  const named = ports.find(({ name }) => name === port)?.containerPort ?? Number(port)
  return Number.isInteger(named) ? named : null
}

async function askCommand(argv: readonly string[], timeoutMs: number, world: ProbeWorld): Promise<string | null> {
  let printed = ''
  let attached: Attached
  try {
    attached = await world.exec(argv, (_stream, chunk) => {
      if (printed.length < printedMax) printed += new TextDecoder().decode(chunk)
      return true
    })
  } catch (thrown) {
    return (thrown as Failure).message
  }
  const { promise: timedOut, resolve } = Promise.withResolvers<null>()
  const timer = world.clock.at(world.clock.monoMs() + timeoutMs, () => resolve(null))
  const code = await Promise.race([attached.done, timedOut])
  timer.cancel()
  if (code === 0) return null
  if (code !== null) return printed
  attached.leave()
  return `command timed out: ${JSON.stringify(argv.join(' '))} timed out after ${timeoutMs / 1000}s`
}
