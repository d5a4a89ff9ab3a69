import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** `millrace 0.1.0, as Apache Kafka 4.3`: from the package.json beside the bundle, or above the sources. */
export function versionLine(): string {
  const paths = ['../package.json', '../../package.json'].map((path) => fileURLToPath(new URL(path, import.meta.url)))
  const path = paths.find((candidate) => existsSync(candidate))
  const { version } = path === undefined ? { version: '?' } : JSON.parse(readFileSync(path, 'utf8'))
  return `millrace ${version}, as Apache Kafka 4.3; Node ${process.versions.node}\n`
}
