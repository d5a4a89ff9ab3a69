/**
 * `npm run bench`: ours beside Apache Kafka. The same client, machine and settings for both, in alternating rounds;
 * what is printed is the median of the rounds and their range. See docs/performance.md.
 *
 *   npm run bench                                 every row
 *   npm run bench -- start produce/1KiB latency   rows or parts of them, by the beginning of their figures' names
 *   npm run bench -- --rounds 5                   3 when it is not said
 *   npm run bench -- --quick                      one short round: shows that it works, compares nothing
 *   npm run bench -- --json FILE                  the same figures as JSON
 *   npm run bench -- --list                       what rows there are
 *
 * Without Apache Kafka (Java 17 and Maven, see scripts/apache-kafka.ts) its column is left out and rows that need its
 * clients are skipped, by name.
 */
import { writeFileSync } from 'node:fs'
import { availableParallelism, cpus, release, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { type FigureResult, Figures, tableHead, tableLine } from '../test/bench/figures.ts'
import { client } from '../test/bench/rows/client.ts'
import { cluster } from '../test/bench/rows/cluster.ts'
import { consume } from '../test/bench/rows/consume.ts'
import { disk } from '../test/bench/rows/disk.ts'
import { groups } from '../test/bench/rows/groups.ts'
import { latency } from '../test/bench/rows/latency.ts'
import { memory } from '../test/bench/rows/memory.ts'
import { partitions } from '../test/bench/rows/partitions.ts'
import { produce } from '../test/bench/rows/produce.ts'
import { start } from '../test/bench/rows/start.ts'
import { startInProcess } from '../test/bench/rows/start-kafka.ts'
import type { Row, World } from '../test/bench/world.ts'
import { apacheKafka, apacheVersion } from './apache-kafka.ts'

const rows: readonly Row[] = [
  disk,
  start,
  startInProcess,
  memory,
  produce,
  consume,
  latency,
  partitions,
  groups,
  client,
  cluster,
]

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string' },
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    list: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
  },
})

if (values.list) {
  for (const row of rows) console.log(`${row.name.padEnd(12)} ${row.about}`)
  process.exit(0)
}
const rounds = Number(values.rounds ?? (values.quick ? 1 : 3))
if (!Number.isInteger(rounds) || rounds < 1) usage(`--rounds must be a number from 1 up, not ${values.rounds}`)
for (const name of positionals) {
  if (!rows.some((row) => row.name === name || name.startsWith(`${row.name}/`)))
    usage(`no row is called ${name}; try --list`)
}
const wants = (id: string) => positionals.length === 0 || positionals.some((p) => isUnder(id, p) || isUnder(p, id))

const apache = await apacheKafka()
if ('missing' in apache) console.log(`Apache Kafka ${apacheVersion} skipped: ${apache.missing}`)
const machine = {
  ...{ cpu: cpus()[0]?.model ?? 'unknown', cores: availableParallelism(), memoryGib: Math.round(totalmem() / 2 ** 30) },
  ...{ system: `${process.platform} ${release()}`, node: process.version },
  apacheKafka: 'missing' in apache ? null : apacheVersion,
}
console.log(
  `${machine.cores} cores of ${machine.cpu}, ${machine.memoryGib} GiB, ${machine.system}, Node ${machine.node}`,
)
console.log(
  `${rounds === 1 ? 'one round' : `median of ${rounds} rounds [least–most]`}${values.quick ? ', quick' : ''}\n`,
)

const world: World = {
  apache: 'missing' in apache ? null : apache,
  ...{ figures: new Figures(), rounds, isQuick: values.quick, wants },
  note: (line) => {
    if (values.verbose || !process.stdout.isTTY) console.error(`  ${line}`)
  },
}

const results: FigureResult[] = []
const skipped: { row: string; why: string }[] = []
console.log(tableHead())
for (const row of rows) {
  if (!wants(row.name)) continue
  const why = row.missing?.(world) ?? null
  if (why !== null) {
    skipped.push({ row: row.name, why })
    console.log(`${row.name} skipped: ${why}`)
    continue
  }
  await row.run(world)
  for (const result of world.figures.results(row.name)) {
    results.push(result)
    console.log(tableLine(result))
  }
}
const missed = results.filter((result) => result.isMet === false)
const met = results.filter((result) => result.isMet === true)
console.log(`\n${met.length} goals met, ${missed.length} missed`)
if (values.json !== undefined) {
  const report = { at: new Date().toISOString(), machine, rounds, isQuick: values.quick, results, skipped }
  writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`)
}

function isUnder(id: string, prefix: string): boolean {
  return id === prefix || id.startsWith(`${prefix}/`)
}

function usage(problem: string): never {
  console.error(problem)
  process.exit(2)
}
