import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { Normalizer, sortedLines } from '../../test/cli-golden/normalize.ts'
import { parseTranscript, type Run } from '../../test/cli-golden/transcript.ts'
import { nodeEnv } from '../env/node/index.ts'
import { kafkaStorage } from './kafka-storage.ts'

const golden = readFileSync(new URL('../../test/cli-golden/kafka-storage.txt', import.meta.url), 'utf8')
const dir = realpathSync(mkdtempSync(join(tmpdir(), 'millrace-storage-')))
const env = nodeEnv({ logLevel: 'off' })
const places = { bootstrap: 'localhost:19092', controller: 'localhost:19093', dir, logDir: join(dir, 'kafka-logs') }
const normalizer = new Normalizer(places, golden)
after(() => {
  env.close()
  rmSync(dir, { recursive: true, force: true })
})

/** Words of a shell line; quotes are all that these lines use. */
function words(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map((m) => m[1] ?? m[2]!)
}

async function run(line: string): Promise<{ stdout: string; stderr: string; exit: string }> {
  let stdout = ''
  let stderr = ''
  const exit = await kafkaStorage(words(line.replaceAll('$D', dir)).slice(1), {
    env,
    workingDirectory: dir,
    out: (text) => (stdout += text),
    err: (text) => (stderr += text),
  })
  return { stdout, stderr, exit: String(exit) }
}

/** Salts are made up anew in every run, and with them the keys. */
const unsalted = (text: string): string => text.replaceAll(/(salt|storedKey|serverKey)=\[[^\]]*\]/g, '$1=[]')

for (const entry of parseTranscript(golden)) {
  if (entry.kind === 'file') {
    test(`(${entry.path})`, () => {
      mkdirSync(dirname(join(dir, entry.path)), { recursive: true })
      writeFileSync(join(dir, entry.path), entry.text.replaceAll('$D', dir))
    })
  } else if (entry.kind === 'run' && entry.line.startsWith('kafka-storage.sh')) {
    test(entry.title, () => check(entry))
  } else if (entry.kind === 'options') {
    test(`the options of ${entry.tool}`, async () => {
      const { stdout, exit } = await run(`${entry.tool} --help`)
      const flat = stdout.replaceAll(/\s+/g, ' ')
      for (const option of entry.options) assert.ok(flat.includes(option), `${option}\n${stdout}`)
      assert.equal(exit, '0')
    })
  }
}

async function check(entry: Run): Promise<void> {
  const ours = await run(entry.line)
  const stdout = unsalted(normalizer.stdout(ours.stdout))
  assert.equal(sortedLines(stdout), sortedLines(unsalted(entry.stdout)))
  const stderr = normalizer.stderr(ours.stderr).stderr
  // Where Java dies with a trace, its message is in what we print (we may say more: every bad key, not only the first).
  const message = /^(?:Exception in thread "main" )?[\w.$]+: (.*)$/m.exec(entry.traces)?.[1]
  if (entry.stderr !== '' || message === undefined) assert.equal(stderr, entry.stderr)
  else assert.ok(stderr.includes(message), `${message}\n${stderr}`)
  assert.equal(ours.exit, entry.exit)
}
