import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs, styleText } from 'node:util'
import { brokerConfigOf } from '../config/index.ts'
import { descriptorSink, lineLogger, nodeEnv } from '../env/node/index.ts'
import { runNode, useConfig } from './run-node.ts'

const help = `millrace up: Kafka on this machine, one node, until Ctrl-C

  millrace up                        localhost:9092, data in ~/.millrace/data
  millrace up --port 19092           another port
  millrace up --data ./kafka-data    another directory; it is made and formatted when it is empty
  millrace up --config auto.create.topics.enable=false --config num.partitions=3
  millrace up --verbose              the broker's log lines, too

Options
  --port N           port for clients on localhost (9092)
  --data DIR         where records are kept
  --config KEY=VALUE any broker configuration of Apache Kafka 4.3; may be repeated
  --verbose          print what the broker logs
  --help
`

interface UpOptions {
  readonly port: number
  readonly directory: string
  readonly configs: readonly string[]
  readonly isVerbose: boolean
}

function parse(args: readonly string[]): UpOptions | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: 'string', default: '9092' },
      data: { type: 'string', default: join(homedir(), '.millrace', 'data') },
      config: { type: 'string', multiple: true, default: [] },
      verbose: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return null
  const port = Number(values.port)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error(`--port must be a number from 0 to 65535, not ${values.port}`)
  }
  return { port, directory: resolve(values.data), configs: values.config, isVerbose: values.verbose }
}

function upConfig({ port, directory, configs }: UpOptions): Map<string, string> {
  const given = new Map(
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
    }),
  )
  for (const text of configs) {
    const at = text.indexOf('=')
    if (at < 1) throw new Error(`--config wants KEY=VALUE, not ${text}`)
    given.set(text.slice(0, at), text.slice(at + 1))
  }
  return given
}

/** Runs until a signal; resolves with the exit code. */
export async function up(args: readonly string[]): Promise<number> {
  let options: UpOptions | null
  try {
    options = parse(args)
  } catch (thrown) {
    process.stderr.write(`millrace up: ${(thrown as Error).message}\nSee: millrace up --help\n`)
    return 1
  }
  if (options === null) {
    process.stdout.write(help)
    return 0
  }
  const config = useConfig(brokerConfigOf(upConfig(options)))
  const logger = lineLogger({
    level: options.isVerbose ? 'info' : 'warn',
    sink: descriptorSink(2),
    wallMs: () => Date.now(),
  })
  try {
    const { node, stopped } = await runNode(config, nodeEnv({ logger }))
    const listener = node.listeners.find((l) => l.kind === 'broker')!
    announce(`localhost:${listener.port}`, options.directory, config.millraceFlush)
    const code = await stopped
    if (process.stdout.isTTY) process.stdout.write('Stopped. Your records are kept.\n')
    return code
  } catch (thrown) {
    process.stderr.write(`millrace up: ${(thrown as Error).message}\n`)
    return 1
  }
}

function announce(bootstrap: string, directory: string, flush: string): void {
  const bold = (text: string) => (process.stdout.isTTY ? styleText('bold', text) : text)
  const durable =
    flush === 'sync' ? 'acks=all is answered when it is on disk' : 'acks=all is answered from the page cache'
  process.stdout.write(
    [
      `Kafka is up on ${bold(bootstrap)}`,
      `Data: ${directory} (${durable})`,
      `Try:  bin/millrace produce hello 'first message' && bin/millrace consume hello --from beginning --count 1`,
      `Or any Kafka client with bootstrap.servers=${bootstrap}; the kafka-*.sh tools are in bin/. Ctrl-C stops it.`,
      '',
    ].join('\n'),
  )
}
