import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { errorName, SaslAuthenticate, SaslHandshake } from '../../src/protocol/index.ts'
import { type Broker, startBroker } from './harness.ts'

let broker: Broker
before(async () => {
  broker = await startBroker()
})
after(() => broker[Symbol.asyncDispose]())

test('a listener without SASL says that nobody authenticates there', async () => {
  const handshake = await broker.ask(SaslHandshake, { mechanism: 'PLAIN' })
  assert.deepEqual([errorName(handshake.errorCode), handshake.mechanisms], ['ILLEGAL_SASL_STATE', []])
  const answer = await broker.ask(SaslAuthenticate, { authBytes: new Uint8Array(3) })
  assert.deepEqual(
    [errorName(answer.errorCode), answer.errorMessage],
    ['ILLEGAL_SASL_STATE', 'SaslAuthenticate request received after successful authentication'],
  )
})
