/** `millrace up -f …`, `millrace down`, `millrace env`. */
import { rmSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { styleText } from 'node:util'
import { findingText, readResources, type Written } from '../../cli/manifests/read.ts'
import { type NodeEnv, nodeEnv } from '../../env/node/index.ts'
import type { Kube } from '../../kube-client/index.ts'
import { whyUnwatched } from '../../operator/index.ts'
import { type Finding, fieldPath, kafkas } from '../../resources/index.ts'
import { nodeWorld } from '../cli-world.ts'
import { type Applied, ApplyProblem, applyAll } from './apply.ts'
import type { ControlPlane } from './control-plane.ts'
import { type Home, homeOf } from './home.ts'
import { runHere, startDetached, stopPods } from './main.ts'
import { type Reached, reach } from './reach.ts'
import { nameOf, untilReady } from './wait.ts'

export interface UpResources {
  readonly files: readonly string[]
  readonly isDetached: boolean
  /** How long to wait until all is ready. */
  readonly waitSeconds: number
  /** How the person calls this program. */
  readonly command: string
}

/** How long a control plane may take to stop; pods are another matter. */
const STOP_MS = 60_000
/** How long a control plane that somebody else starts may take to answer. */
const OTHERS_START_MS = 20_000

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`
const say = (line: string): void => void process.stdout.write(`${line}\n`)
const complain = (line: string): void => void process.stderr.write(`millrace up: ${line}\n`)
const bold = (text: string): string => (process.stdout.isTTY ? styleText('bold', text) : text)

/** Resolves with the exit code. */
export async function upResources(up: UpResources): Promise<number> {
  const world = nodeWorld()
  // asked for before anything runs: from now on Ctrl-C ends in order
  const { stop } = world
  const { resources, errors, warnings } = await readResources(world, up.files).catch((thrown: Error) => ({
    ...{ resources: [], errors: [`millrace up: ${thrown.message}`], warnings: [] },
  }))
  for (const text of warnings) process.stderr.write(`warning: ${text}\n`)
  for (const text of errors) process.stderr.write(`${text}\n`)
  if (errors.length > 0) return 1
  const home = homeOf(process.env)
  const env = nodeEnv({ logLevel: 'off' })
  const startMs = performance.now()
  let plane: ControlPlane | null = null
  let reached: Reached | null = null
  try {
    reached = await reach(home, env)
    const wasThere = reached !== null
    if (reached === null) {
      try {
        if (up.isDetached) await startDetached(home)
        else plane = await runHere(home, 'warn')
        reached = await reach(home, env)
      } catch (thrown) {
        reached = await anothers(home, env, thrown as Error)
      }
      if (reached === null) throw new Error('the control plane started and does not answer')
      say(`The control plane is up at ${reached.url} (${seconds(performance.now() - startMs)})`)
    }
    const code = await applyAndWait(reached, resources, up.waitSeconds)
    announce(home, up.command)
    if (plane === null || wasThere) return code
    say('Ctrl-C stops all of it; what is stored is kept')
    if (!stop.aborted) await new Promise((done) => stop.addEventListener('abort', done, { once: true }))
    return 0
  } catch (thrown) {
    complain(inWordsOf(thrown as Error & { code?: string }, home))
    return 1
  } finally {
    reached?.close()
    if (plane !== null) {
      if (process.stdout.isTTY) say('Stopping all pods …')
      await plane.close()
      await stopPods(home)
    }
    env.close()
  }
}

async function applyAndWait(reached: Reached, resources: readonly Written[], waitSeconds: number): Promise<number> {
  try {
    const applied = await applyAll(
      reached,
      resources.map(({ object }) => object),
    )
    for (const one of applied) say(`${nameOf(one)} applied`)
    const unwatched = await unwatchedAmong(reached.kube, applied)
    for (const [what, why] of unwatched) complain(`${what}: ${why}`)
    const left = await untilReady({
      // nobody would ever make the others ready
      applied: applied.filter((one) => !unwatched.has(nameOf(one))),
      ...{ kube: reached.kube, limitMs: waitSeconds * 1000, nowMs: () => performance.now() },
      tell: (what, isReady, why, afterMs) => {
        if (isReady) say(`${what} is ready (${seconds(afterMs)})`)
        else if (why !== '') say(`${what} is not ready yet: ${why}`)
      },
    })
    for (const [what, why] of left)
      complain(`${what} is not ready after ${waitSeconds} s${why === '' ? '' : `: ${why}`}`)
    return left.size + unwatched.size > 0 ? 1 : 0
  } catch (thrown) {
    if (!(thrown instanceof ApplyProblem)) throw thrown
    tellProblem(thrown, resources)
    return 1
  }
}

/** Resources that no operator looks at, and why. */
async function unwatchedAmong(kube: Kube, applied: readonly Applied[]): Promise<Map<string, string>> {
  const all = (await kube.list(kafkas)).items
  const found = new Map<string, string>()
  for (const one of applied) {
    const why = whyUnwatched(one.object, all)
    if (why !== null) found.set(nameOf(one), why)
  }
  return found
}

/** Where it stands in the file, as far as the server says which field it means. */
function tellProblem({ object, causes, message }: ApplyProblem, resources: readonly Written[]): void {
  const written = resources.find((one) => one.object === object)
  if (written === undefined) return complain(message)
  const findings: Finding[] = causes.map((cause) => ({
    level: 'error',
    path: fieldPath(cause.field),
    message: cause.message,
  }))
  if (findings.length === 0) findings.push({ level: 'error', path: [], message })
  for (const finding of findings) process.stderr.write(`${findingText(written, finding)}\n`)
}

function announce(home: Home, command: string): void {
  say(`kubectl finds it with ${bold(`export KUBECONFIG=${home.kubeconfig}`)} (or: eval "$(${command} env)")`)
}

export async function down(args: readonly string[]): Promise<number> {
  const isDeleting = args.includes('--delete')
  const other = args.find((word) => word !== '--delete')
  if (other !== undefined) {
    const help = other === '--help' || other === '-h'
    const text = `millrace down: stops the control plane and all pods of MILLRACE_HOME

  millrace down            what is stored is kept: the next \`millrace up\` goes on
  millrace down --delete   and removes it all: objects, volumes, logs
`
    if (help) process.stdout.write(text)
    else process.stderr.write(`millrace down: takes no ${other}\nSee: millrace down --help\n`)
    return help ? 0 : 2
  }
  const home = homeOf(process.env)
  const env = nodeEnv({ logLevel: 'off' })
  const reached = await reach(home, env)
  if (reached !== null) {
    reached.close()
    process.kill(reached.pid, 'SIGTERM')
    const deadlineMs = performance.now() + STOP_MS
    while (isRunning(reached.pid)) {
      if (performance.now() > deadlineMs) {
        const what = `the control plane (process ${reached.pid}) has not stopped in ${STOP_MS / 1000} s`
        process.stderr.write(
          `millrace down: ${what}: end it with kill -9 ${reached.pid}, then run millrace down again\n`,
        )
        env.close()
        return 1
      }
      await new Promise((done) => setTimeout(done, 20))
    }
  }
  const stopped = await stopPods(home)
  say(
    `${reached === null ? 'No control plane was running' : 'The control plane stopped'}; ${stopped} container${stopped === 1 ? '' : 's'} stopped`,
  )
  if (isDeleting) {
    for (const path of [home.kube, home.pki, home.containers, home.pods, home.volumes]) remove(path)
    for (const path of [home.kubeconfig, home.state, home.log, home.addresses, home.names]) remove(path)
    say(`What was stored in ${home.path} is deleted`)
  }
  env.close()
  return 0
}

const remove = (path: string): void => rmSync(path, { recursive: true, force: true })

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Whoever was faster: of two that start at once on one home one serves both. */
async function anothers(home: Home, env: NodeEnv, thrown: Error): Promise<Reached> {
  const deadlineMs = performance.now() + OTHERS_START_MS
  if (/held/.test(thrown.message)) {
    while (performance.now() < deadlineMs) {
      const reached = await reach(home, env)
      if (reached !== null) return reached
      await new Promise((done) => setTimeout(done, 50))
    }
  }
  throw thrown
}

/** Why it cannot run, for a person. */
function inWordsOf(thrown: Error & { code?: string }, home: Home): string {
  if (thrown.code !== 'EACCES' && thrown.code !== 'EPERM' && thrown.code !== 'EROFS') return thrown.message
  return `${home.path} cannot be used (${thrown.message}): name a directory of yours with MILLRACE_HOME`
}

const envHelp = `millrace env: exports for a shell, for eval "$(millrace env)"

  KUBECONFIG   what kubectl reads, for the control plane of MILLRACE_HOME
  KAFKA_HOME   where bin/kafka-*.sh are, for scripts written for Apache Kafka
`

/** For `eval`: where kubectl and scripts written for Apache Kafka find what is here. */
export function printEnv(args: readonly string[]): number {
  if (args.length > 0) {
    const isHelp = args[0] === '--help' || args[0] === '-h'
    if (isHelp) process.stdout.write(envHelp)
    else process.stderr.write(`millrace env: takes no ${args[0]}\nSee: millrace env --help\n`)
    return isHelp ? 0 : 2
  }
  const home = homeOf(process.env)
  const command = process.env['MILLRACE_COMMAND']
  say(`export KUBECONFIG='${home.kubeconfig}'`)
  if (command !== undefined) say(`export KAFKA_HOME='${dirname(dirname(resolve(command)))}'`)
  return 0
}
