import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dateFormat } from './java-date.ts'

test('times are written by a pattern of SimpleDateFormat', () => {
  const at = Date.UTC(2026, 10, 5, 4, 41, 24, 7)
  assert.equal(dateFormat('yyyy-MM-dd HH:mm:ss:SSS')(at), '2026-11-05 04:41:24:007')
  assert.equal(dateFormat('d/M/yy H.m.s S')(at), '5/11/26 4.41.24 7')
  assert.equal(dateFormat("yyyyMMdd'T'HHmmss ''yy'' 'o''clock'")(at), "20261105T044124 '26' o'clock")
})

test('a letter that is not understood is refused', () => {
  assert.throws(() => dateFormat('yyyy Q'), { message: /Illegal pattern character 'Q'/ })
})
