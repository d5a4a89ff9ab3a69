/** Runs a scenario's steps on a target (Apache's tools on Apache's broker, or ours on ours) and gives back what they said. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Normalizer, type Places, shapeOf, sortedLines } from './normalize.ts'
import { optionsOf } from './options.ts'
import { type Scenario, type Step, words } from './scenario.ts'
import type { Entry } from './transcript.ts'

export interface Target extends Places {
  /** The command that runs a tool, named as its script is without the `.sh`. */
  command(tool: string, args: readonly string[]): string[]
}

interface Ended {
  stdout: string
  stderr: string
  exit: string
}

/** A run that hangs is killed after this, and its exit says SIGKILL. */
const limitMs = 90_000

export async function runScenario(scenario: Scenario, target: Target, exact = false): Promise<Entry[]> {
  const normal = new Normalizer(target, JSON.stringify(scenario), exact)
  const entries: Entry[] = []
  const background = new Map<
    string,
    { step: Extract<Step, { kind: 'start' }>; child: ChildProcess; ended: Promise<Ended> }
  >()
  for (const step of scenario.steps) {
    if (step.kind === 'file') {
      mkdirSync(dirname(join(target.dir, step.path)), { recursive: true })
      writeFileSync(join(target.dir, step.path), substitute(step.text, target))
      entries.push({ kind: 'file', path: step.path, text: step.text })
    } else if (step.kind === 'setup') {
      const ended = await finish(launch(step.line, target), step.stdin ?? '')
      if (ended.exit !== '0')
        throw new Error(`${scenario.name}: ${step.line} ended with ${ended.exit}:\n${ended.stdout}${ended.stderr}`)
      entries.push({ kind: 'setup', line: step.line, stdin: step.stdin ?? null })
    } else if (step.kind === 'start') {
      const child = launch(step.line, target)
      const ended = finish(child, null)
      background.set(step.name, { step, child, ended })
      await said(child, step.ready)
    } else if (step.kind === 'stop') {
      const { step: started, child, ended } = background.get(step.name)!
      background.delete(step.name)
      child.kill(step.signal)
      const end = await ended
      if (step.recorded)
        entries.push(
          record({ ...started, kind: 'run', ...(step.numbers ? { numbers: step.numbers } : {}) }, end, normal),
        )
    } else if (step.kind === 'options') {
      const ended = await finish(launch(step.line, target), '')
      entries.push({ kind: 'options', tool: step.tool, options: optionsOf(ended.stdout + ended.stderr) })
    } else entries.push(record(step, await runOnce(step, target), normal))
  }
  for (const { child } of background.values()) child.kill('SIGKILL')
  return entries
}

async function runOnce(step: Extract<Step, { kind: 'run' }>, target: Target): Promise<Ended> {
  const deadline = Date.now() + limitMs
  for (;;) {
    const child = launch(step.line, target)
    const ended = finish(child, step.interrupt ? null : (step.stdin ?? ''))
    if (step.interrupt) {
      if (step.stdin !== undefined) child.stdin?.write(step.stdin)
      await said(child, step.interrupt.after)
      child.kill(step.interrupt.signal)
    }
    const end = await ended
    if (step.until === undefined || step.until.test(end.stdout) || Date.now() > deadline) return end
  }
}

function record(step: Extract<Step, { kind: 'run' }>, ended: Ended, normal: Normalizer): Entry {
  let stdout = normal.stdout(ended.stdout)
  let { stderr, traces, logs } = normal.stderr(ended.stderr)
  if (step.order === 'any') stdout = sortedLines(stdout)
  if (step.numbers === 'shape') [stdout, stderr] = [shapeOf(stdout), shapeOf(stderr)]
  const stdin = step.stdin ?? null
  const how = { order: step.order ?? 'exact', numbers: step.numbers ?? 'exact' } as const
  return {
    kind: 'run',
    title: step.title,
    line: step.line,
    stdin,
    stdout,
    stderr,
    traces,
    logs,
    exit: ended.exit,
    ...how,
  }
}

function substitute(text: string, target: Target): string {
  return text
    .replaceAll('$LOG', target.logDir)
    .replaceAll('$B', target.bootstrap)
    .replaceAll('$C', target.controller)
    .replaceAll('$D', target.dir)
}

function launch(line: string, target: Target): ChildProcess {
  const [tool, ...args] = words(line).map((word) => substitute(word, target))
  const [program, ...rest] = target.command(tool!.replace(/\.sh$/, ''), args)
  return spawn(program!, rest, { cwd: target.dir, stdio: ['pipe', 'pipe', 'pipe'] })
}

const heard = new WeakMap<ChildProcess, { text: string; onMore: () => void }>()

function finish(child: ChildProcess, stdin: string | null): Promise<Ended> {
  const ear = { text: '', onMore: () => {} }
  heard.set(child, ear)
  let stdout = ''
  let stderr = ''
  const hear = (from: 'stdout' | 'stderr') => (chunk: string) => {
    if (from === 'stdout') stdout += chunk
    else stderr += chunk
    ear.text += chunk
    ear.onMore()
  }
  child.stdout!.setEncoding('utf8').on('data', hear('stdout'))
  child.stderr!.setEncoding('utf8').on('data', hear('stderr'))
  child.stdin!.on('error', () => {}) // a tool that fails early closes its input
  if (stdin !== null) child.stdin!.end(stdin)
  const timer = setTimeout(() => child.kill('SIGKILL'), limitMs)
  return new Promise((resolve) => {
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      ear.onMore()
      resolve({ stdout, stderr, exit: String(code ?? signal) })
    })
  })
}

function said(child: ChildProcess, wanted: RegExp): Promise<void> {
  const ear = heard.get(child)!
  return new Promise((resolve, reject) => {
    ear.onMore = () => {
      if (wanted.test(ear.text)) resolve()
      else if (child.exitCode !== null || child.signalCode !== null)
        reject(new Error(`${wanted} was not said: ${ear.text}`))
    }
    ear.onMore()
  })
}
