import { homedir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { type ParseArgsConfig, parseArgs, styleText } from 'node:util'
import { nearestName } from '../bytes/index.ts'
import { brokerConfigOf, type ParsedConfig, unknownBrokerKey } from '../config/index.ts'
import { descriptorSink, lineLogger, nodeEnv } from '../env/node/index.ts'
import { type ClusterAsk, keptIn, type UpCluster, upCluster } from './cluster/index.ts'
import type { UpResources } from './control-plane/up.ts'
import { inWords, whyBusy, whyNotUsable } from './data-directory.ts'
import { runNode, type StartFailure, useConfig } from './run-node.ts'

const help = `millrace up: Kafka on this machine, one node or a cluster, until Ctrl-C

  millrace up                        localhost:9092, data in ~/.millrace/data (or below MILLRACE_HOME)
  millrace up --port 19092           another port
  millrace up --data ./kafka-data    another directory; it is made and formatted when it is empty
  millrace up --config auto.create.topics.enable=false --config num.partitions=3
  millrace up --verbose              the broker's log lines, too
  millrace up --brokers 3            three nodes, each broker and controller: localhost:9092, 9093, 9094
  millrace up --brokers 3 --controllers 3   six nodes; data in ~/.millrace/cluster
  millrace up -f kafka.yaml          what Kafka, KafkaTopic and other resources say, on a Kubernetes API of its own
  millrace up -f DIR --detach --wait=60     in the background; returns when all of it is ready

Options
  --brokers N        processes that are brokers; the first three are controllers, too, without --controllers
  --controllers N    processes that are controllers alone
  --port N           port for clients on localhost (9092); of further brokers: the next ones
  --data DIR         where records are kept; a cluster that is there already goes on
  --config KEY=VALUE any broker configuration of Apache Kafka 4.3; may be repeated
  --verbose          print what the broker logs
  --filename, -f F   YAML files or directories of them; may be repeated. MILLRACE_HOME is where all of it lives
  --detach           with -f: the control plane goes on when this command has ended; \`millrace down\` stops it
  --wait[=SECONDS]   with -f: how long to wait until all is ready (300)
  --help, -h         this
`

/** More processes than that are a mistake on one machine. */
const NODES_MAX = 50

interface UpOptions {
  readonly port: number
  readonly directory: string
  readonly configs: ReadonlyMap<string, string>
  readonly isVerbose: boolean
  /** null: one node. */
  readonly cluster: UpCluster | null
  /** null: no control plane. */
  readonly resources: UpResources | null
}

/** Said wrongly: the message, where to read on, and exit code 2. */
class Mistake extends Error {}

function parse(args: readonly string[]): UpOptions | null {
  const values = valuesOf(args)
  if (values.help) return null
  const firstPort = numberOf('--port', values.port, 0, 65_535)
  if (values.data === '') throw new Mistake('--data wants DIR')
  const configs = configsOf(values.config)
  const ask = clusterAsk(values)
  const place = (name: string) =>
    resolve(values.data ?? join(process.env['MILLRACE_HOME'] || join(homedir(), '.millrace'), name))
  const isCluster = ask !== null || (values.brokers === undefined && keptIn(place('data')) !== null)
  const directory = place(ask === null ? 'data' : 'cluster')
  if (isCluster && values.verbose) {
    throw new Mistake(`--verbose is for one node; those of a cluster log to ${directory}/node-N/server.log`)
  }
  const command = commandName()
  const cluster = isCluster ? { directory, ask, firstPort, configs, command } : null
  const resources = resourcesAsk(values, command)
  return { port: firstPort ?? 9092, directory, configs, isVerbose: values.verbose, cluster, resources }
}

const WAIT_SECONDS = 300

function resourcesAsk(values: ReturnType<typeof valuesOf>, command: string): UpResources | null {
  const { filename: files, detach: isDetached, wait } = values
  if (files.length === 0) {
    const alone = isDetached ? '--detach' : wait === undefined ? null : '--wait'
    if (alone !== null) throw new Mistake(`${alone} goes with -f FILE`)
    return null
  }
  const other = (['brokers', 'controllers', 'port', 'data'] as const).find((name) => values[name] !== undefined)
  if (other !== undefined) throw new Mistake(`--${other} does not go with -f: the resources say it`)
  if (values.config.length > 0) throw new Mistake('--config does not go with -f: spec.kafka.config says it')
  const waitSeconds = numberOf('--wait', wait, 1, 86_400) ?? WAIT_SECONDS
  return { files, isDetached, waitSeconds, command }
}

/** null: one node, or what a directory holds. */
function clusterAsk({ brokers, controllers }: { brokers?: string; controllers?: string }): ClusterAsk | null {
  const ask = {
    brokers: numberOf('--brokers', brokers, 1, NODES_MAX) ?? 1,
    controllers: numberOf('--controllers', controllers, 1, NODES_MAX),
  }
  return ask.brokers === 1 && ask.controllers === null ? null : ask
}

function numberOf(flag: string, text: string | undefined, least: number, most: number): number | null {
  if (text === undefined) return null
  if (!/^\d+$/.test(text) || Number(text) < least || Number(text) > most) {
    throw new Mistake(`${flag} is a number from ${least} to ${most}, not ${text === '' ? 'nothing' : text}`)
  }
  return Number(text)
}

const flags = {
  brokers: { type: 'string' },
  controllers: { type: 'string' },
  port: { type: 'string' },
  data: { type: 'string' },
  config: { type: 'string', multiple: true, default: [] },
  verbose: { type: 'boolean', default: false },
  filename: { type: 'string', short: 'f', multiple: true, default: [] },
  detach: { type: 'boolean', default: false },
  wait: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} satisfies ParseArgsConfig['options']

function valuesOf(args: readonly string[]) {
  try {
    return parseArgs({
      // its number may be left out
      args: args.map((word) => (word === '--wait' ? `--wait=${WAIT_SECONDS}` : word)),
      options: flags,
    }).values
  } catch (thrown) {
    throw new Mistake(wordsFor((thrown as Error).message))
  }
}

/** What Node's parser says, in the words of the other verbs. */
function wordsFor(message: string): string {
  const option = /'(--?[\w-]*)/.exec(message)?.[1] ?? ''
  if (message.startsWith('Unknown option')) {
    const near = nearestName(option, Object.keys(flags))
    return `there is no ${option}${near === null ? '' : `; did you mean --${near}?`}`
  }
  const wanted: Readonly<Record<string, string>> = {
    ...{ '--port': 'N', '--data': 'DIR', '--config': 'KEY=VALUE', '--brokers': 'N', '--controllers': 'N' },
    ...{ '--filename': 'FILE', '-f': 'FILE' },
  }
  if (wanted[option] !== undefined) return `${option} wants ${wanted[option]}`
  const argument = /^Unexpected argument '(.*?)'\. /s.exec(message)?.[1]
  return argument === undefined ? message.split('\n')[0]! : `takes no ${argument}`
}

function upConfig({ port, directory, configs }: UpOptions): Map<string, string> {
  return new Map(
    Object.entries({
      'process.roles': 'broker,controller',
      'node.id': '1',
      listeners: `PLAINTEXT://localhost:${port},CONTROLLER://localhost:0`,
      'advertised.listeners': `PLAINTEXT://localhost:${port}`,
      'controller.listener.names': 'CONTROLLER',
      'controller.quorum.bootstrap.servers': 'localhost:9093',
      'log.dirs': directory,
      'millrace.auto.format': 'true',
      'offsets.topic.replication.factor': '1',
      'transaction.state.log.replication.factor': '1',
      'transaction.state.log.min.isr': '1',
      'share.coordinator.state.topic.replication.factor': '1',
      'share.coordinator.state.topic.min.isr': '1',
      // a first consumer of a group reads at once
      'group.initial.rebalance.delay.ms': '0',
      ...Object.fromEntries(configs),
    }),
  )
}

function configsOf(texts: readonly string[]): Map<string, string> {
  const configs = new Map<string, string>()
  for (const text of texts) {
    const at = text.indexOf('=')
    if (at < 1) throw new Mistake(`--config wants KEY=VALUE, not ${text === '' ? 'nothing' : text}`)
    configs.set(text.slice(0, at), text.slice(at + 1))
  }
  return configs
}

/** Before all that is missing beside such a listener. */
function checkListeners(text: string | undefined): void {
  const secure = /(?:^|,)\s*(?:SSL|SASL_SSL|SASL_PLAINTEXT):\/\//i.exec(text ?? '')
  if (secure !== null) throw new Mistake(`listeners=${text}: TLS and SASL are not built in Millrace yet; use PLAINTEXT`)
}

/** Runs until a signal; resolves with the exit code: 1 when it cannot run, 2 when it was said wrongly. */
export async function up(args: readonly string[]): Promise<number> {
  let options: UpOptions | null
  let parsed: ParsedConfig
  try {
    options = parse(args)
    if (options === null) {
      process.stdout.write(help)
      return 0
    }
    checkListeners(options.configs.get('listeners'))
    parsed = brokerConfigOf(upConfig(options))
    const [wrong] = parsed.errors
    if (wrong !== undefined) throw new Mistake(wrong.message)
    const [unknown] = parsed.unknown
    if (unknown !== undefined) throw new Mistake(unknownBrokerKey(unknown))
  } catch (thrown) {
    if (!(thrown instanceof Mistake)) throw thrown
    process.stderr.write(`millrace up: ${thrown.message}\nSee: millrace up --help\n`)
    return 2
  }
  const { directory, port, isVerbose, cluster, resources } = options
  if (resources !== null) {
    const { upResources } = await import('./control-plane/up.ts')
    return upResources(resources)
  }
  if (cluster !== null) return upCluster(cluster)
  const config = useConfig(parsed)
  const env = nodeEnv({
    logger: lineLogger({ level: isVerbose ? 'info' : 'warn', sink: descriptorSink(2), wallMs: () => Date.now() }),
  })
  const refuse = (why: string): number => {
    process.stderr.write(`millrace up: ${why}\n`)
    return 1
  }
  const directories = [...config.logDirectories]
  for (const path of directories) {
    const why = whyNotUsable(path) ?? (await whyBusy(env.disk, path))
    if (why === null) continue
    env.close()
    return refuse(why)
  }
  // A person who waits is told for what: a large log is looked through after a crash.
  const slow = setTimeout(() => {
    if (process.stdout.isTTY) process.stdout.write(`Reading what is in ${directory} …\n`)
  }, 1000)
  try {
    const { node, stopped } = await runNode(config, env)
    clearTimeout(slow)
    const listener = node.listeners.find((l) => l.kind === 'broker')!
    announce(`localhost:${listener.port}`, directories.join(', '), config.millraceFlush)
    const code = await stopped
    if (process.stdout.isTTY) process.stdout.write('Stopped. Your records are kept.\n')
    return code
  } catch (thrown) {
    clearTimeout(slow)
    return refuse(whyNotStarted(thrown as StartFailure, port, directory))
  }
}

function whyNotStarted(failure: StartFailure, port: number, directory: string): string {
  if (failure.code === 'EADDRINUSE' || /port is in use/.test(failure.message)) {
    return `port ${port} is in use by another program: stop that one, or use --port N`
  }
  if (failure.code === 'EACCES' && /cannot listen/.test(failure.message)) {
    return `port ${port} is not for this user: use --port N, above 1023`
  }
  const words = inWords(failure)
  return words === failure.message ? words : `${directory}: ${words} (${failure.message})`
}

/** How the person who reads it calls this program. */
function commandName(): string {
  // bin/millrace says how it was called; an installed package is called through npx
  const command = process.env['MILLRACE_COMMAND']
  if (command === undefined) return 'npx millrace'
  const path = relative(process.cwd(), command)
  return path.startsWith('..') ? command : path
}

function announce(bootstrap: string, directory: string, flush: string): void {
  const bold = (text: string) => (process.stdout.isTTY ? styleText('bold', text) : text)
  const durable =
    flush === 'sync' ? 'acks=all is answered when it is on disk' : 'acks=all is answered from the page cache'
  const command = commandName()
  const where = bootstrap === 'localhost:9092' ? '' : ` -b ${bootstrap}`
  process.stdout.write(
    [
      `Kafka is up on ${bold(bootstrap)}; Ctrl-C stops it`,
      `Data: ${directory} (${durable})`,
      `Try, in another terminal:`,
      `  ${bold(`${command} produce hello 'first message'${where}`)}`,
      `  ${bold(`${command} consume hello --from beginning${where}`)}`,
      `Or any Kafka client with bootstrap.servers=${bootstrap}; Apache Kafka's own tools: bin/kafka-topics.sh and the others`,
      '',
    ].join('\n'),
  )
}
