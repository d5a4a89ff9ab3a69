import { Producer } from '../../client/index.ts'
import {
  clientOptions,
  clientWorld,
  type Environment,
  exampleLog,
  isAbort,
  settings,
  untilStopped,
} from './hello-world.ts'

const lineOfSending = 18

/** `strimzici/hello-world-producer`: a numbered message each DELAY_MS. Answers the exit code. */
export async function helloWorldProducer(env: Environment): Promise<number> {
  const log = exampleLog('KafkaProducerExample', env)
  const signal = untilStopped()
  try {
    const { wanted, number } = settings(env)
    const topic = wanted('TOPIC')
    const delayMs = number('DELAY_MS', 1000)
    const count = number('MESSAGE_COUNT', 10)
    const text = env['MESSAGE'] ?? 'Hello world'
    const acks = { 0: 0, 1: 1, all: 'all', '-1': 'all' } as const
    const wantedAcks = acks[(env['PRODUCER_ACKS'] ?? 'all') as 'all']
    await using producer = new Producer(clientWorld(), {
      ...clientOptions(env),
      clientId: 'producer-1',
      acks: wantedAcks,
      idempotent: wantedAcks === 'all',
    })
    // each message to the next partition, as the producer of the documents' time did
    const partitions = (await producer.partitionsFor(topic, { signal })).length
    for (let i = 0; i < count && !signal.aborted; i++) {
      log(lineOfSending, `Sending messages "${text} - ${i}"`)
      await producer.send({ topic, partition: i % partitions, value: `${text} - ${i}` }, { signal })
      await pause(delayMs, signal)
    }
    return 0
  } catch (thrown) {
    if (isAbort(signal, thrown)) return 0
    log(1, (thrown as Error).message, 'ERROR')
    return 1
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
