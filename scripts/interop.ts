/**
 * `npm run interop`: real clients and tools against our broker.
 *
 *   npm run interop                          against Millrace
 *   npm run interop -- --against apache      the same scenarios against a real Apache Kafka, where they must pass too
 *   npm run interop -- kcat oracle           only test/interop/kcat.test.ts and oracle.test.ts
 *
 * Peers are installed by package name outside the repository. One that cannot be had is named, with the reason, and its
 * scenarios are skipped, never passed.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { World } from '../test/interop/world.ts'
import { startApache } from './apache-kafka.ts'
import { peers } from './interop-peers.ts'
import { startMillrace } from './millrace-node.ts'

const root = resolve(import.meta.dirname, '..')
const scenarios = join(root, 'test', 'interop')
const args = process.argv.slice(2)
const against = args.includes('--against') ? args.splice(args.indexOf('--against'), 2)[1] : 'millrace'
if (against !== 'millrace' && against !== 'apache') {
  console.error(`--against ${against}: apache or millrace`)
  process.exit(2)
}

const files = readdirSync(scenarios).filter((name) => name.endsWith('.test.ts'))
const chosen = args.length === 0 ? files : files.filter((name) => args.includes(name.replace('.test.ts', '')))
if (chosen.length === 0) {
  console.error(
    `no scenario is called ${args.join(' or ')}: there are ${files.map((n) => n.replace('.test.ts', '')).join(', ')}`,
  )
  process.exit(2)
}

const found = await peers((line) => console.log(line))
for (const [name, peer] of Object.entries(found)) {
  console.log('missing' in peer ? `peer ${name} skipped: ${peer.missing}` : `peer ${name} ${peer.version} ready`)
}

const work = mkdtempSync(join(tmpdir(), 'millrace-interop-'))
const logDir = join(work, 'data')
const broker = await startBroker()
if ('missing' in broker) console.log(`broker ${against} skipped: ${broker.missing}`)
else console.log(`broker ${against} listens on ${broker.bootstrap}`)

const world: World = {
  target: against,
  noBroker: 'missing' in broker ? broker.missing : null,
  bootstrap: 'missing' in broker ? '' : broker.bootstrap,
  controller: 'missing' in broker ? '' : broker.controller,
  logDir,
  peers: found,
}
const worldFile = join(work, 'world.json')
writeFileSync(worldFile, JSON.stringify(world))

const tests = chosen.map((name) => join(scenarios, name))
const flags = ['--test', '--test-concurrency=3', '--test-timeout=300000', '--test-reporter=spec']
const runner = spawn(process.execPath, [...flags, ...tests], {
  cwd: root,
  stdio: ['ignore', 'inherit', 'inherit'],
  env: { ...process.env, MILLRACE_INTEROP: worldFile },
})
const [code] = await once(runner, 'exit')
if (!('missing' in broker)) await broker.stop()
rmSync(work, { recursive: true, force: true })
process.exit(code ?? 1)

interface Broker {
  bootstrap: string
  controller: string
  stop(): Promise<void>
}

async function startBroker(): Promise<Broker | { missing: string }> {
  const config = {
    'offsets.topic.num.partitions': '5',
    'transaction.state.log.num.partitions': '5',
    'share.coordinator.state.topic.num.partitions': '5',
    'group.consumer.heartbeat.interval.ms': '500',
    'group.consumer.min.heartbeat.interval.ms': '500',
    'group.consumer.session.timeout.ms': '6000',
    'group.consumer.min.session.timeout.ms': '6000',
  }
  if (against === 'apache') {
    const apache = found.apache
    if ('missing' in apache) return apache
    return startApache({ home: apache.at, version: apache.version }, { logDir, config })
  }
  if (!existsSync(join(root, 'bin', 'kafka-server-start.sh')))
    return { missing: 'bin/kafka-server-start.sh is not there yet' }
  return startMillrace({ logDir, config })
}
