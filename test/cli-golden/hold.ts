/** Holds our tools, on our broker, against what Apache's printed. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { startOurCluster } from './our-cluster.ts'
import { runInProcess, startOurBroker } from './ours.ts'
import { entriesOf, type Target } from './runner.ts'
import type { Scenario, Step } from './scenario.ts'
import { type Entry, parseTranscript, type Run } from './transcript.ts'

export interface HoldOptions {
  /** Titles of runs in which we differ, and why. */
  readonly differs?: Readonly<Record<string, string>>
  /** Titles of runs that are left out, and why. */
  readonly leavesOut?: Readonly<Record<string, string>>
  /** Makes what both printed comparable where it may differ. */
  readonly level?: (text: string, title: string) => string
}

/** One test for each step of the scenario `name`. */
export function holdGolden(name: string, options: HoldOptions = {}): void {
  test(name, async (t) => {
    const leftOut = (step: Entry | Step) => step.kind === 'run' && options.leavesOut?.[step.title] !== undefined
    const { scenario: whole }: { scenario: Scenario } = await import(`./scenarios/${name}.ts`)
    const scenario = { ...whole, steps: whole.steps.filter((step) => !leftOut(step)) }
    const transcript = parseTranscript(readFileSync(new URL(`${name}.txt`, import.meta.url), 'utf8'))
    const golden = transcript.filter((entry) => !leftOut(entry))
    const { target, isExact, close } = await targetFor(scenario)
    try {
      let at = 0
      for await (const ours of entriesOf(scenario, target, isExact)) {
        const theirs = golden[at++]
        assert.ok(theirs !== undefined && theirs.kind === ours.kind, `the transcript ${name}.txt is of other steps`)
        await t.test(titleOf(theirs), (step) => {
          const reason = theirs.kind === 'run' ? options.differs?.[theirs.title] : undefined
          if (reason === undefined) hold(ours, theirs, options.level ?? ((text) => text))
          else {
            step.diagnostic(`differs: ${reason}`)
            assert.notDeepEqual(ours, theirs, 'we no longer differ here')
          }
        })
      }
      assert.equal(at, golden.length, `${name}.txt has steps that the scenario has not`)
    } finally {
      await close()
    }
  })
}

async function targetFor(
  scenario: Scenario,
): Promise<{ target: Target; isExact: boolean; close(): Promise<void> | void }> {
  const here = import.meta.dirname
  const nowhere = { bootstrap: 'localhost:19092', controller: 'localhost:19093' }
  const folder = scenario.fixture?.folder ?? scenario.readsFolder
  if (folder !== undefined) {
    const places = { ...nowhere, dir: here, logDir: join(here, folder) }
    const launch: Target['launch'] = (tool, args) => runInProcess(tool, args, here)
    return { target: { ...places, launch }, isExact: true, close: () => undefined }
  }
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'millrace-tools-')))
  const launchHere: Target['launch'] = (tool, args) => runInProcess(tool, args, dir)
  if (scenario.isOnCluster) {
    const cluster = await startOurCluster(dir, scenario.config ?? {})
    return {
      target: { ...cluster.places, dir, launch: launchHere, node: (id, what) => cluster[what](id) },
      isExact: false,
      async close() {
        await cluster.close()
        rmSync(dir, { recursive: true, force: true })
      },
    }
  }
  const logDir = join(dir, 'kafka-logs')
  const broker = scenario.broker === false ? null : await startOurBroker(logDir, scenario.config ?? {})
  const { bootstrap, controller } = broker ?? nowhere
  return {
    target: { dir, logDir, bootstrap, controller, launch: launchHere },
    isExact: false,
    async close() {
      await broker?.stop()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

function titleOf(entry: Entry): string {
  if (entry.kind === 'run') return entry.title
  if (entry.kind === 'options') return `the options of ${entry.tool}`
  return entry.kind === 'file' ? `(${entry.path})` : `(${entry.line})`
}

function hold(ours: Entry, theirs: Entry, level: (text: string, title: string) => string): void {
  if (ours.kind === 'options' && theirs.kind === 'options') {
    // where a column ends is not part of what is said
    const flat = (options: readonly string[]) => options.map((option) => level(option, 'options').replaceAll(' ', ''))
    assert.deepEqual(flat(ours.options), flat(theirs.options))
  } else if (ours.kind === 'run' && theirs.kind === 'run') {
    const { title } = theirs
    const spoken = `${theirs.line}\n${ours.stderr}${ours.traces}`
    assert.equal(level(ours.stdout, title), level(theirs.stdout, title), `standard output of ${spoken}`)
    holdErrors(ours, theirs, (text) => level(text, title))
    assert.equal(ours.exit, theirs.exit, `exit code of ${spoken}`)
  }
}

/**
 * What Apache's tools print on standard error ours print too, to the letter. Where Java printed a trace, its message is
 * in what we print, and we may say more; what Java said in its log we may say too.
 */
function holdErrors(ours: Run, theirs: Run, level: (text: string) => string): void {
  const said = (ours.stderr + ours.traces).split(/(?<=\n)/)
  const everything = ours.stdout + said.join('')
  const message = /^(?:Exception in thread "main" )?(?:[\w.$]+: )+(.*)$/m.exec(theirs.traces)?.[1]
  if (message !== undefined) {
    assert.ok(everything.includes(message), `not said by ${theirs.line}: ${message}\n${everything}`)
  }
  const told = theirs.traces + theirs.logs
  const rest = said.filter((line) => {
    return theirs.stderr.includes(line) || (theirs.traces === '' && !told.includes(line.trim()))
  })
  assert.equal(level(rest.join('')), level(theirs.stderr), `standard error of ${theirs.line}`)
}
