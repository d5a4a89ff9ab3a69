import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parseBrokerConfig } from './broker-config.ts'

for (const name of ['server', 'broker', 'controller']) {
  test(`the shipped ${name}.properties starts without a warning and binds to loopback`, () => {
    const text = readFileSync(new URL(`../../config/${name}.properties`, import.meta.url), 'utf8')
    const { config, errors, warnings } = parseBrokerConfig(text)
    assert.deepEqual([errors, warnings], [[], []])
    assert.deepEqual(new Set(config!.endpoints.map((e) => e.host)), new Set(['localhost']))
  })
}
