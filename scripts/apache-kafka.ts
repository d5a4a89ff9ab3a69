/**
 * Lays out a real Apache Kafka from its published Maven artifacts: the peer, oracle and test-suite of `npm run interop`,
 * `npm run bench` and the golden transcripts. Nothing of it is committed; it lives in the user's cache.
 *
 *   node scripts/apache-kafka.ts            lays it out and prints KAFKA_HOME=DIR
 *
 * A layout is `libs/*.jar`, `classpath.txt`, `bin/*.sh` (thin wrappers around the Java mains), `config/` and, when it
 * could be made, `kafka.jsa` (a class data sharing archive: a third off every JVM start).
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { javaCommand, type Layout, log4j2 } from './apache-java.ts'
import { mains, oldMains } from './apache-mains.ts'
import { startApache } from './apache-node.ts'

export { type JavaOptions, javaCommand, type Layout } from './apache-java.ts'
export { mains, oldMains } from './apache-mains.ts'
export { type ApacheNode, freePorts, startApache } from './apache-node.ts'

/** The release that Millrace is measured against. */
export const apacheVersion = '4.3.1'
/** The old client line of `npm run interop`: the last 2.x, whose tools still are `kafka.tools.*`. */
export const oldVersion = '2.8.2'

export type Missing = { readonly missing: string }

/** Where peers are laid out: `$PEERS`, else `millrace/peers` in the user's cache folder. */
export function peersDir(): string {
  return process.env['PEERS'] ?? join(cacheDir(), 'millrace', 'peers')
}

function cacheDir(): string {
  return process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache')
}

/** A finished layout that is already on this machine, or null. `KAFKA_HOME` counts only if it holds that release's jars. */
export function existingApacheKafka(version = apacheVersion): Layout | null {
  const places = [
    process.env['KAFKA_HOME'] ?? '',
    join(peersDir(), `kafka-${version}`),
    join(cacheDir(), 'peers', `kafka-${version}`),
  ]
  for (const place of places) {
    if (place === '') continue
    if (existsSync(join(place, 'libs', `kafka_2.13-${version}.jar`)) && existsSync(join(place, 'classpath.txt'))) {
      return { home: resolve(place), version }
    }
  }
  return null
}

/** The layout of a release, made now if need be (25 s, some 110 MB), or why it cannot be had. */
export async function apacheKafka(version = apacheVersion): Promise<Layout | Missing> {
  const existing = existingApacheKafka(version)
  if (existing !== null) return existing
  const java = javaVersion()
  if (java === null) return { missing: 'java is not installed' }
  if (java < 17 && !version.startsWith('2.')) return { missing: `java ${java} is too old: Kafka ${version} needs 17` }
  if (spawnSync('mvn', ['-v'], { stdio: 'ignore' }).status !== 0) return { missing: 'mvn is not installed' }
  const home = join(peersDir(), `kafka-${version}`)
  const draft = `${home}.draft-${process.pid}`
  mkdirSync(join(draft, 'bin'), { recursive: true })
  mkdirSync(join(draft, 'config'))
  const failure = copyArtifacts(version, draft)
  if (failure !== null) {
    rmSync(draft, { recursive: true })
    return { missing: failure }
  }
  const table = version.startsWith('2.') ? oldMains : mains
  writeFileSync(join(draft, 'config', 'server-log4j2.xml'), log4j2('INFO', 'SYSTEM_OUT'))
  writeFileSync(join(draft, 'config', 'tools-log4j2.xml'), log4j2('WARN', 'SYSTEM_ERR'))
  for (const [tool, main] of table) writeWrapper(draft, tool, main)
  rmSync(home, { recursive: true, force: true })
  renameSync(draft, home)
  writeFileSync(join(home, 'classpath.txt'), classPath(join(home, 'libs')))
  const layout: Layout = { home, version }
  if (table === mains) await writeArchive(layout)
  return layout
}

/** The major version of the `java` on the path, or null. */
export function javaVersion(): number | null {
  const ran = spawnSync('java', ['-version'], { encoding: 'utf8' })
  const found = /version "(?:1\.)?(\d+)/.exec(ran.stderr ?? '')
  return found ? Number(found[1]) : null
}

function copyArtifacts(version: string, into: string): string | null {
  const kafka = (artifact: string) => ['org.apache.kafka', artifact, version] as const
  const old = version.startsWith('2.')
  const artifacts = old
    ? [kafka('kafka_2.13'), kafka('kafka-tools')]
    : [
        kafka('kafka_2.13'),
        ...['tools', 'streams-examples', 'shell'].map((name) => kafka(`kafka-${name}`)),
        ...['connect-runtime', 'connect-mirror', 'connect-file', 'trogdor'].map(kafka),
        ...['api', 'core', 'slf4j-impl', '1.2-api'].map(
          (name) => ['org.apache.logging.log4j', `log4j-${name}`, '2.25.4'] as const,
        ),
        ['com.fasterxml.jackson.dataformat', 'jackson-dataformat-yaml', '2.21.2'] as const,
      ]
  const dependencies = artifacts.map(
    ([group, artifact, release]) =>
      `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${release}</version></dependency>`,
  )
  const pom = join(into, 'pom.xml')
  writeFileSync(
    pom,
    `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>millrace</groupId><artifactId>peer</artifactId><version>1</version><packaging>pom</packaging><dependencies>${dependencies.join('')}</dependencies></project>`,
  )
  const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${join(into, 'libs')}`]
  const ran = spawnSync('mvn', ['-q', '-B', '-Dstyle.color=never', '-f', pom, ...goal], { encoding: 'utf8' })
  if (ran.status === 0) return null
  const said = (ran.stdout + ran.stderr).split('\n').find((line) => line.includes('ERROR')) ?? `exit ${ran.status}`
  return `mvn could not fetch Kafka ${version}: ${said}`
}

function classPath(libs: string): string {
  const jars = readdirSync(libs).filter((name) => name.endsWith('.jar'))
  return jars
    .sort()
    .map((name) => join(libs, name))
    .join(':')
}

function writeWrapper(home: string, tool: string, main: string): void {
  const server = tool === 'kafka-server-start'
  const path = join(home, 'bin', `${tool}.sh`)
  writeFileSync(
    path,
    `#!/bin/bash
base=$(cd "$(dirname "\${BASH_SOURCE[0]}")/.." && pwd)
cds=(); [ -f "$base/kafka.jsa" ] && cds=(-XX:SharedArchiveFile="$base/kafka.jsa" -Xlog:cds=off)
exec java \${KAFKA_HEAP_OPTS:-${server ? '-Xmx1G' : '-Xmx512M'}} \\
  \${KAFKA_JVM_PERFORMANCE_OPTS:-${server ? '' : '-XX:+UseSerialGC -XX:TieredStopAtLevel=1'}} "\${cds[@]}" $KAFKA_OPTS \\
  -Dlog4j2.configurationFile="\${LOG4J_XML:-$base/config/${server ? 'server' : 'tools'}-log4j2.xml}" \\
  -cp "$(cat "$base/classpath.txt")" ${main} "$@"
`,
  )
  chmodSync(path, 0o755)
}

async function writeArchive(layout: Layout): Promise<void> {
  const archive = join(layout.home, 'kafka.jsa')
  const node = await startApache(layout, { jvm: [`-XX:ArchiveClassesAtExit=${archive}`] })
  const [java, ...args] = javaCommand(layout, mains.get('kafka-topics')!, [
    ...['--bootstrap-server', node.bootstrap, '--create', '--topic', 'warm'],
  ])
  spawnSync(java!, args, { stdio: 'ignore' })
  await node.stop()
}

if (import.meta.main) {
  const had = await apacheKafka()
  if ('missing' in had) {
    console.error(`Apache Kafka ${apacheVersion} cannot be had: ${had.missing}`)
    process.exit(1)
  }
  console.log(`KAFKA_HOME=${had.home}`)
}
