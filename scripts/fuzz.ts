/**
 * `npm run fuzz`: requests made from the protocol's own schemas, valid, nearly valid and broken, against a broker.
 *
 *   npm run fuzz                                    for a minute, with a fresh seed
 *   npm run fuzz -- --seconds 20 --seed 7
 */
import { parseArgs } from 'node:util'
import { freshSeed } from '../test/faults/seed.ts'
import { fuzz } from '../test/fuzz/fuzz.ts'

/** A round of the other client on a busy machine takes some hundred; this is a client that hangs. */
const OTHERS_WAIT_MS_MAX = 5_000
const usage = 'npm run fuzz -- [--seconds N] [--seed N]: hostile requests against a broker; for 60 s with a fresh seed'
const { values } = parsed()
if (values.help) {
  console.log(usage)
  process.exit(0)
}
const seed = values.seed === undefined ? freshSeed() : Number(values.seed)
const seconds = Number(values.seconds)
if (!Number.isInteger(seed) || !(seconds > 0)) {
  console.error('--seed takes a whole number, --seconds how long to go on')
  process.exit(2)
}

console.log(`fuzz: ${seconds} s, seed ${seed}`)
const outcome = await fuzz({ seed, seconds })
const rows = [...outcome.byApi].sort(([a], [b]) => a.localeCompare(b))
console.log(rows.map(([name, count]) => `${name} ${count}`).join(', '))
console.log(
  `${outcome.requests} requests, ${outcome.answers} answers, at most ${outcome.residentMiB} MiB resident, ` +
    `the other client waited ${outcome.longestMs.toFixed(0)} ms at most in ${outcome.rounds} rounds`,
)
const problems = [...outcome.problems]
if (outcome.longestMs > OTHERS_WAIT_MS_MAX)
  problems.push(`the other client waited ${outcome.longestMs.toFixed(0)} ms ${outcome.longestDoing}`)
for (const problem of problems) console.log(`PROBLEM ${problem}`)
process.exitCode = problems.length === 0 ? 0 : 1

function parsed() {
  const help = { type: 'boolean', short: 'h' } as const
  try {
    return parseArgs({ options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string' }, help } })
  } catch (thrown) {
    console.error(`${(thrown as Error).message}\n${usage}`)
    process.exit(2)
  }
}
