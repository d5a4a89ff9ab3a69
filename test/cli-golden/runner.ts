/** Runs a scenario's steps on a target (Apache's tools on Apache's broker, or ours on ours) and gives back what they said. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Normalizer, type Places, shapeOf, sortedLines } from './normalize.ts'
import { optionsOf } from './options.ts'
import { type Scenario, type Step, words } from './scenario.ts'
import type { ToolProcess } from './tool-process.ts'
import type { Entry } from './transcript.ts'

export interface Target extends Places {
  /** Starts a tool, named as its script is without the `.sh`, in the scenario's directory. */
  launch(tool: string, args: readonly string[]): ToolProcess
  /** Of a cluster: ends a node in order, or starts it again. */
  node?(id: number, what: 'stop' | 'start'): Promise<void>
}

interface Ended {
  stdout: string
  stderr: string
  exit: string
}

/** A run that hangs is killed after this, and its exit says SIGKILL. */
const limitMs = 90_000

export async function runScenario(scenario: Scenario, target: Target, exact = false): Promise<Entry[]> {
  const entries: Entry[] = []
  for await (const entry of entriesOf(scenario, target, exact)) entries.push(entry)
  return entries
}

/** The same, one by one as they come. */
export async function* entriesOf(
  scenario: Scenario,
  target: Target,
  exact = false,
): AsyncGenerator<Entry, void, undefined> {
  const normal = new Normalizer(target, JSON.stringify(scenario), exact)
  const background = new Map<string, { step: Extract<Step, { kind: 'start' }>; launched: Launched }>()
  try {
    for (const step of scenario.steps) {
      if (step.kind === 'file') {
        mkdirSync(dirname(join(target.dir, step.path)), { recursive: true })
        writeFileSync(join(target.dir, step.path), substitute(step.text, target))
        yield { kind: 'file', path: step.path, text: step.text }
      } else if (step.kind === 'setup') {
        const ended = await launch(step.line, target, step.stdin ?? '').ended
        if (ended.exit !== '0')
          throw new Error(`${scenario.name}: ${step.line} ended with ${ended.exit}:\n${ended.stdout}${ended.stderr}`)
        yield { kind: 'setup', line: step.line, stdin: step.stdin ?? null }
      } else if (step.kind === 'start') {
        const launched = launch(step.line, target, null)
        background.set(step.name, { step, launched })
        await launched.said(step.ready)
      } else if (step.kind === 'stop') {
        const { step: started, launched } = background.get(step.name)!
        background.delete(step.name)
        launched.process.kill(step.signal)
        const end = await launched.ended
        if (step.recorded)
          yield record({ ...started, kind: 'run', ...(step.numbers ? { numbers: step.numbers } : {}) }, end, normal)
      } else if (step.kind === 'node') {
        await target.node!(step.id, step.what)
      } else if (step.kind === 'options') {
        const ended = await launch(step.line, target, '').ended
        yield { kind: 'options', tool: step.tool, options: optionsOf(ended.stdout + ended.stderr) }
      } else yield record(step, await runOnce(step, target), normal)
    }
  } finally {
    for (const { launched } of background.values()) launched.process.kill('SIGKILL')
  }
}

async function runOnce(step: Extract<Step, { kind: 'run' }>, target: Target): Promise<Ended> {
  const deadline = Date.now() + limitMs
  for (;;) {
    const { interrupt } = step
    const launched = launch(step.line, target, interrupt ? null : (step.stdin ?? ''))
    if (interrupt) {
      if (step.stdin !== undefined) launched.process.write(step.stdin)
      await launched.said(interrupt.after)
      launched.process.kill(interrupt.signal)
    }
    const end = await launched.ended
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
    .replaceAll(/\$(B|C|LOG|ID)([1-9])/g, (_, what: 'B' | 'C' | 'LOG' | 'ID', id: string) => {
      const { bootstrap, controller, logDir, directoryId } = target.nodes![Number(id) - 1]!
      return { B: bootstrap, C: controller, LOG: logDir, ID: directoryId }[what]
    })
    .replaceAll('$LOG', target.logDir)
    .replaceAll('$B', target.bootstrap)
    .replaceAll('$C', target.controller)
    .replaceAll('$D', target.dir)
}

interface Launched {
  readonly process: ToolProcess
  readonly ended: Promise<Ended>
  /** Waits until both outputs together match. */
  said(wanted: RegExp): Promise<void>
}

/** `stdin` null: it stays open. */
function launch(line: string, target: Target, stdin: string | null): Launched {
  const [tool, ...args] = words(line).map((word) => substitute(word, target))
  const process = target.launch(tool!.replace(/\.sh$/, ''), args)
  const text = { stdout: '', stderr: '' }
  let heard = ''
  let exit: string | null = null
  let onMore = (): void => {}
  process.onOutput = (from, chunk) => {
    text[from] += chunk
    heard += chunk
    onMore()
  }
  if (stdin !== null) {
    if (stdin !== '') process.write(stdin)
    process.end()
  }
  const timer = setTimeout(() => process.kill('SIGKILL'), limitMs)
  const ended = process.ended.then((code) => {
    clearTimeout(timer)
    exit = code
    onMore()
    return { ...text, exit: code }
  })
  const said = (wanted: RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      onMore = () => {
        if (wanted.test(heard)) resolve()
        else if (exit !== null) reject(new Error(`${wanted} was not said: ${heard}`))
      }
      onMore()
    })
  return { process, ended, said }
}
