import assert from 'node:assert/strict'
import { test } from 'node:test'
import { logsAskOf } from './log-options.ts'

const asked = (text: string) => {
  const parameters = new URLSearchParams(text)
  const query = {
    get: (name: string) => parameters.get(name),
    all: (name: string) => parameters.getAll(name),
    is: (name: string) => parameters.get(name) === 'true',
  }
  return logsAskOf(query, 'p', 100_000)
}
const refusal = (text: string): unknown[] => {
  const answer = asked(text)
  assert.ok('body' in answer, text)
  const { code, message } = (answer.body as { json: { code: number; message: string } }).json
  return [code, message]
}

test('what a log is asked for', () => {
  const usual = { timestamps: false, follow: false }
  assert.deepEqual(asked(''), usual)
  assert.deepEqual(asked('tailLines=0&limitBytes=1&sinceSeconds=40'), {
    ...usual,
    ...{ sinceMs: 60_000, tailLines: 0, bytesMax: 1 },
  })
  assert.deepEqual(asked('sinceTime=1970-01-01T00:00:01Z&follow=true'), { ...usual, sinceMs: 1000, follow: true })
})

test('what is no number is a bad request', () => {
  for (const text of ['abc', '', '1.5', '0x1', '1e3', ' 1']) {
    const message = `strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`
    assert.deepEqual(refusal(`tailLines=${encodeURIComponent(text)}`), [400, message])
  }
  const [code, message] = refusal('limitBytes=9223372036854775808')
  assert.deepEqual([code, message], [400, 'strconv.ParseInt: parsing "9223372036854775808": value out of range'])
  assert.equal(refusal('sinceTime=yesterday')[0], 400)
})

test('what is less than possible is invalid', () => {
  const said = (text: string): unknown[] => [422, `PodLogOptions "p" is invalid: ${text}`]
  const tail = 'tailLines: Invalid value: -1: must be greater than or equal to 0'
  assert.deepEqual(refusal('tailLines=-1'), said(tail))
  assert.deepEqual(refusal('sinceSeconds=-1'), said('sinceSeconds: Invalid value: -1: must be greater than 0'))
  assert.deepEqual(
    refusal('tailLines=-1&limitBytes=0'),
    said(`[${tail}, limitBytes: Invalid value: 0: must be greater than 0]`),
  )
  assert.deepEqual(
    refusal('sinceSeconds=1&sinceTime=1970-01-01T00:00:01Z'),
    said('Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified'),
  )
})
