import { containerOf, podOf } from './pods.ts'
import { type Call, Mistake, namespaceFlag, type Verb } from './verb.ts'
import { type ClientWebSocket, openWebSocket } from './web-socket.ts'

export const exec: Verb = {
  name: 'exec',
  args: 'POD | KIND/NAME -- COMMAND',
  summary: 'run a command in a container',
  flags: [
    namespaceFlag,
    { name: 'container', short: 'c', takes: 'NAME', help: 'which container' },
    { name: 'stdin', short: 'i', help: 'pass standard input on' },
    { name: 'tty', short: 't', help: 'as on a terminal' },
    { name: 'quiet', short: 'q', help: 'only what the command prints' },
  ],
  examples: [
    'exec my-cluster-kafka-0 -- bin/kafka-topics.sh --list --bootstrap-server localhost:9092',
    'exec -ti my-cluster-kafka-0 -- bash',
  ],
  run: async (call) => {
    const [word, ...others] = call.args
    if (word === undefined) throw new Mistake('pod, type/name or --filename must be specified')
    const command = call.after ?? others
    if (command.length === 0) throw new Mistake('you must specify at least one command for the container')
    if (call.after !== null && others.length > 0) throw new Mistake(`exec takes one POD before --, and no ${others[0]}`)
    if (call.after === null) call.err('exec [POD] [COMMAND] is DEPRECATED. Use exec [POD] -- [COMMAND] instead.\n')
    const isTty = call.has('tty') && process.stdin.isTTY === true
    if (call.has('tty') && !isTty) call.err('Unable to use a TTY - input is not a terminal or the right kind of file\n')
    const pod = await podOf(call, word)
    const query = new URLSearchParams()
    for (const part of command) query.append('command', part)
    query.append('container', containerOf(call, pod))
    if (call.has('stdin')) query.append('stdin', 'true')
    query.append('stdout', 'true')
    query.append(isTty ? 'tty' : 'stderr', 'true')
    const { namespace = 'default', name } = pod.metadata
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}/exec`
    return await talk(call, `${path}?${query}`, isTty)
  },
}

/** The first byte of each message. */
const channels = { stdin: 0, stdout: 1, stderr: 2, status: 3, resize: 4, close: 255 } as const

interface ExitStatus {
  readonly status?: string
  readonly message?: string
  readonly reason?: string
  readonly details?: { readonly causes?: readonly { readonly reason?: string; readonly message?: string }[] }
}

/** Resolves with the command's exit code. */
async function talk(call: Call, target: string, isTty: boolean): Promise<number> {
  const { url, tls } = call.api.reached
  let status: ExitStatus | null = null
  let over: (failure: Error | null) => void = () => {}
  const ended = new Promise<Error | null>((done) => {
    over = done
  })
  const socket = await openWebSocket({
    ...{ url: `${url}${target}`, tls, protocol: 'v5.channel.k8s.io', onGone: over },
    onMessage: (message) => {
      const [channel] = message
      const rest = message.subarray(1)
      if (rest.length === 0) return
      if (channel === channels.stdout) process.stdout.write(rest)
      else if (channel === channels.stderr) process.stderr.write(rest)
      else if (channel === channels.status) status = JSON.parse(rest.toString()) as ExitStatus
    },
  })
  if (isTty) follow(socket)
  if (call.has('stdin')) passOn(socket)
  const failure = await ended
  if (isTty) process.stdin.setRawMode(false)
  if (failure !== null) throw new Mistake(`the connection ended: ${failure.message}`)
  return exitCodeOf(call, status)
}

function exitCodeOf(call: Call, status: ExitStatus | null): number {
  if (status === null) throw new Mistake('the connection ended before the command did')
  if (status.status === 'Success') return 0
  const code = Number(status.details?.causes?.find(({ reason }) => reason === 'ExitCode')?.message)
  if (!(code > 0)) throw new Mistake(status.message ?? 'the command failed')
  if (!call.has('quiet')) call.err(`command terminated with exit code ${code}\n`)
  return code
}

const onChannel = (channel: number, bytes: Uint8Array): Uint8Array => Buffer.concat([Buffer.from([channel]), bytes])

/** Waits while the server is slow; its end is told. */
function passOn(socket: ClientWebSocket): void {
  const { stdin } = process
  stdin.on('data', (chunk: Buffer) => {
    if (socket.send(onChannel(channels.stdin, chunk))) return
    stdin.pause()
    socket.drained(() => stdin.resume())
  })
  stdin.on('end', () => socket.send(Uint8Array.of(channels.close, channels.stdin)))
}

/** Keys go through as they are, and the size of the terminal with them. */
function follow(socket: ClientWebSocket): void {
  const tell = (): void => {
    const size = { Width: process.stdout.columns || 80, Height: process.stdout.rows || 24 }
    socket.send(onChannel(channels.resize, Buffer.from(JSON.stringify(size))))
  }
  process.stdin.setRawMode(true)
  process.stdout.on('resize', tell)
  tell()
}
