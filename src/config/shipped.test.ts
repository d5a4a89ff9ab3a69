import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parseBrokerConfig } from './broker-config.ts'
import { configurationPages } from './pages.ts'

for (const name of ['server', 'broker', 'controller']) {
  test(`the shipped ${name}.properties starts without a warning and binds to loopback`, () => {
    const text = readFileSync(new URL(`../../config/${name}.properties`, import.meta.url), 'utf8')
    const { config, errors, warnings } = parseBrokerConfig(text)
    assert.deepEqual([errors, warnings], [[], []])
    assert.deepEqual(new Set(config!.endpoints.map((e) => e.host)), new Set(['localhost']))
  })
}

test('the pages in docs/configuration are what the tables say (node scripts/config-docs.ts)', () => {
  for (const [name, text] of configurationPages()) {
    assert.equal(readFileSync(new URL(`../../docs/configuration/${name}`, import.meta.url), 'utf8'), text, name)
  }
})
