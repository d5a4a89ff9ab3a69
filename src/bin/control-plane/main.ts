/** The control plane as a process, in the foreground or detached. */
import { spawn } from 'node:child_process'
import { existsSync, openSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { endRecorded } from '../../env/containers/index.ts'
import { collectWhenIdle, descriptorSink, lineLogger, nodeEnv } from '../../env/node/index.ts'
import { type ControlPlane, startControlPlane } from './control-plane.ts'
import { type Home, homeOf, makeHome } from './home.ts'
import { noteState, portOf, stateOf } from './reach.ts'

/** The hidden verb under which a detached control plane runs. */
export const controlPlaneVerb = '__control-plane'

/** How long pods may take to stop before they are killed. */
export const podsGraceMs = 30_000

/** Where `bin/` is, which pods see as /opt/kafka/bin. */
function rootDirectory(): string {
  const candidates = ['../..', '../../..'].map((path) => resolve(import.meta.dirname, path))
  const root = candidates.find((path) => existsSync(join(path, 'bin', 'pod', 'kafka_run.sh')))
  if (root === undefined) throw new Error(`bin/pod, which pods run, is in none of ${candidates.join(', ')}`)
  return root
}

/** Starts one that is a part of this process. */
export async function runHere(home: Home, level: 'info' | 'warn'): Promise<ControlPlane> {
  const logger = lineLogger({ level, sink: descriptorSink(2), wallMs: () => Date.now() })
  const env = nodeEnv({ logger })
  makeHome(home)
  const plane = await startControlPlane({
    ...{ home, env, port: portOf(home), root: rootDirectory(), variables: process.env },
  })
  noteState(home, { pid: process.pid, url: plane.url })
  return plane
}

/** Until a signal; pods go on. */
export async function controlPlane(): Promise<number> {
  const home = homeOf(process.env)
  let plane: ControlPlane
  try {
    plane = await runHere(home, 'info')
  } catch (thrown) {
    process.stderr.write(`ERROR The control plane cannot start: ${(thrown as Error).message}\n`)
    return 1
  }
  collectWhenIdle()
  await new Promise<void>((done) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => done())
  })
  await plane.close()
  return 0
}

/** MiB: the burst of a start would make it 16 and keep it, for work that takes as long with 2. */
const youngSpace = '--max-semi-space-size=2'

/** Longer than any start takes. */
const startMsMax = 60_000

/** Starts one that outlives this process; resolves when it has noted where it is, rejects with its last words. */
export async function startDetached(home: Home): Promise<void> {
  makeHome(home)
  const log = openSync(home.log, 'a', 0o600)
  const child = spawn(process.execPath, [youngSpace, process.argv[1]!, controlPlaneVerb], {
    ...{ detached: true, stdio: ['ignore', log, log] },
    env: { ...process.env, MILLRACE_HOME: home.path },
  })
  let isOver = false
  child.once('exit', () => (isOver = true))
  const deadlineMs = performance.now() + startMsMax
  // a note of an earlier one may lie there, and says the port that this one takes again
  while (stateOf(home)?.pid !== child.pid) {
    if (isOver) {
      const said = readFileSync(home.log, 'utf8').trimEnd().split('\n').slice(-1).join('\n')
      throw new Error(`the control plane did not start; ${home.log} says:\n${said}`)
    }
    if (performance.now() > deadlineMs) {
      child.kill()
      throw new Error(`the control plane was not there after ${startMsMax / 1000} s; ${home.log} says what it did`)
    }
    await new Promise((done) => setTimeout(done, 10))
  }
  child.unref()
}

/** Stops all pods of a home, with or without a control plane. Answers how many containers ran. */
export const stopPods = (home: Home): Promise<number> =>
  existsSync(home.containers) ? endRecorded(home.containers, podsGraceMs) : Promise.resolve(0)
