import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { goldenFacts } from '../../test/golden/golden.ts'
import { apis, errorName, errorRow, errors, errorTable, Heartbeat, isRetriable, Metadata, Produce } from './index.ts'

describe('the table of APIs', () => {
  const facts = goldenFacts().apis

  it('has the keys that Apache Kafka has', () => {
    assert.deepEqual(
      [...apis.keys()],
      facts.map((f) => f.key),
    )
  })

  for (const fact of facts) {
    it(`says of ${fact.name} what Apache's says`, () => {
      const api = apis.get(fact.key)!
      const versions = Array.from({ length: api.maxVersion - api.minVersion + 1 }, (_, i) => api.minVersion + i)
      assert.deepEqual(
        {
          key: api.key,
          name: api.name,
          lowest: api.minVersion,
          highest: api.maxVersion,
          lastUnstable: api.lastUnstable,
          isForwarded: api.isForwarded,
          clusterAction: api.clusterAction,
          listeners: [...api.listeners].sort(),
          requestHeaders: versions.map((v) => api.requestHeaderVersion(v)),
          responseHeaders: versions.map((v) => api.responseHeaderVersion(v)),
        },
        fact,
      )
    })
  }
})

describe('the error table', () => {
  const facts = goldenFacts().errors

  it('has the codes, names, classes and advice of Apache Kafka', () => {
    assert.deepEqual(
      errorTable.map(({ code, name, exception, retriable, advice }) => ({
        code,
        name,
        exception,
        retriable,
        staleMetadata: advice === 'refresh',
      })),
      facts,
    )
  })

  it('gives every code by its name', () => {
    for (const { code, name } of facts) {
      assert.equal((errors as Record<string, number>)[name], code)
      assert.equal(errorName(code), name)
    }
  })

  it('says each in a sentence', () => {
    for (const { name, text } of errorTable) assert.match(text, /^[A-Za-z].*\.$/, name)
    assert.equal(new Set(errorTable.map((row) => row.text)).size, errorTable.length)
  })

  it('reads a code from the future as an unknown server error, which is final', () => {
    assert.equal(errorRow(999).name, 'UNKNOWN_SERVER_ERROR')
    assert.equal(errorName(999), 'UNKNOWN(999)')
    assert.equal(isRetriable(999), false)
    assert.equal(isRetriable(errors.NOT_LEADER_OR_FOLLOWER), true)
  })
})

describe('a message', () => {
  it('is short when it holds few elements, at whatever depth', () => {
    const partitions = (count: number) => Array.from({ length: count }, (_, partitionIndex) => ({ partitionIndex }))
    const topics = (count: number, each: number) =>
      Array.from({ length: count }, () => ({ partitions: partitions(each) }))
    assert.equal(Heartbeat.response.isShort({}), true)
    assert.equal(Produce.response.isShort({ responses: [{ partitionResponses: [{ index: 0 }, { index: 1 }] }] }), true)
    assert.equal(Metadata.response.isShort({ topics: topics(3, 6) }), true)
    assert.equal(Metadata.response.isShort({ topics: topics(1, 100) }), false)
    assert.equal(Metadata.response.isShort({ topics: topics(100, 0) }), false)
    assert.equal(Metadata.request.isShort({ topics: null }), true)
  })
})
