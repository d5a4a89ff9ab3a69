/**
 * `npm run sim`: seeds of the second world (docs/simulation.md).
 *
 *   npm run sim                                     100 seeds from a fresh one on
 *   npm run sim -- --seeds 1000 --from 5000
 *   npm run sim -- --minutes 10
 *   npm run sim -- --seed 7 --trace                 one seed, with everything that happened
 *   npm run sim -- --mutants [--seeds 100] [--only vote]   does it find bugs that are planted?
 *   npm run sim -- --seed 7 --shrink                what of its faults and workloads it takes to fail
 *   npm run sim -- --seed 7 --disks DIR             what stands on the disks in the end, as files
 *   npm run sim -- --seed 7 --strikes 3,8           with these of its faults alone
 *   npm run sim -- --seed 7 --faults kill,resets --workloads idempotent --faults-ms 3000
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Codecs, lazyCrc32c } from '../src/env/node/index.ts'
import {
  faultNames,
  type Host,
  type Outcome,
  type Plan,
  roleNames,
  run,
  shrink,
  workloadNames,
} from '../src/sim/index.ts'
import { freshSeed } from '../test/faults/seed.ts'
import { runGate } from './sim/gate.ts'

const { values } = parseArgs({
  options: {
    ...{ seed: { type: 'string' }, seeds: { type: 'string' }, from: { type: 'string' }, minutes: { type: 'string' } },
    ...{ trace: { type: 'boolean', default: false }, twice: { type: 'string', default: '100' } },
    ...{ faults: { type: 'string' }, workloads: { type: 'string' }, 'faults-ms': { type: 'string' } },
    ...{ mutants: { type: 'boolean', default: false }, only: { type: 'string' } },
    ...{ strikes: { type: 'string' }, shrink: { type: 'boolean', default: false } },
    ...{ disks: { type: 'string' } },
    ...{
      nodes: { type: 'string' },
      controllers: { type: 'string' },
      dynamic: { type: 'boolean' },
      'keep-going': { type: 'boolean', default: false },
    },
  },
})

const host: Host = {
  settled: () => new Promise((resolve) => setImmediate(resolve)),
  crc32c: lazyCrc32c(),
  codecs: new Codecs(),
}
const plan: Partial<Plan> = {
  ...(values.faults === undefined ? {} : { faults: chosen('--faults', values.faults, faultNames) }),
  ...(values.workloads === undefined ? {} : { workloads: chosen('--workloads', values.workloads, workloadNames) }),
  ...(values['faults-ms'] === undefined ? {} : { faultsMs: whole('--faults-ms', values['faults-ms']) }),
  ...(values.strikes === undefined
    ? {}
    : { strikes: values.strikes.split(',').map((number) => whole('--strikes', number)) }),
  ...(values.nodes === undefined ? {} : { nodes: whole('--nodes', values.nodes) }),
  ...(values.controllers === undefined ? {} : { controllers: whole('--controllers', values.controllers) }),
  ...(values.dynamic === undefined ? {} : { isDynamic: values.dynamic }),
}

if (values.mutants) {
  const root = fileURLToPath(new URL('..', import.meta.url))
  if (!runGate(root, whole('--seeds', values.seeds ?? '100'), values.only ?? null)) process.exitCode = 1
} else if (values.seed === undefined) await search()
else {
  const traceTo = values.trace ? { traceTo: (line: string) => void process.stdout.write(`${line}\n`) } : {}
  const outcome = await run(whole('--seed', values.seed), host, { plan, ...traceTo })
  console.log(lineOf(outcome))
  if (values.disks !== undefined) layOut(outcome, values.disks)
  if (outcome.violation !== null) {
    fail(outcome)
    if (values.shrink) shrunk(await shrink(outcome, host))
  }
}

/** For kafka-dump-log.sh and the eye. */
function layOut({ disks }: Outcome, directory: string): void {
  for (const [machine, files] of disks()) {
    for (const [path, bytes] of files) {
      const file = join(directory, machine, path)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, bytes)
    }
  }
}

async function search(): Promise<void> {
  const first = values.from === undefined ? freshSeed() : whole('--from', values.from)
  const untilMs = values.minutes === undefined ? null : performance.now() + Number(values.minutes) * 60_000
  const count = untilMs === null ? whole('--seeds', values.seeds ?? '100') : Number.POSITIVE_INFINITY
  const twice = whole('--twice', values.twice)
  const startedMs = performance.now()
  const sums = { seeds: 0, acknowledged: 0, strikes: 0, virtualMs: 0, failed: 0 }
  const coverage = new Map<string, number>()
  for (let i = 0; i < count && (untilMs === null || performance.now() < untilMs); i++) {
    const outcome = await run(first + i, host, { plan })
    sums.seeds++
    sums.acknowledged += outcome.acknowledged
    sums.strikes += outcome.strikes.size
    sums.virtualMs += outcome.virtualMs
    for (const [met, times] of outcome.coverage) coverage.set(met, (coverage.get(met) ?? 0) + times)
    if (outcome.violation !== null) {
      sums.failed++
      fail(outcome)
      if (!values['keep-going']) break
    }
    if (twice > 0 && i % twice === 0) await runAgain(outcome)
  }
  const seconds = (performance.now() - startedMs) / 1000
  console.log(
    `${sums.seeds} seeds from ${first} in ${seconds.toFixed(0)} s: ${sums.failed} failed, ` +
      `${sums.acknowledged} records acknowledged, ${sums.strikes} faults, ${(sums.virtualMs / 3_600_000).toFixed(1)} hours simulated`,
  )
  showCoverage(coverage)
}

/** Fault × whom it met: a role among the nodes that serve, or the state of one that does not. */
function showCoverage(coverage: ReadonlyMap<string, number>): void {
  const standings = [...roleNames, 'formatting', 'starting', 'stopping', 'down', 'client, network']
  const line = (name: string, cells: readonly (string | number)[]): string =>
    name.padEnd(17) + cells.map((cell, i) => `${cell}`.padStart(standings[i]!.length + 2)).join('')
  console.log(line('', standings))
  for (const fault of plan.faults ?? faultNames) {
    const cells = standings.map((standing) => coverage.get(`${fault}: ${standing}`) ?? '.')
    if (cells.some((cell) => cell !== '.')) console.log(line(fault, cells))
  }
}

/** The same seed must be the same run. */
async function runAgain({ seed, hash }: Outcome): Promise<void> {
  const again = await run(seed, host, { plan })
  if (again.hash === hash) return
  console.log(`seed ${seed}: NOT THE SAME TWICE: ${hash}, then ${again.hash}`)
  process.exitCode = 1
}

function fail({ seed, plan: { faults, workloads }, violation }: Outcome): void {
  process.exitCode = 1
  console.log(
    `seed ${seed}: VIOLATION of ${violation!.invariant} at ${violation!.atMs.toFixed(3)} ms: ${violation!.text}`,
  )
  console.log(`  faults ${faults.join(',')}; workloads ${workloads.join(',')}`)
  console.log(`  again: npm run sim -- --seed ${seed} --trace`)
}

function shrunk({ seed, plan: { workloads, config }, strikes, violation }: Outcome): void {
  console.log(`  it takes ${workloads.join(',') || 'no workload'}, ${JSON.stringify(config)} and`)
  for (const [number, what] of strikes) console.log(`    ${number}: ${what}`)
  console.log(`  to find: ${violation!.text}`)
  const chosen = `--workloads '${workloads.join(',')}' --strikes '${[...strikes.keys()].join(',')}'`
  console.log(`  again: npm run sim -- --seed ${seed} ${chosen} --trace`)
}

function lineOf({ seed, plan: p, hash, events, virtualMs, acknowledged, strikes }: Outcome): string {
  return (
    `seed ${seed}: ${p.nodes} nodes${p.controllers > 0 ? ` and ${p.controllers} controllers` : ''}${p.isDynamic ? ' with voters that change' : ''}, ${p.partitions} partitions, ${strikes.size} faults of ${p.faults.join(',') || 'none'}, ` +
    `${acknowledged} acknowledged by ${p.workloads.join(',')}, ${(virtualMs / 1000).toFixed(1)} s, ${events} events, hash ${hash}`
  )
}

function chosen<T extends string>(option: string, text: string, of: readonly T[]): T[] {
  const names = text.split(',').filter((name) => name !== '')
  const unknown = names.find((name) => !(of as readonly string[]).includes(name))
  if (unknown !== undefined) refuse(`${option} knows no ${unknown}; it knows ${of.join(', ')}`)
  return names as T[]
}

function whole(option: string, text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 0) refuse(`${option} takes a whole number, not ${text}`)
  return number
}

function refuse(why: string): never {
  console.error(why)
  process.exit(2)
}
