import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ageOf, microTimestampOf, timestampMs, timestampOf } from './index.ts'

test('times are written and read as the runtime does', () => {
  for (const text of ['1970-01-01T00:00:00Z', '2000-02-29T23:59:59Z', '2026-11-25T12:13:14Z', '2100-03-01T00:00:00Z']) {
    assert.equal(timestampMs(text), Date.parse(text))
    assert.equal(timestampOf(Date.parse(text)), text)
  }
  let ms = Date.parse('1999-01-01T00:00:00Z')
  for (let day = 0; day < 3000; day++, ms += 86_400_000 + 61_000) {
    assert.equal(timestampOf(ms), `${new Date(ms).toISOString().slice(0, 19)}Z`)
    assert.equal(timestampMs(timestampOf(ms)), ms)
  }
  assert.equal(timestampMs('2026-11-25T12:13:14.25+02:30'), Date.parse('2026-11-25T12:13:14.25+02:30'))
  assert.equal(microTimestampOf(1_764_072_000_123), '2025-11-25T12:00:00.123000Z')
  assert.ok(Number.isNaN(timestampMs('yesterday')))
})

test('ages are said as kubectl says them', () => {
  const said = (seconds: number): string => ageOf(0, seconds * 1000)
  const minute = 60
  const hour = 3600
  const day = 86_400
  assert.equal(said(0), '0s')
  assert.equal(said(119), '119s')
  assert.equal(said(2 * minute), '2m')
  assert.equal(said(2 * minute + 3), '2m3s')
  assert.equal(said(10 * minute + 3), '10m')
  assert.equal(said(179 * minute), '179m')
  assert.equal(said(3 * hour), '3h')
  assert.equal(said(3 * hour + 5 * minute), '3h5m')
  assert.equal(said(47 * hour), '47h')
  assert.equal(said(2 * day), '2d')
  assert.equal(said(3 * day + 2 * hour), '3d2h')
  assert.equal(said(8 * day), '8d')
  assert.equal(said(800 * day), '2y70d')
  assert.equal(ageOf(5000, 0), '<invalid>')
})
