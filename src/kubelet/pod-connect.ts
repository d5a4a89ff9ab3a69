/** What kubectl asks of a node: exec, attach, logs and port-forward of a pod. */
import type { Address, Failure, HttpReply, HttpRequest, Net, Runtime } from '../env/index.ts'
import type { Obj } from '../kube-client/index.ts'

import { containersOf, type Kubelet } from './kubelet.ts'
import { logsAskOf } from './log-options.ts'
import type { Container, Pod } from './pod-types.ts'
import { refused } from './refused.ts'
import { portForward } from './streams/port-forward.ts'
import { type NotBegun, remoteCommand } from './streams/remote-command.ts'
import type { Inflate } from './streams/spdy.ts'

/** Parameters of a request; a name may come several times. */
export interface ConnectQuery {
  get(name: string): string | null
  all(name: string): readonly string[]
  is(name: string): boolean
}

export interface ConnectAsk {
  readonly what: 'exec' | 'attach' | 'portforward' | 'log'
  readonly pod: Obj
  readonly query: ConnectQuery
  readonly request: HttpRequest
}

export interface PodConnectOptions {
  readonly kubelet: Kubelet
  readonly runtime: Runtime
  readonly net: Net
  /** Where a pod really listens. */
  readonly real: (at: Address) => Address
  readonly inflate: Inflate
  readonly wallMs: () => number
}

const defaultContainer = 'kubectl.kubernetes.io/default-container'
const firstSize = { columns: 80, rows: 24 }
const exitNotFound = 127
const exitNotRunnable = 126

export function podConnect(o: PodConnectOptions): (ask: ConnectAsk) => Promise<HttpReply> {
  return async ({ what, pod: object, query, request }) => {
    const pod = object as Pod
    if (what === 'portforward') return forwardReply(o, pod, request)
    const container = chosenContainer(pod, query.get('container'), what !== 'log')
    if ('status' in container) return container
    if (what === 'log') return logReply(o, pod, container, query)
    const phase = pod.status?.phase
    if (phase === 'Succeeded' || phase === 'Failed') {
      return refused(400, 'BadRequest', `cannot exec into a container in a completed pod; current phase is ${phase}`)
    }
    const life = o.kubelet.lifeOf(pod, container.name)
    if (life === null || life.exit !== null) {
      return refused(500, 'InternalError', `Internal error occurred: container not found ("${container.name}")`)
    }
    const isExec = what === 'exec'
    const tty = isExec ? query.is('tty') : container.tty === true
    const wanted = { stdin: query.is('stdin'), stdout: query.is('stdout'), stderr: query.is('stderr'), tty }
    const argv = o.kubelet.execArgv(pod, container.name, query.all('command'))
    const reply = remoteCommand(
      request,
      wanted,
      (output) =>
        isExec
          ? o.runtime.exec(life.id, { argv, stdin: wanted.stdin, tty: tty ? firstSize : null }, output)
          : o.runtime.attach(life.id, output),
      notBegun,
      o.inflate,
    )
    return reply ?? refused(400, 'BadRequest', 'Upgrade request required')
  }
}

function notBegun(thrown: unknown): NotBegun {
  const { code, message } = thrown as Failure
  return { message, exitCode: code === 'ENOENT' ? exitNotFound : exitNotRunnable }
}

function chosenContainer(pod: Pod, asked: string | null, isForRunning: boolean): Container | HttpReply {
  const all = containersOf(pod)
  const { name: podName, annotations } = pod.metadata
  if (asked !== null && asked !== '') {
    const found = all.find(({ name }) => name === asked)
    return found ?? refused(400, 'BadRequest', `container ${asked} is not valid for pod ${podName}`)
  }
  const { containers, initContainers = [] } = pod.spec
  const usual = containers.find(({ name }) => name === annotations?.[defaultContainer])
  if (usual !== undefined) return usual
  if (containers.length === 1 || isForRunning) return containers[0]!
  const names = `choose one of: [${containers.map(({ name }) => name).join(' ')}]`
  const inits =
    initContainers.length === 0
      ? ''
      : ` or one of the init containers: [${initContainers.map(({ name }) => name).join(' ')}]`
  return refused(400, 'BadRequest', `a container name must be specified for pod ${podName}, ${names}${inits}`)
}

function forwardReply(o: PodConnectOptions, pod: Pod, request: HttpRequest): HttpReply {
  const ip = o.kubelet.podIpOf(pod)
  if (pod.status?.phase !== 'Running' || ip === null) {
    return refused(
      400,
      'BadRequest',
      `unable to forward port because pod is not running. Current status=${pod.status?.phase}`,
    )
  }
  const place = (port: number): Address => o.real({ host: ip, port })
  const reply = portForward(request, { net: o.net, place, inflate: o.inflate })
  return reply ?? refused(400, 'BadRequest', 'Upgrade request required')
}

function logReply(o: PodConnectOptions, pod: Pod, container: Container, query: ConnectQuery): HttpReply {
  const wanted = logsAskOf(query, pod.metadata.name, o.wallMs())
  if ('status' in wanted) return wanted
  const isPrevious = query.is('previous')
  const { name } = container
  const state = pod.status?.containerStatuses?.find((one) => one.name === name)?.state
  const newest = o.kubelet.lifeOf(pod, name)
  // while a container waits to be restarted its last life is still the one that people ask for
  const life = isPrevious ? o.kubelet.lifeOf(pod, name, newest?.exit === null || state?.waiting === undefined) : newest
  if (life === null || life.exit?.reason === 'StartError') {
    if (isPrevious) {
      return refused(
        400,
        'BadRequest',
        `previous terminated container "${name}" in pod "${pod.metadata.name}" not found`,
      )
    }
    const why = life?.exit?.reason ?? state?.waiting?.reason ?? 'ContainerCreating'
    const words = isPullProblem(why) ? `trying and failing to pull image` : why
    return refused(400, 'BadRequest', `container "${name}" in pod "${pod.metadata.name}" is waiting to start: ${words}`)
  }
  const lines = o.runtime.logs(life.id, wanted)
  return { status: 200, headers: { 'content-type': 'text/plain' }, stream: (out) => void pour(lines, out) }
}

const isPullProblem = (reason: string): boolean => reason === 'ErrImagePull' || reason === 'ImagePullBackOff'

type Sink = Parameters<NonNullable<HttpReply['stream']>>[0]

async function pour(lines: AsyncIterable<Uint8Array>, out: Sink): Promise<void> {
  let isGone = false
  let goOn = (): void => {}
  out.onGone = () => {
    isGone = true
    goOn()
  }
  out.onDrain = () => goOn()
  for await (const chunk of lines) {
    if (isGone) return
    if (out.write(chunk)) continue
    await new Promise<void>((resolve) => {
      goOn = resolve
    })
    if (isGone) return
  }
  out.end()
}
