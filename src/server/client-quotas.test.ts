import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ByteQuota, ClientQuotas, Rate } from './client-quotas.ts'

const window = { samples: 11, sampleMs: 1000 }

function quotas(...rows: readonly (readonly [Record<string, string | null>, number])[]): ClientQuotas {
  const made = new ClientQuotas(window)
  made.use(
    rows.map(([entity, limit]) => ({
      entity: new Map(Object.entries(entity)),
      values: new Map([['producer_byte_rate', limit]]),
    })),
  )
  return made
}
const kind: ByteQuota = 'producer_byte_rate'

test('the most particular entity holds', () => {
  const rows = [
    [{ user: 'anna', 'client-id': 'app' }, 1],
    [{ user: 'anna', 'client-id': null }, 2],
    [{ user: 'anna' }, 3],
    [{ user: null, 'client-id': 'app' }, 4],
    [{ user: null, 'client-id': null }, 5],
    [{ user: null }, 6],
    [{ 'client-id': 'app' }, 7],
    [{ 'client-id': null }, 8],
  ] as const
  // Without the rows before it each is the one that holds.
  const asked = ['app', 'x', 'x', 'app', 'x', 'x', 'app', 'x'] as const
  const users = ['anna', 'anna', 'anna', 'bob', 'bob', 'bob', 'bob', 'bob'] as const
  rows.forEach((_, i) => {
    const left = quotas(...rows.slice(i))
    assert.equal(left.limitOf(kind, users[i]!, asked[i]!)?.perSecond, i + 1)
  })
  assert.equal(quotas([{ user: 'anna' }, 1]).limitOf(kind, 'bob', 'app'), null)
  assert.equal(quotas().isOn(kind), false)
})

test('all clients of a user share his rate; a default is one for each', () => {
  const byUser = quotas([{ user: 'anna' }, 1])
  assert.equal(byUser.limitOf(kind, 'anna', 'a')?.rate, byUser.limitOf(kind, 'anna', 'b')?.rate)
  const byDefault = quotas([{ user: null }, 1])
  assert.equal(byDefault.limitOf(kind, 'anna', 'a')?.rate, byDefault.limitOf(kind, 'anna', 'b')?.rate)
  assert.notEqual(byDefault.limitOf(kind, 'anna', 'a')?.rate, byDefault.limitOf(kind, 'bob', 'a')?.rate)
  const clients = quotas([{ 'client-id': null }, 1])
  assert.equal(clients.limitOf(kind, 'anna', 'a')?.rate, clients.limitOf(kind, 'bob', 'a')?.rate)
  assert.notEqual(clients.limitOf(kind, 'anna', 'a')?.rate, clients.limitOf(kind, 'anna', 'b')?.rate)
})

test('who is above the limit waits until the rate over the window is the limit', () => {
  const rate = new Rate(window)
  rate.add(10_000, 0)
  assert.equal(rate.throttleMs(1000, 0), 0)
  rate.add(5000, 500)
  // 15,000 bytes in 10.5 s that allow 10,500
  assert.equal(rate.throttleMs(1000, 500), 4500)
  // the samples of the first second are past
  assert.equal(rate.throttleMs(1000, 12_000), 0)
  rate.add(1, 60_000)
  assert.equal(rate.throttleMs(1000, 60_000), 0)
})
