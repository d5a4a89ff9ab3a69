/** Apache Kafka's own performance clients, run with the JVM flags its scripts give them. */
import { javaCommand, type Layout, mains } from '../../scripts/apache-kafka.ts'
import { apacheJvmFlags, run } from './brokers.ts'

const tool = { heap: '512M', jvm: apacheJvmFlags } as const

export interface Produced {
  readonly mbPerSecond: number
  readonly recordsPerSecond: number
  readonly p99Ms: number
}

export async function producerPerformance(
  layout: Layout,
  ask: {
    bootstrap: string
    topic: string
    records: number
    recordBytes: number
    acks: '1' | 'all'
    /** Records per second; -1 = as many as go. */
    throughput?: number
  },
): Promise<Produced> {
  const properties = [`bootstrap.servers=${ask.bootstrap}`, `acks=${ask.acks}`, 'batch.size=65536', 'linger.ms=5']
  const said = await run(
    javaCommand(
      layout,
      mains.get('kafka-producer-perf-test')!,
      [
        ...['--topic', ask.topic, '--num-records', `${ask.records}`, '--record-size', `${ask.recordBytes}`],
        ...['--throughput', `${ask.throughput ?? -1}`, '--command-property', ...properties],
      ],
      tool,
    ),
  )
  const total =
    said
      .trim()
      .split('\n')
      .findLast((line) => line.includes('99.9th')) ?? ''
  const found = /([\d.]+) records\/sec \(([\d.]+) MB\/sec\).* (\d+) ms 99th/.exec(total)
  if (found === null || !said.includes(`${ask.records} records sent`))
    throw new Error(`ProducerPerformance said:\n${said}`)
  return { recordsPerSecond: Number(found[1]), mbPerSecond: Number(found[2]), p99Ms: Number(found[3]) }
}

/** MB/s while fetching, without the time to join the group. */
export async function consumerPerformance(
  layout: Layout,
  ask: { bootstrap: string; topic: string; records: number },
): Promise<{ mbPerSecond: number }> {
  const said = await run(
    javaCommand(
      layout,
      mains.get('kafka-consumer-perf-test')!,
      [
        ...['--bootstrap-server', ask.bootstrap, '--topic', ask.topic],
        ...['--num-records', `${ask.records}`, '--timeout', '60000'],
      ],
      tool,
    ),
  )
  const columns = said.trim().split('\n').at(-1)!.split(', ')
  if (columns.length !== 10 || Number(columns[4]) < ask.records) throw new Error(`ConsumerPerformance said:\n${said}`)
  return { mbPerSecond: Number(columns[8]) }
}

/** One record at a time, acks=all, from the send to its receipt by a consumer. */
export async function endToEndLatency(
  layout: Layout,
  ask: { bootstrap: string; topic: string; records: number; recordBytes: number },
): Promise<{ averageMs: number; p99Ms: number }> {
  const said = await run(
    javaCommand(
      layout,
      mains.get('kafka-e2e-latency')!,
      [
        ...['--bootstrap-server', ask.bootstrap, '--topic', ask.topic, '--num-records', `${ask.records}`],
        ...['--producer-acks', 'all', '--record-size', `${ask.recordBytes}`],
      ],
      tool,
    ),
  )
  const average = /Avg latency: ([\d.]+) ms/.exec(said)
  const p99 = /99th = (\d+)/.exec(said)
  if (average === null || p99 === null) throw new Error(`EndToEndLatency said:\n${said}`)
  return { averageMs: Number(average[1]), p99Ms: Number(p99[1]) }
}
