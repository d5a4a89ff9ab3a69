import assert from 'node:assert/strict'
import { test } from 'node:test'
import { captureLogger, nodeEnv } from '../../env/node/index.ts'
import { startKafka } from '../../testing/index.ts'
import { Kafka } from '../node.ts'

test('a consumer of a topic that is not there says so in its log, once', async () => {
  const kafka = await startKafka({ config: { 'auto.create.topics.enable': 'false' } })
  const logger = captureLogger()
  const env = nodeEnv({ logger })
  const client = new Kafka({ bootstrapServers: kafka.bootstrapServers, env, clientId: 'c' })
  const consumer = client.consumer({ groupId: 'g', topics: ['absent', 'missing'], autoOffsetReset: 'earliest' })
  const said = () => logger.lines.filter((line) => line.message.includes('reported a recoverable issue'))
  while (said().length === 0) await consumer.poll({ timeoutMs: 100 })
  await consumer.poll({ timeoutMs: 300 })
  await consumer.close()
  await kafka.stop()
  env.close()
  const [line] = said()
  assert.match(line!.message, /\{absent=UNKNOWN_TOPIC_OR_PARTITION, missing=UNKNOWN_TOPIC_OR_PARTITION\}$/)
  assert.equal(line!.level, 'warn')
  assert.equal(said().length, 1)
})
