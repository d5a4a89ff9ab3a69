import { type KafkaError, Producer, type ProducerRecord } from '../../client/index.ts'
import { producerOptions } from '../clients.ts'
import { lines } from '../world.ts'
import { type Call, type Command, Mistake } from './command.ts'
import { recordOfJson } from './record-json.ts'
import { count } from './table.ts'
import { pairs } from './topics.ts'

/** `millrace produce` */
export const produce: Command = {
  name: 'produce',
  summary: 'write records: the values given, or else the lines of standard input',
  args: 'TOPIC [VALUE...]',
  least: 1,
  most: Number.POSITIVE_INFINITY,
  completes: ['topic', []],
  flags: [
    { name: 'key', short: 'k', arg: 'KEY', help: 'the key of all of them' },
    { name: 'key-separator', short: 's', arg: 'TEXT', help: 'lines are KEY, this, VALUE (\\t is a tab)' },
    { name: 'header', short: 'H', arg: 'KEY=VALUE', help: 'a header of all of them', isRepeated: true },
    { name: 'partition', arg: 'N', help: 'into this one, whatever the key' },
    { name: 'json', help: 'lines are JSON: {"key": …, "value": …, "headers": {…}, "timestamp": …}' },
    {
      name: 'compression',
      short: 'z',
      arg: 'CODEC',
      help: 'of batches',
      choices: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
    },
    { name: 'acks', arg: 'N', help: 'whose word to wait for', choices: ['all', '1', '0'] },
    { name: 'quiet', short: 'q', help: 'do not say how many were written' },
  ],
  examples: [
    { line: 'millrace produce orders "first order"', what: 'one record' },
    { line: 'seq 1000 | millrace produce numbers', what: 'a record per line' },
    { line: "printf 'a:1\\nb:2\\n' | millrace produce orders -s :", what: 'with keys' },
    { line: 'millrace consume a --to-end --json | millrace produce b --json', what: 'copies a topic' },
  ],
  async run(call) {
    const { world } = call
    const config = await call.config()
    const flags = { compression: 'compression.type', acks: 'acks' }
    for (const [flag, name] of Object.entries(flags)) {
      const value = call.value(flag)
      if (value !== null) config.set(name, value)
    }
    if (!config.has('client.id')) config.set('client.id', 'millrace-produce')
    const recordOf = recordMaker(call)
    const producer = new Producer(world.env, producerOptions(config))
    let failure: KafkaError | null = null
    let written = 0
    const report = (error: KafkaError | null) => {
      if (error === null) written++
      else failure ??= error
    }
    const values = call.args.slice(1)
    const stopped = new Promise<IteratorResult<string, void>>((resolve) => {
      world.stop.addEventListener('abort', () => resolve({ value: undefined, done: true }), { once: true })
    })
    try {
      const input = values.length > 0 ? textsOf(values) : lines(world.stdin)
      if (values.length === 0 && world.isInteractive) {
        world.err(`Writing to ${call.args[0]}: a record per line, Ctrl-D ends.\n`)
      }
      while (failure === null) {
        const next = await Promise.race([input.next(), stopped])
        if (next.done) break
        if (!producer.post(recordOf(next.value), report)) await producer.ready()
      }
    } finally {
      await producer.close()
    }
    if (failure !== null) throw failure
    if (!call.has('quiet')) world.err(`Wrote ${count(written, 'record')} to ${call.args[0]}\n`)
    return 0
  },
}

async function* textsOf(values: readonly string[]): AsyncGenerator<string, void, void> {
  yield* values
}

/** Makes a record of a line or an argument. */
function recordMaker(call: Call): (text: string) => ProducerRecord {
  const [topic] = call.args as [string]
  const partition = call.number('partition') ?? undefined
  const headers = Object.entries(pairs(call.values('header')))
  const key = call.value('key')
  const separator = call.value('key-separator')?.replaceAll('\\t', '\t') ?? null
  if (separator === '') throw new Mistake('--key-separator wants a text')
  const common = { topic, partition, ...(headers.length > 0 ? { headers } : {}) }
  if (call.isJson) return (text) => ({ ...common, ...defined({ key }), ...recordOfJson(text, topic) })
  return (text) => {
    if (separator === null) return { ...common, key, value: text }
    const at = text.indexOf(separator)
    if (at < 0) throw new Mistake(`there is no ${JSON.stringify(separator)} in the line ${JSON.stringify(text)}`)
    return { ...common, key: text.slice(0, at), value: text.slice(at + separator.length) }
  }
}

function defined({ key }: { key: string | null }): { key?: string } {
  return key === null ? {} : { key }
}
