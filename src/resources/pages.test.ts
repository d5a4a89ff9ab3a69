import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import test from 'node:test'
import { resourcePages } from './pages.ts'

const folder = new URL('../../docs/resources/', import.meta.url)

test('the pages in docs/resources are what the declarations say (node scripts/resource-docs.ts)', () => {
  const pages = resourcePages()
  for (const [name, text] of pages) assert.equal(readFileSync(new URL(name, folder), 'utf8'), text, name)
  assert.deepEqual(readdirSync(folder).sort(), [...pages.keys()].sort())
})
