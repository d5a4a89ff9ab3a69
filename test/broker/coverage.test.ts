import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ApiVersions, apis } from '../../src/protocol/index.ts'
import { isApache, startBroker } from './harness.ts'

test('every API that ApiVersions offers is asked for in a test beside this one', { skip: isApache }, async () => {
  const here = import.meta.dirname
  const tests = readdirSync(here).filter((name) => name.endsWith('.test.ts'))
  const sources = tests.map((name) => readFileSync(join(here, name), 'utf8'))
  await using broker = await startBroker()
  const { apiKeys } = await broker.ask(ApiVersions, { clientSoftwareName: 'test', clientSoftwareVersion: '1' })
  const names = apiKeys.map(({ apiKey }) => apis.get(apiKey)!.name)
  const isAsked = (name: string) => sources.some((source) => new RegExp(`\\bask\\(${name}\\b`).test(source))
  assert.deepEqual(
    names.filter((name) => !isAsked(name)),
    [],
  )
})
