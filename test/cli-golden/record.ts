/**
 * Records what Apache Kafka's own tools print, for our tools to be held against:
 *
 *   node test/cli-golden/record.ts [NAME...]
 *
 * Each scenario runs on a fresh single node on loopback and becomes `test/cli-golden/NAME.txt`.
 */
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { apacheKafka, javaCommand, type Layout, mains, startApache } from '../../scripts/apache-kafka.ts'
import { startApacheCluster } from './apache-cluster.ts'
import { runScenario } from './runner.ts'
import type { Scenario } from './scenario.ts'
import { spawnTool, type ToolProcess } from './tool-process.ts'
import { type Entry, formatTranscript } from './transcript.ts'

const layout = await apacheKafka()
if ('missing' in layout) throw new Error(`Apache Kafka cannot be had: ${layout.missing}`)
const here = import.meta.dirname
const names = readdirSync(join(here, 'scenarios')).map((name) => name.replace(/\.ts$/, ''))
const wanted = process.argv.length > 2 ? process.argv.slice(2) : names

for (const name of wanted) {
  const { scenario }: { scenario: Scenario } = await import(`./scenarios/${name}.ts`)
  const startedMs = Date.now()
  const entries = await (scenario.fixture ? recordOnFiles(scenario, scenario.fixture) : recordOnBroker(scenario))
  writeFileSync(join(here, `${name}.txt`), formatTranscript(name, layout.version, entries))
  console.log(`${name}: ${entries.length} entries, ${Date.now() - startedMs} ms`)
}

async function recordOnBroker(scenario: Scenario, keep: (logDir: string) => void = () => {}): Promise<Entry[]> {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'millrace-golden-')))
  const logDir = join(dir, 'kafka-logs')
  const config = scenario.config ?? {}
  if (scenario.readsFolder !== undefined) return onFiles(scenario, join(here, scenario.readsFolder))
  if (scenario.isOnCluster) {
    const cluster = await startApacheCluster(layout as Layout, dir, config)
    try {
      return await runScenario(scenario, {
        ...{ ...cluster.places, dir, launch: launchIn(dir) },
        node: (id, what) => cluster[what](id),
      })
    } finally {
      await cluster.close()
      rmSync(dir, { recursive: true, force: true })
    }
  }
  const node = scenario.broker === false ? null : await startApache(layout as Layout, { logDir, config })
  try {
    const { bootstrap, controller } = node ?? { bootstrap: 'localhost:19092', controller: 'localhost:19093' }
    return await runScenario(scenario, { dir, logDir, bootstrap, controller, launch: launchIn(dir) })
  } finally {
    await node?.stop()
    keep(logDir)
    rmSync(dir, { recursive: true, force: true })
  }
}

async function recordOnFiles(scenario: Scenario, fixture: NonNullable<Scenario['fixture']>): Promise<Entry[]> {
  const { fixture: _, ...plain } = scenario
  const folder = join(here, fixture.folder)
  await recordOnBroker({ ...plain, steps: fixture.seed }, (logDir) => {
    rmSync(folder, { recursive: true, force: true })
    for (const path of fixture.keep) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      copyFileSync(join(logDir, path), join(folder, path))
    }
    for (const { from, to, cutBytes, flipAt } of fixture.damage) {
      const bytes = readFileSync(join(folder, from))
      if (flipAt !== undefined) bytes[flipAt]! ^= 0xff
      mkdirSync(dirname(join(folder, to)), { recursive: true })
      writeFileSync(join(folder, to), bytes.subarray(0, bytes.length - (cutBytes ?? 0)))
    }
  })
  return onFiles(plain, folder)
}

function onFiles(scenario: Scenario, folder: string): Promise<Entry[]> {
  const places = { dir: here, logDir: folder, bootstrap: 'localhost:19092', controller: 'localhost:19093' }
  return runScenario(scenario, { ...places, launch: launchIn(here) }, true)
}

function launchIn(dir: string): (tool: string, args: readonly string[]) => ToolProcess {
  return (tool, args) => {
    const main = mains.get(tool)
    if (main === undefined) throw new Error(`no main for ${tool}`)
    return spawnTool(javaCommand(layout as Layout, main, args), dir)
  }
}
