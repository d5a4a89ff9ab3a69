/**
 * Records what Apache Kafka's own tools print, for our tools to be held against:
 *
 *   node test/cli-golden/record.ts [NAME...]
 *
 * Each scenario runs on a fresh single node on loopback and becomes `test/cli-golden/NAME.txt`.
 */
import { mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { apacheKafka, javaCommand, mains, startApache } from '../../scripts/apache-kafka.ts'
import { runScenario } from './runner.ts'
import type { Scenario } from './scenario.ts'
import { formatTranscript } from './transcript.ts'

const layout = await apacheKafka()
if ('missing' in layout) throw new Error(`Apache Kafka cannot be had: ${layout.missing}`)
const here = import.meta.dirname
const names = readdirSync(join(here, 'scenarios')).map((name) => name.replace(/\.ts$/, ''))
const wanted = process.argv.length > 2 ? process.argv.slice(2) : names
for (const name of wanted) {
  const { scenario }: { scenario: Scenario } = await import(`./scenarios/${name}.ts`)
  const startedMs = Date.now()
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'millrace-golden-')))
  const logDir = join(dir, 'kafka-logs')
  const node = scenario.broker === false ? null : await startApache(layout, { logDir, config: scenario.config ?? {} })
  try {
    const entries = await runScenario(scenario, {
      dir,
      logDir,
      bootstrap: node?.bootstrap ?? 'localhost:19092',
      controller: node?.controller ?? 'localhost:19093',
      command: (tool, args) => {
        const main = mains.get(tool)
        if (main === undefined) throw new Error(`no main for ${tool}`)
        return javaCommand(layout, main, args)
      },
    })
    writeFileSync(join(here, `${name}.txt`), formatTranscript(name, layout.version, entries))
    console.log(`${name}: ${entries.length} entries, ${Date.now() - startedMs} ms`)
  } finally {
    await node?.stop()
    rmSync(dir, { recursive: true, force: true })
  }
}
