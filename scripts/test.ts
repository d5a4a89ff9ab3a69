/**
 * `npm test`: types, lint, the rules of the house, then every test beside the code and in test/.
 * `npm test -- src/log test/cluster` runs the tests of those folders or files alone; options (`--test-name-pattern=…`)
 * go to node's runner.
 */
import { spawn } from 'node:child_process'
import { globSync, statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
/** What needs foreign programs, long times or a quiet machine has commands of its own. */
const elsewhere = /^test\/(interop|bench|faults|walkthroughs|fuzz)\//
/** Tests wait for disks and sockets as much as they compute. */
const concurrency = Math.max(2, Math.min(8, availableParallelism() + 1))

interface Section {
  readonly name: string
  readonly command: readonly string[]
}

const asked = process.argv.slice(2)
const places = asked.filter((argument) => !argument.startsWith('-'))
const options = asked.filter((argument) => argument.startsWith('-'))

const bin = (name: string): string => `${root}/node_modules/.bin/${name}`
const checks: readonly Section[] = [
  { name: 'types', command: [bin('tsc')] },
  { name: 'lint', command: [bin('biome'), 'check', '--colors=off'] },
  { name: 'tidy', command: [process.execPath, 'scripts/tidy.ts'] },
]

const files = places.length === 0 ? testFiles(['src', 'test', 'scripts']) : testFiles(places)
if (files.length === 0) {
  console.error(`No test file in ${places.join(', ')}: name folders or *.test.ts files, as in npm test -- src/log`)
  process.exit(1)
}

const failed: string[] = []
if (places.length === 0) {
  // Side by side: each mostly keeps one core busy.
  for (const { name, code, output, seconds } of await Promise.all(checks.map((section) => run(section, 'kept')))) {
    if (code !== 0) {
      failed.push(name)
      process.stdout.write(output)
    }
    console.log(`${name}: ${code === 0 ? 'ok' : 'FAILED'} (${seconds} s)`)
  }
}
console.log(`tests: ${files.length} files`)
const runner = ['--test', `--test-concurrency=${concurrency}`, '--test-timeout=120000', ...options, ...files]
const tests = await run({ name: 'tests', command: [process.execPath, ...runner] }, 'shown')
if (tests.code !== 0) failed.push('tests')
// On success the runner's own counts are the last lines.
if (failed.length > 0) console.log(`failed: ${failed.join(', ')}`)
process.exitCode = failed.length > 0 ? 1 : 0

function testFiles(from: readonly string[]): string[] {
  const found = from.flatMap((place) => {
    const path = place.replace(/^\.\//, '').replace(/\/+$/, '')
    const stat = statSync(`${root}/${path}`, { throwIfNoEntry: false })
    if (stat?.isFile()) return [path]
    return globSync(`${path}/**/*.test.ts`, { cwd: root })
  })
  const named = from.some((place) => elsewhere.test(place.endsWith('/') ? place : `${place}/`))
  return [...new Set(found.map((path) => path.replaceAll('\\', '/')))]
    .filter((path) => named || !elsewhere.test(path))
    .sort()
}

interface Outcome {
  readonly name: string
  readonly code: number
  readonly output: string
  readonly seconds: string
}

function run({ name, command }: Section, output: 'shown' | 'kept'): Promise<Outcome> {
  const started = performance.now()
  const [program, ...args] = command
  // Test files are processes of their own that load the same modules: compiled once.
  const env = { ...process.env, NODE_COMPILE_CACHE: `${root}node_modules/.cache/compiled` }
  return new Promise((resolve) => {
    const child = spawn(program!, args, {
      cwd: root,
      env,
      stdio: output === 'shown' ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    })
    let kept = ''
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => void (kept += chunk))
    child.on('error', (error) => void (kept += `${error.message}\n`))
    child.on('close', (code) => {
      resolve({ name, code: code ?? 1, output: kept, seconds: ((performance.now() - started) / 1000).toFixed(1) })
    })
  })
}
