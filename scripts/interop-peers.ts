/** Installs the peers of `npm run interop` by package name, outside the repository, or says why one cannot be had. */
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Peer, PeerName } from '../test/interop/world.ts'
import { apacheKafka, oldVersion, peersDir } from './apache-kafka.ts'
import { strimziDefinitions, strimziVersion, strimziVersionBefore } from './strimzi-crds.ts'

type Report = (line: string) => void

const pythonPackages = [
  'confluent-kafka==2.16.1',
  'kafka-python==3.0.12',
  'aiokafka==0.14.0',
  'lz4==4.4.5',
  'python-snappy==0.7.3',
  'zstandard==0.25.0',
]
const npmPackages = ['kafkajs@2.2.4', 'kafkajs-snappy@1.1.0', '@platformatic/kafka@2.12.1']
const testRunners = ['vitest@5.1.1', 'jest@30.5.2']
const goSources = resolve(import.meta.dirname, '..', 'test', 'interop', 'go')

export async function peers(report: Report): Promise<Record<PeerName, Peer>> {
  // Two at a time would only make two cores wait for each other: maven, go and pip all use what there is.
  return {
    apache: await java(),
    'java-old': await java(oldVersion),
    kcat: await kcat(report),
    python: await python(report),
    npm: await npm('npm', npmPackages, 'kafkajs and @platformatic/kafka', report),
    'test-runners': await npm('test-runners', testRunners, 'vitest and jest', report),
    go: await go(report),
    strimzi: strimzi(strimziVersion),
    'strimzi-before': strimzi(strimziVersionBefore),
  }
}

function strimzi(version: string): Peer {
  const made = strimziDefinitions(version)
  return 'missing' in made ? made : { at: made.at, version: `definitions ${version}` }
}

async function java(version?: string): Promise<Peer> {
  const layout = await apacheKafka(version)
  return 'missing' in layout ? layout : { at: layout.home, version: layout.version }
}

async function kcat(report: Report): Promise<Peer> {
  if (!(await works(['kcat', '-V']))) {
    if (process.getuid?.() !== 0 || !(await works(['apt-get', '--version']))) {
      return { missing: 'kcat is not installed, and only root on Debian can install it here' }
    }
    report('installing kcat')
    const failure =
      (await fails(['apt-get', 'update'])) ??
      (await fails(['apt-get', 'install', '-y', '--no-install-recommends', 'kcat']))
    if (failure !== null) return { missing: failure }
  }
  const version = /Version ([\d.]+)/.exec(spawnSync('kcat', ['-V'], { encoding: 'utf8' }).stdout)?.[1] ?? 'unknown'
  return { at: 'kcat', version }
}

async function python(report: Report): Promise<Peer> {
  const at = placeFor('python', pythonPackages.join(' '))
  const failure = await installed(at, pythonPackages.join(' '), async () => {
    if (!(await works(['python3', '--version']))) return 'python3 is not installed'
    report('installing confluent-kafka, kafka-python and aiokafka')
    return (
      (await fails(['python3', '-m', 'venv', '--clear', at])) ??
      (await fails([join(at, 'bin', 'pip'), 'install', '--quiet', '--disable-pip-version-check', ...pythonPackages]))
    )
  })
  return failure === null
    ? { at: join(at, 'bin', 'python'), version: pythonPackages.slice(0, 3).join(', ') }
    : { missing: failure }
}

async function npm(name: string, packages: readonly string[], what: string, report: Report): Promise<Peer> {
  const at = placeFor(name, packages.join(' '))
  const failure = await installed(at, packages.join(' '), async () => {
    report(`installing ${what}`)
    writeFileSync(join(at, 'package.json'), '{ "private": true }\n')
    return fails(['npm', 'install', '--silent', '--no-audit', '--no-fund', '--save-exact', ...packages], at)
  })
  return failure === null ? { at, version: packages.join(', ') } : { missing: failure }
}

async function go(report: Report): Promise<Peer> {
  const sources = ['go.mod', 'go.sum', 'franz/main.go', 'sarama/main.go'].map((name) =>
    readFileSync(join(goSources, name), 'utf8'),
  )
  const mark = hash(sources.join('\0'))
  const at = placeFor('go', mark)
  const failure = await installed(at, mark, async () => {
    if (!(await works(['go', 'version']))) return 'go is not installed'
    report('building the franz-go and sarama programs')
    return fails(['go', 'build', '-o', `${at}/`, './...'], goSources)
  })
  const versions = [...sources[0]!.matchAll(/(franz-go|sarama) (v\S+)/g)].map((m) => `${m[1]} ${m[2]}`)
  return failure === null ? { at, version: versions.join(', ') } : { missing: failure }
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** A folder for just these packages or sources: checkouts that want others do not undo each other's. */
function placeFor(name: string, mark: string): string {
  return join(peersDir(), `${name}-${hash(mark).slice(0, 8)}`)
}

/** Runs `install` unless the folder carries the mark of having been installed just so. */
async function installed(at: string, mark: string, install: () => Promise<string | null>): Promise<string | null> {
  const markFile = join(at, 'installed')
  if (existsSync(markFile) && readFileSync(markFile, 'utf8') === mark) return null
  mkdirSync(at, { recursive: true })
  const failure = await install()
  if (failure === null) writeFileSync(markFile, mark)
  return failure
}

async function works(command: readonly string[]): Promise<boolean> {
  return (await fails(command)) === null
}

/** Runs to the end; null when it succeeded, else the last thing it said. */
function fails(command: readonly string[], cwd?: string): Promise<string | null> {
  const child = spawn(command[0]!, command.slice(1), { stdio: ['ignore', 'pipe', 'pipe'], ...(cwd ? { cwd } : {}) })
  let said = ''
  child.stdout.on('data', (chunk) => (said += chunk))
  child.stderr.on('data', (chunk) => (said += chunk))
  return new Promise((done) => {
    child.on('error', (error) => done(`${command[0]}: ${error.message}`))
    child.on('close', (code) => {
      if (code === 0) return done(null)
      const last = said.trim().split('\n').slice(-2).join(' ')
      done(`${command.slice(0, 3).join(' ')} ended with ${code}: ${last}`)
    })
  })
}
