import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { ApiVersions, apis, errorName, errors, ListOffsets, Metadata, Produce } from '../../src/protocol/index.ts'
import { decode, Wire } from '../interop/wire.ts'
import { type Broker, isApache, startBroker } from './harness.ts'

let broker: Broker
before(async () => {
  broker = await startBroker()
})
after(() => broker[Symbol.asyncDispose]())

const software = { clientSoftwareName: 'test', clientSoftwareVersion: '1' }

/** One request of its own connection: the answer's bytes, or null when the broker closed instead. */
async function exchange(bytes: Uint8Array): Promise<Buffer | null> {
  const wire = await Wire.open(broker.kafka.bootstrapServers)
  wire.send(bytes)
  const frame = await wire.frame()
  wire.close()
  return frame
}

describe('ApiVersions', () => {
  it('lists every API once, with versions that the messages have', async () => {
    const { errorCode, apiKeys } = await broker.ask(ApiVersions, software)
    assert.equal(errorCode, errors.NONE)
    const keys = apiKeys.map(({ apiKey }) => apiKey)
    assert.deepEqual(
      keys,
      [...new Set(keys)].sort((a, b) => a - b),
    )
    for (const { apiKey, minVersion, maxVersion } of apiKeys) {
      const api = apis.get(apiKey)!
      assert.ok(api.listeners.includes('broker'), api.name)
      assert.equal(maxVersion, api.maxVersion - (api.lastUnstable ? 1 : 0), api.name)
      if (api.key !== Produce.key) assert.equal(minVersion, api.minVersion, api.name)
    }
  })

  it('offers Produce from version 0, which librdkafka looks for, though it takes 3 and up', async () => {
    const { apiKeys } = await broker.ask(ApiVersions, software)
    assert.equal(apiKeys.find(({ apiKey }) => apiKey === Produce.key)?.minVersion, 0)
    assert.equal(await exchange(Wire.request(ApiVersions, 0, {}).fill(0, 4, 8)), null)
  })

  it('tells the features, finalized ones with the metadata offset they are of', async () => {
    const { supportedFeatures, finalizedFeatures, finalizedFeaturesEpoch } = await broker.ask(ApiVersions, software)
    const of = (name: string) => finalizedFeatures.find((feature) => feature.name === name)?.maxVersionLevel
    assert.equal(of('metadata.version'), 30)
    assert.equal(of('group.version'), 1)
    assert.equal(of('kraft.version'), 1)
    assert.ok(finalizedFeaturesEpoch > 0)
    const supported = supportedFeatures.find(({ name }) => name === 'metadata.version')
    assert.ok(supported!.minVersion <= 7 && supported!.maxVersion >= 30)
    assert.ok(supportedFeatures.some(({ name, minVersion }) => name === 'group.version' && minVersion === 0))
  })

  it('leaves features that begin at 0 out of version 3, whose readers take that for an error', async () => {
    const { supportedFeatures } = await broker.ask(ApiVersions, software, 3)
    assert.ok(supportedFeatures.some(({ name }) => name === 'metadata.version'))
    assert.ok(supportedFeatures.every(({ minVersion }) => minVersion > 0))
  })

  it('refuses software names and versions that could not be a label', async () => {
    const ask = async (clientSoftwareName: string, clientSoftwareVersion: string) =>
      errorName((await broker.ask(ApiVersions, { clientSoftwareName, clientSoftwareVersion }, 3)).errorCode)
    for (const good of ['a', 'apache-kafka-java', 'x.y', 'A9']) {
      assert.equal(await ask(good, '1.0.0-rc1'), 'NONE', good)
      assert.equal(await ask('a', good), 'NONE', good)
    }
    for (const bad of ['', '-a', 'a-', '.a', 'a b', 'a_b', 'ü']) {
      assert.equal(await ask(bad, '1'), 'INVALID_REQUEST', bad)
      assert.equal(await ask('a', bad), 'INVALID_REQUEST', bad)
    }
  })

  it('answers a version that it does not know in version 0, naming those it does, and goes on', async () => {
    const wire = await Wire.open(broker.kafka.bootstrapServers)
    const future = Wire.request(ApiVersions, 4, software)
    future.writeInt16BE(99, 6)
    wire.send(future)
    const { fields, left } = decode(ApiVersions, 0, (await wire.frame())!)
    const { errorCode, apiKeys } = fields as { errorCode: number; apiKeys: object[] }
    assert.equal(left, 0)
    assert.equal(errorName(errorCode), 'UNSUPPORTED_VERSION')
    assert.deepEqual(apiKeys, [{ apiKey: ApiVersions.key, minVersion: 0, maxVersion: ApiVersions.maxVersion }])
    const again = await wire.ask(ApiVersions, 3, software)
    assert.equal(again.errorCode, errors.NONE)
    wire.close()
  })
})

describe('a request that no row of ApiVersions covers ends its connection', () => {
  const metadata = Wire.request(Metadata, 12, { topics: [] })
  const cases: [string, (bytes: Buffer) => void][] = [
    ['an unknown API', (bytes) => bytes.writeInt16BE(999, 4)],
    ['an API between brokers and controllers', (bytes) => bytes.writeInt16BE(52, 4)],
    ['a version too new', (bytes) => bytes.writeInt16BE(99, 6)],
    ['a negative version', (bytes) => bytes.writeInt16BE(-1, 6)],
    ['an API that was removed', (bytes) => bytes.writeInt16BE(4, 4)],
  ]
  for (const [what, change] of cases) {
    it(what, async () => {
      const bytes = Buffer.from(metadata)
      change(bytes)
      assert.equal(await exchange(bytes), null)
    })
  }
})

it('versions that are not final are offered where the operator asks for them', { skip: isApache }, async () => {
  const unstable = await startBroker({ config: { 'unstable.api.versions.enable': 'true' } })
  const { apiKeys } = await unstable.ask(ApiVersions, software)
  const newest = apiKeys.find(({ apiKey }) => apiKey === ListOffsets.key)?.maxVersion
  assert.equal(newest, ListOffsets.maxVersion)
  await unstable[Symbol.asyncDispose]()
})
