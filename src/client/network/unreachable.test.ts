import assert from 'node:assert/strict'
import net from 'node:net'
import { after, test } from 'node:test'
import { nodeEnv } from '../../env/node/index.ts'
import { isKafkaError, type KafkaError } from '../errors.ts'
import { Kafka } from '../node.ts'

const servers: net.Server[] = []
const env = nodeEnv({ logLevel: 'off' })
after(() => {
  for (const server of servers) server.close()
  env.close()
})

/** A port that speaks something else; `greet` says what. */
async function port(greet: (socket: net.Socket) => void): Promise<string> {
  const server = net.createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => greet(socket))
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `127.0.0.1:${(server.address() as net.AddressInfo).port}`
}

/** A port that nobody listens on. */
async function deaf(): Promise<string> {
  const at = await port(() => {})
  await new Promise((resolve) => servers.pop()!.close(resolve))
  return at
}

async function errorOf(work: Promise<unknown>): Promise<KafkaError> {
  const error = await work.then(
    () => assert.fail('it was answered'),
    (thrown: unknown) => thrown,
  )
  assert.ok(isKafkaError(error), String(error))
  return error
}

const quick = { apiTimeoutMs: 800, retryBackoffMs: 10, requestTimeoutMs: 300, connectTimeoutMs: 300, env }

/** Every call that waits for a broker, and the error that ends its wait. */
async function errors(bootstrapServers: string): Promise<Record<string, KafkaError>> {
  const kafka = new Kafka({ bootstrapServers, ...quick })
  await using producer = kafka.producer({ maxBlockMs: 800, deliveryTimeoutMs: 800 })
  await using consumer = kafka.consumer({ groupId: 'g', topics: ['t'] })
  await using assigned = kafka.consumer()
  assigned.assign([{ topic: 't', partition: 0 }])
  await using admin = kafka.admin()
  const record = { topic: 't', value: 'x' }
  const first = async () => {
    for await (const record of consumer) return record
  }
  const batch = async () => {
    for await (const batch of assigned.batches()) return batch
  }
  const [send, sendAll, iterate, batches, list, create, offsets] = await Promise.all([
    errorOf(producer.send(record)),
    errorOf(producer.sendAll([record, record])),
    errorOf(first()),
    errorOf(batch()),
    errorOf(admin.listTopics()),
    admin.createTopics([{ name: 't' }]).then((topics) => topics.get('t')!.error!),
    errorOf(consumer.beginningOffsets([{ topic: 't', partition: 0 }])),
  ])
  const commit = await errorOf(consumer.commit([{ topic: 't', partition: 0, offset: 1 }]))
  return { send, sendAll, iterate, batches, list, create, offsets, commit }
}

test('a port where nobody listens: the broker, the reason and the next step, by every call', async () => {
  const [one, two] = [await deaf(), await deaf()]
  for (const [call, error] of Object.entries(await errors(`${one},${two}`))) {
    const said = `${call}: ${error.message}`
    assert.ok(error.message.includes(`${one} refuses connections (ECONNREFUSED)`), said)
    assert.ok(error.hint?.includes('Check bootstrapServers'), said)
    assert.ok(error.message.endsWith(error.hint ?? ''), said)
    assert.ok(error.code === 'TIMED_OUT' || error.code === 'NOT_IN_TIME', said)
    assert.equal(error.isRetriable, true, said)
    assert.notEqual(error.advice, 'final', said)
  }
})

test('all brokers that were tried are named', async () => {
  const [one, two] = [await deaf(), await deaf()]
  await using admin = new Kafka({ bootstrapServers: [one, two], ...quick }).admin()
  const { message } = await errorOf(admin.listTopics())
  assert.ok(message.includes(one) && message.includes(two), message)
})

test('a port that never answers: who, and within which time', async () => {
  const silent = await port(() => {})
  for (const [call, error] of Object.entries(await errors(silent))) {
    const said = `${call}: ${error.message}`
    assert.ok(error.message.includes(silent), said)
    assert.match(error.message, /no answer|not answer/, said)
    assert.equal(error.isRetriable, true, said)
  }
})

test('a port of TLS, of HTTP, or one that hangs up, is called that', async () => {
  const tls = await port((socket) => socket.end(Uint8Array.of(0x15, 3, 1, 0, 2, 2, 10)))
  const http = await port((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
  const rude = await port((socket) => socket.destroy())
  for (const [call, error] of Object.entries(await errors(tls))) assert.match(`${call}: ${error.message}`, /TLS/)
  for (const [call, error] of Object.entries(await errors(http))) {
    assert.match(`${call}: ${error.message}`, /HTTP/)
    assert.equal(error.isRetriable, false, call)
  }
  for (const [call, error] of Object.entries(await errors(rude))) {
    assert.match(`${call}: ${error.message}`, /closed the connection before it answered.*TLS or SASL/)
  }
})

test('a host that does not exist is final', async () => {
  for (const [call, error] of Object.entries(await errors('no-such-host.invalid:9092'))) {
    assert.match(error.message, /The host name of no-such-host\.invalid:9092 is not known/, call)
  }
})

test('a poll with a time limit goes on being empty until apiTimeoutMs, then says why', async () => {
  const at = await deaf()
  await using consumer = new Kafka({ bootstrapServers: at, ...quick }).consumer({ groupId: 'g', topics: ['t'] })
  assert.deepEqual(await consumer.poll({ timeoutMs: 20 }), [])
  const error = await errorOf(
    (async () => {
      for (;;) await consumer.poll({ timeoutMs: 20 })
    })(),
  )
  assert.match(error.message, /^The consumer got no answer within 800 ms: .* refuses connections/)
})
