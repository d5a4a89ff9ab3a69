import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { rooms } from './house.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

test('the portable rooms bundle for a browser: nothing of Node is left in them', async () => {
  const doors = Object.entries(rooms)
    .filter(([, { kind }]) => kind === 'loop' || kind === 'portable')
    .map(([room]) => `src/${room}/index.ts`)
    .filter((door) => existsSync(`${root}/${door}`))
  const { errors, metafile, outputFiles } = await build({
    absWorkingDir: root,
    stdin: {
      contents: doors.map((door) => `export * as _${door.replace(/\W/g, '_')} from './${door}'`).join('\n'),
      resolveDir: root,
    },
    bundle: true,
    platform: 'browser',
    format: 'esm',
    metafile: true,
    write: false,
    logLevel: 'silent',
  })
  assert.deepEqual(errors, [])
  const outside = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path))
  assert.deepEqual(outside, [])
  assert.doesNotMatch(ours(outputFiles[0]!.text), /\bBuffer\.(from|alloc|concat)|\bprocess\.(env|nextTick|hrtime)/)
})

/** Without the parts from libraries: one that looks in which world it is names both. */
function ours(bundle: string): string {
  return bundle
    .split(/^(?=\/\/ (?:src|node_modules)\/)/m)
    .filter((part) => !part.startsWith('// node_modules/'))
    .join('')
}
