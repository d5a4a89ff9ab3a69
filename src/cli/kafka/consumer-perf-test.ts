import { Consumer, isKafkaError } from '../../client/index.ts'
import { apacheText } from '../apache-texts.ts'
import { consumerOptions } from '../clients.ts'
import { type JavaConfig, loadProperties, parsePairs } from '../java-config.ts'
import { dateFormat } from '../java-date.ts'
import { checkExactlyOne, checkRequired, isJoptError, type OptionSpec, type Options, usage } from '../jopt.ts'
import { joptTool, type Tool } from '../tool.ts'
import { type CliWorld, isToolFailure } from '../world.ts'

function options(group: string): OptionSpec[] {
  return [
    {
      name: 'bootstrap-server',
      arg: { type: 'String', what: 'server to connect to' },
      help: 'REQUIRED: brokers to begin with, as host:port.',
    },
    { name: 'topic', arg: { type: 'String', what: 'topic' }, help: 'The topic to read.' },
    {
      name: 'include',
      arg: { type: 'String', what: 'Java regex (String)' },
      help: 'Read all topics whose names this regular expression matches.',
    },
    {
      name: 'group',
      arg: { type: 'String', what: 'gid', default: group },
      help: 'The group in which to read.',
    },
    {
      name: 'fetch-size',
      arg: { type: 'Integer', what: 'size', default: '1048576' },
      help: 'The most that one request fetches of a partition.',
    },
    {
      name: 'command-property',
      arg: { type: 'String', what: 'prop1=val1' },
      help: 'A property of the consumer; wins over those of --command-config.',
    },
    {
      name: 'from-latest',
      help: 'Where the group has no offset yet, begin with what comes now instead of what is there.',
    },
    {
      name: 'socket-buffer-size',
      arg: { type: 'Integer', what: 'size', default: '2097152' },
      help: 'What the system buffers of a connection; left to the system here.',
    },
    {
      name: 'consumer.config',
      arg: { type: 'String', what: 'config file' },
      help: '(DEPRECATED) What --command-config is now.',
    },
    {
      name: 'command-config',
      arg: { type: 'String', what: 'config file' },
      help: 'A file of properties for the consumer.',
    },
    { name: 'print-metrics', help: "Print the client's metrics at the end." },
    { name: 'show-detailed-stats', help: 'Say how it goes each --reporting-interval.' },
    {
      name: 'timeout',
      arg: { type: 'Long', what: 'milliseconds', isOptional: true, default: '10000' },
      help: 'Give up when nothing came for so long.',
    },
    { name: 'num-records', arg: { type: 'Long', what: 'count' }, help: 'REQUIRED: how many records to read.' },
    { name: 'messages', arg: { type: 'Long', what: 'count' }, help: '(DEPRECATED) What --num-records is now.' },
    {
      name: 'reporting-interval',
      arg: { type: 'Long', what: 'interval_ms', default: '5000' },
      help: 'How often to say how it goes, in milliseconds.',
    },
    {
      name: 'date-format',
      arg: { type: 'String', what: 'date format', default: 'yyyy-MM-dd HH:mm:ss:SSS' },
      help: 'How times are written, as a pattern of SimpleDateFormat; they are in UTC.',
    },
    { name: 'hide-header', help: 'Print no names of the columns.' },
  ]
}

/** kafka-consumer-perf-test.sh */
export const consumerPerfTest: Tool = (args, world) => {
  const tool = joptTool({
    purpose: 'This tool is used to verify the consumer performance.',
    options: options(`perf-consumer-${world.env.random.below(100_000)}`),
    async run(o) {
      check(o, world)
      const config = await configOf(o, world)
      if (o.has('print-metrics')) world.err('--print-metrics: this consumer keeps no metrics yet.\n')
      world.out(o.has('hide-header') ? '' : header(o.has('show-detailed-stats')))
      try {
        await measure(o, config, world)
        return 0
      } catch (thrown) {
        if (!isKafkaError(thrown) && !isToolFailure(thrown) && !isJoptError(thrown)) throw thrown
        world.err(`${isKafkaError(thrown) ? apacheText(thrown) : thrown.message}\n`)
        return 1
      }
    },
  })
  return tool(args, world)
}

function check(o: Options, world: CliWorld): void {
  checkRequired(o, 'bootstrap-server')
  checkExactlyOne(o, 'topic', 'include')
  checkExactlyOne(o, 'messages', 'num-records')
  if (o.has('command-config') && o.has('consumer.config')) {
    throw usage('Option "[command-config]" can\'t be used with option "[consumer.config]"')
  }
  if (o.has('messages')) world.out('Warning: --messages is deprecated. Use --num-records instead.\n')
  if (o.has('consumer.config')) world.out('Warning: --consumer.config is deprecated. Use --command-config instead.\n')
}

async function configOf(o: Options, world: CliWorld): Promise<JavaConfig> {
  const path = o.value('command-config') ?? o.value('consumer.config')
  const config: JavaConfig = path === null ? new Map() : await loadProperties(world, path)
  for (const [key, value] of parsePairs(o.values('command-property'))) config.set(key, value)
  config.set('bootstrap.servers', o.required('bootstrap-server'))
  config.set('group.id', o.required('group'))
  config.set('max.partition.fetch.bytes', o.required('fetch-size'))
  config.set('auto.offset.reset', o.has('from-latest') ? 'latest' : 'earliest')
  config.set('check.crcs', 'false')
  if (!config.has('client.id')) config.set('client.id', 'perf-consumer-client')
  return config
}

function header(isDetailed: boolean): string {
  const times = isDetailed ? 'time, threadId' : 'start.time, end.time'
  return `${times}, data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, nMsg.sec, rebalance.time.ms, fetch.time.ms, fetch.MB.sec, fetch.nMsg.sec\n`
}

const megabytes = (bytes: number): number => bytes / (1024 * 1024)
const fixed = (value: number): string => value.toFixed(4)

async function measure(o: Options, config: JavaConfig, world: CliWorld): Promise<void> {
  const most = (o.integer('num-records') ?? o.integer('messages'))!
  const timeoutMs = o.integer('timeout')!
  const intervalMs = o.integer('reporting-interval')!
  const isDetailed = o.has('show-detailed-stats')
  const format = dateFormat(o.required('date-format'))
  const { clock } = world.env
  const startMs = clock.wallMs()
  const joining = { sinceMs: startMs, totalMs: 0, roundMs: 0 }
  const consumer = new Consumer(world.env, consumerOptions(config))
  let count = 0
  let bytes = 0
  let endMs = startMs
  try {
    consumer.subscribe(o.has('topic') ? [o.required('topic')] : new RegExp(`^(?:${o.required('include')})$`), {
      revoked: () => void (joining.sinceMs = clock.wallMs()),
      assigned: () => {
        const tookMs = clock.wallMs() - joining.sinceMs
        joining.totalMs += tookMs
        joining.roundMs += tookMs
      },
    })
    let nowMs = clock.wallMs()
    let lastMs = nowMs
    let reported = { atMs: nowMs, count: 0, bytes: 0 }
    while (count < most && nowMs - lastMs <= timeoutMs) {
      const records = await consumer.poll({ timeoutMs: 100, signal: world.stop })
      nowMs = clock.wallMs()
      if (records.length === 0) continue
      lastMs = nowMs
      count += records.length
      for (const { key, value } of records) bytes += (key?.length ?? 0) + (value?.length ?? 0)
      if (nowMs - reported.atMs < intervalMs) continue
      if (isDetailed) {
        const tookMs = nowMs - reported.atMs
        const fetchMs = tookMs - joining.roundMs
        const [mb, n] = [megabytes(bytes - reported.bytes), count - reported.count]
        const perFetch = (value: number) => (fetchMs <= 0 ? 0 : (1000 * value) / fetchMs)
        world.out(
          `${format(nowMs)}, 0, ${fixed(megabytes(bytes))}, ${fixed((1000 * mb) / tookMs)}, ${count}, ` +
            `${fixed((1000 * n) / tookMs)}, ${joining.roundMs}, ${fetchMs}, ${fixed(perFetch(mb))}, ${fixed(perFetch(n))}\n`,
        )
      }
      joining.roundMs = 0
      reported = { atMs: nowMs, count, bytes }
    }
    endMs = clock.wallMs()
  } finally {
    await consumer.close()
  }
  if (count < most) {
    world.out(
      `WARNING: Exiting before consuming the expected number of records: timeout (${timeoutMs} ms) exceeded. You can use the --timeout option to increase the timeout.\n`,
    )
  }
  if (isDetailed) return
  const seconds = (endMs - startMs) / 1000
  const fetchMs = endMs - startMs - joining.totalMs
  const mb = megabytes(bytes)
  world.out(
    `${format(startMs)}, ${format(endMs)}, ${fixed(mb)}, ${fixed(mb / seconds)}, ${count}, ${fixed(count / seconds)}, ` +
      `${joining.totalMs}, ${fetchMs}, ${fixed(mb / (fetchMs / 1000))}, ${fixed(count / (fetchMs / 1000))}\n`,
  )
}
