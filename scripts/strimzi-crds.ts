/** Strimzi's own CustomResourceDefinitions, from the generator it publishes; made once, outside the repository. */
import { spawnSync } from 'node:child_process'
import { existsSync, globSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { peersDir } from './apache-kafka.ts'

export const strimziVersion = '1.2.0'
/** The last release of v1beta2 with ZooKeeper. */
export const strimziVersionBefore = '0.45.0'

const javaMin = 21
const model = 'io.strimzi.api.kafka.model'
const classes: Readonly<Record<string, string>> = {
  Kafka: `${model}.kafka.Kafka`,
  KafkaConnect: `${model}.connect.KafkaConnect`,
  StrimziPodSet: `${model}.podset.StrimziPodSet`,
  KafkaTopic: `${model}.topic.KafkaTopic`,
  KafkaUser: `${model}.user.KafkaUser`,
  KafkaNodePool: `${model}.nodepool.KafkaNodePool`,
  KafkaBridge: `${model}.bridge.KafkaBridge`,
  KafkaConnector: `${model}.connector.KafkaConnector`,
  KafkaMirrorMaker2: `${model}.mirrormaker2.KafkaMirrorMaker2`,
  KafkaRebalance: `${model}.rebalance.KafkaRebalance`,
}
/** Gone in 0.46. */
const mirrorMaker = { KafkaMirrorMaker: `${model}.mirrormaker.KafkaMirrorMaker` }

/** A folder with KIND.yaml for each kind, or why there is none. */
export function strimziDefinitions(version: string): { at: string } | { missing: string } {
  const at = join(peersDir(), `strimzi-crds-${version}`)
  if (existsSync(at)) return { at }
  const java = javaCommand()
  if (java === null) return { missing: `no Java ${javaMin} or newer is installed (JAVA_HOME names one)` }
  if (spawnSync('mvn', ['-v'], { stdio: 'ignore' }).status !== 0) return { missing: 'mvn is not installed' }
  const draft = `${at}.draft-${process.pid}`
  mkdirSync(join(draft, 'lib'), { recursive: true })
  const failure = fetchJars(version, draft) ?? generate(java, version, draft)
  rmSync(join(draft, 'lib'), { recursive: true })
  if (failure === null) {
    renameSync(draft, at)
    return { at }
  }
  rmSync(draft, { recursive: true })
  return { missing: failure }
}

function javaCommand(): string | null {
  const home = process.env['JAVA_HOME']
  const places = [
    ...(home === undefined ? [] : [join(home, 'bin', 'java')]),
    'java',
    ...globSync('/usr/lib/jvm/*/bin/java'),
  ]
  return places.find((java) => majorOf(java) >= javaMin) ?? null
}

function majorOf(java: string): number {
  const said = spawnSync(java, ['-version'], { encoding: 'utf8' }).stderr ?? ''
  return Number(/version "(?:1\.)?(\d+)/.exec(said)?.[1] ?? 0)
}

function fetchJars(version: string, into: string): string | null {
  const dependencies = ['api', 'crd-generator'].map(
    (name) =>
      `<dependency><groupId>io.strimzi</groupId><artifactId>${name}</artifactId><version>${version}</version></dependency>`,
  )
  const pom = join(into, 'lib', 'pom.xml')
  writeFileSync(
    pom,
    `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>millrace</groupId><artifactId>peer</artifactId><version>1</version><packaging>pom</packaging><dependencies>${dependencies.join('')}</dependencies></project>`,
  )
  const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${join(into, 'lib')}`]
  const ran = spawnSync('mvn', ['-q', '-B', '-Dstyle.color=never', '-f', pom, ...goal], { encoding: 'utf8' })
  return ran.status === 0 ? null : `mvn could not fetch Strimzi ${version}: ${firstError(ran.stdout + ran.stderr)}`
}

function generate(java: string, version: string, into: string): string | null {
  const isOld = version.startsWith('0.')
  const api = isOld ? 'v1beta2' : 'v1'
  const jars = ['api', 'crd-generator'].map((name) => join(into, 'lib', `${name}-${version}.jar`)).join(':')
  const outputs = Object.entries(isOld ? { ...classes, ...mirrorMaker } : classes).map(
    ([kind, type]) => `${type}=${join(into, `${kind}.yaml`)}`,
  )
  const ran = spawnSync(
    java,
    [
      ...['-cp', jars, 'io.strimzi.crdgenerator.CrdGenerator', '--yaml'],
      ...['--label', 'app:strimzi', '--label', 'strimzi.io/crd-install:true'],
      ...['--target-kube', '1.16+', '--crd-api-version', 'v1', '--api-versions', api, '--storage-version', api],
      ...outputs,
    ],
    { encoding: 'utf8' },
  )
  return ran.status === 0 ? null : `Strimzi's generator failed: ${firstError(ran.stderr)}`
}

const firstError = (said: string): string =>
  said.split('\n').find((line) => /error|exception/i.test(line)) ?? said.slice(0, 200)
