import { nearestName } from '../bytes/index.ts'
import type { StartKafkaOptions, TopicOptions } from './start-kafka.ts'

/** More would be a mistake in one process. */
const BROKERS_MAX = 20

const known = {
  brokers: true,
  port: true,
  topics: true,
  config: true,
  storage: true,
  logger: true,
} as const satisfies { [K in keyof StartKafkaOptions]-?: true }

const knownOfTopic = { name: true, partitions: true, replicas: true, config: true } as const satisfies {
  [K in keyof TopicOptions]-?: true
}

/** Throws a TypeError that names the option and what was probably meant: a caller in plain JavaScript may give anything. */
export function checkOptions(options: StartKafkaOptions): void {
  const given = objectOf('options', "an object such as { topics: ['orders'] }", options)
  namesOf(given, known, 'an option of startKafka')
  const { brokers, port, topics, config, storage, logger } = given
  checkNumber('brokers', brokers, 1, BROKERS_MAX)
  checkNumber('port', port, 0, 65_535)
  if (topics !== undefined) {
    if (!Array.isArray(topics)) throw wrong('topics', "a list such as ['orders']", topics)
    for (const topic of topics) checkTopic(topic)
  }
  if (config !== undefined) checkConfig('config', config)
  if (storage !== undefined) checkStorage(storage)
  if (logger !== undefined) objectOf('logger', 'a logger with debug, info, warn and error', logger)
}

function checkNumber(what: string, value: unknown, least: number, most: number): void {
  const isFine = value === undefined || (Number.isInteger(value) && Number(value) >= least && Number(value) <= most)
  if (!isFine) throw wrong(what, `a number from ${least} to ${most}`, value)
}

function checkTopic(topic: unknown): void {
  if (typeof topic === 'string') return
  const given = objectOf('a topic', 'a name or { name, partitions, replicas, config }', topic)
  namesOf(given, knownOfTopic, 'an option of a topic')
  const { name, config } = given
  if (typeof name !== 'string') throw wrong('name of a topic', 'a text', name)
  for (const count of ['partitions', 'replicas']) {
    const value = given[count]
    if (value !== undefined && !Number.isInteger(value)) throw wrong(`${count} of topic ${name}`, 'a number', value)
  }
  if (config !== undefined) checkConfig(`config of topic ${name}`, config)
}

function checkConfig(what: string, config: unknown): void {
  const given = objectOf(what, "an object such as { 'retention.ms': '60000' }", config)
  for (const [key, value] of Object.entries(given)) {
    if (typeof value !== 'string') throw wrong(`${key} in ${what}`, `a text, such as '${String(value)}'`, value)
  }
}

function checkStorage(storage: unknown): void {
  if (storage === 'memory' || storage === 'temporary') return
  const { directory, ...more } = Object.assign(Object.create(null), storage) as Record<string, unknown>
  if (typeof storage !== 'object' || Object.keys(more).length > 0 || typeof directory !== 'string' || !directory) {
    throw wrong('storage', "'memory', 'temporary' or { directory }", storage)
  }
}

function namesOf(given: object, table: object, what: string): void {
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(table, name)) continue
    const near = nearestName(name, Object.keys(table))
    const hint = near === null ? `it has ${Object.keys(table).join(', ')}` : `did you mean ${near}?`
    throw new TypeError(`startKafka: ${name} is not ${what}; ${hint}`)
  }
}

function objectOf(what: string, wanted: string, given: unknown): Record<string, unknown> {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw wrong(what, wanted, given)
  return given as Record<string, unknown>
}

function wrong(what: string, wanted: string, given: unknown): TypeError {
  const isObject = typeof given === 'object' && given !== null && !Array.isArray(given)
  const shown = isObject
    ? `{ ${Object.keys(given).join(', ')} }`
    : typeof given === 'string'
      ? `'${given}'`
      : String(given)
  return new TypeError(`startKafka: ${what} is ${wanted}, not ${shown}`)
}
