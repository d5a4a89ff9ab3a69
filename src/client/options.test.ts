import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isKafkaError } from './errors.ts'
import { Admin, Consumer, Kafka, Producer } from './node.ts'

const bootstrapServers = 'localhost:9092'

/** What plain JavaScript may hand over. */
function refused(make: () => unknown): string {
  try {
    make()
  } catch (thrown) {
    assert.ok(isKafkaError(thrown), String(thrown))
    assert.equal(thrown.code, 'INVALID_CONFIGURATION')
    assert.equal(thrown.isRetriable, false)
    return thrown.message
  }
  return assert.fail('it was taken')
}
const untyped = (options: unknown) => options as object as never

test('bootstrapServers is required, and the error shows one', () => {
  const message = "bootstrapServers is required, for example 'localhost:9092'"
  const doors = [Kafka, Producer, Consumer, Admin] as const
  for (const Door of doors) {
    assert.equal(
      refused(() => new Door(untyped(undefined))),
      message,
      Door.name,
    )
    assert.equal(
      refused(() => new Door(untyped({}))),
      message,
      Door.name,
    )
    assert.equal(
      refused(() => new Door({ bootstrapServers: ' , ' })),
      message,
      Door.name,
    )
  }
})

test('servers that are none are named', () => {
  assert.match(
    refused(() => new Kafka({ bootstrapServers: 'localhost' })),
    /host:port is expected.*: localhost/,
  )
  assert.match(
    refused(() => new Kafka(untyped({ bootstrapServers: 9092 }))),
    /must be a text such as 'localhost:9092'.*not 9092/,
  )
})

test('an unknown option is named with the one that was probably meant', () => {
  const kafka = new Kafka({ bootstrapServers })
  const said = [
    [() => kafka.consumer(untyped({ groupID: 'g' })), 'groupID is not an option of a consumer; did you mean groupId?'],
    [
      () => kafka.consumer(untyped({ 'group.id': 'g' })),
      'group.id is not an option of a consumer; did you mean groupId?',
    ],
    [
      () => kafka.producer(untyped({ 'linger.ms': 5 })),
      'linger.ms is not an option of a producer; did you mean lingerMs?',
    ],
    [
      () => kafka.producer(untyped({ batchSize: 5 })),
      'batchSize is not an option of a producer; did you mean batchSizeBytes?',
    ],
    [
      () => kafka.consumer(untyped({ fromBeginning: true })),
      'fromBeginning is not an option of a consumer; did you mean autoOffsetReset?',
    ],
    [() => kafka.producer(untyped({ groupId: 'g' })), 'groupId is not an option of a producer but of a consumer'],
    [
      () => new Kafka(untyped({ brokers: ['a:1'] })),
      'brokers is not an option of Kafka; did you mean bootstrapServers?',
    ],
    [
      () => new Kafka(untyped({ bootstrapServers, lingerMs: 5 })),
      'lingerMs is not an option of Kafka but of a producer',
    ],
    [() => new Kafka(untyped({ bootstrapServers, ssl: true })), 'ssl is not an option of Kafka; did you mean tls?'],
  ] as const
  for (const [make, message] of said) assert.equal(refused(make), message)
  assert.match(
    refused(() => kafka.admin(untyped({ colour: 'red' }))),
    /^colour is not an option of an admin; it has bootstrapServers, .*isOfControllers$/,
  )
})

test('an option that is undefined is not given', () => {
  const kafka = new Kafka({ bootstrapServers, ...({ lingerMs: undefined } as object) })
  kafka.producer(untyped({ acks: undefined, nonsense: undefined }))
})

test('values of the wrong kind are named with what would be right', () => {
  const kafka = new Kafka({ bootstrapServers })
  const said = [
    [() => kafka.producer(untyped({ lingerMs: '5' })), "lingerMs must be a number of at least 0, not '5'"],
    [() => kafka.producer({ lingerMs: -1 }), 'lingerMs must be a number of at least 0, not -1'],
    [() => kafka.producer(untyped({ acks: '1' })), "acks must be 'all', 1 or 0, not '1'"],
    [
      () => kafka.producer(untyped({ compression: 'brotli' })),
      "compression must be 'none', 'gzip', 'snappy', 'lz4' or 'zstd', not 'brotli'",
    ],
    [() => kafka.consumer(untyped({ groupId: '' })), "groupId must be a text that is not empty, not ''"],
    [() => kafka.consumer(untyped({ groupId: 'g', autoCommit: 'no' })), "autoCommit must be true or false, not 'no'"],
    [
      () => kafka.consumer(untyped({ autoOffsetReset: 'smallest' })),
      "autoOffsetReset must be 'earliest', 'latest', 'none' or { durationMs }, not 'smallest'",
    ],
    [
      () => kafka.consumer(untyped({ groupProtocol: 'next' })),
      "groupProtocol must be 'classic' or 'consumer', not 'next'",
    ],
    [() => new Kafka(untyped({ bootstrapServers, clientId: 7 })), 'clientId must be a text, not 7'],
  ] as const
  for (const [make, message] of said) assert.equal(refused(make), message)
})

test('options at odds with each other are refused', () => {
  const kafka = new Kafka({ bootstrapServers })
  assert.match(
    refused(() => kafka.producer({ deliveryTimeoutMs: 10_000 })),
    /deliveryTimeoutMs \(10000\) must be at least lingerMs \+ requestTimeoutMs \(5 \+ 30000\)/,
  )
  kafka.producer({ deliveryTimeoutMs: 10_000, requestTimeoutMs: 9000 })
  // the default gives way, as in Java
  kafka.producer({ requestTimeoutMs: 200_000 })
  assert.match(
    refused(() => kafka.producer({ idempotent: true, acks: 1 })),
    /needs acks 'all', not 1/,
  )
  assert.match(
    refused(() => kafka.producer({ maxInFlight: 6 })),
    /at most 5 requests in flight/,
  )
  kafka.producer({ acks: 1, maxInFlight: 6 })
  assert.match(
    refused(() => kafka.consumer({ groupInstanceId: 'a' })),
    /groupInstanceId needs a groupId/,
  )
  assert.match(
    refused(() => kafka.consumer({ autoCommit: true })),
    /autoCommit needs a groupId/,
  )
  assert.match(
    refused(() => kafka.consumer({ groupId: 'g', sessionTimeoutMs: 3000 })),
    /heartbeatIntervalMs \(3000\) must be lower than sessionTimeoutMs \(3000\)/,
  )
})

test('every class of the door takes options alone, and Kafka makes those classes', async () => {
  const kafka = new Kafka({ bootstrapServers })
  const clients = [
    new Producer({ bootstrapServers }),
    new Consumer({ bootstrapServers }),
    new Admin({ bootstrapServers }),
  ]
  for (const client of clients) await client.close()
  const made = [kafka.producer(), kafka.consumer(), kafka.admin()]
  assert.deepEqual(
    made.map((c) => c.constructor),
    [Producer, Consumer, Admin],
  )
  for (const client of made) await client.close()
})

test('a logger hears of each connection that could not be made; it may be the console', async () => {
  const lines: string[] = []
  const logger = { ...console, warn: (message: string) => void lines.push(message) }
  await using admin = new Kafka({ bootstrapServers: 'localhost:1', apiTimeoutMs: 300, logger }).admin()
  await assert.rejects(admin.listTopics(), /localhost:1 refuses connections/)
  assert.match(lines.join(), /Connection to broker could not be established/)
  assert.throws(() => new Kafka({ bootstrapServers: 'x:1', logger: {} as never }), /logger must have .* no debug/)
})

test('a deserializer is a function or a serde', () => {
  const kafka = new Kafka({ bootstrapServers: 'localhost:1' })
  const wrong = { valueDeserializer: 'string' } as never
  assert.throws(() => kafka.consumer(wrong), /valueDeserializer must be a function or a serde .* not 'string'/)
})
