import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { subpaths } from './bundle.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const place = mkdtempSync(join(tmpdir(), 'millrace-doors-'))
after(() => rmSync(place, { recursive: true }))

/** What an import statement finds through the doors of a clone that is linked into a project. */
function seen(clone: string, door: string): string[] {
  const project = mkdtempSync(join(place, 'project-'))
  mkdirSync(join(project, 'node_modules'))
  symlinkSync(clone, join(project, 'node_modules/millrace'))
  const program = `import * as door from 'millrace/${door}'; console.log(JSON.stringify(Object.keys(door)))`
  writeFileSync(join(project, 'a.mjs'), program)
  const names: string[] = JSON.parse(execFileSync(process.execPath, ['a.mjs'], { cwd: project, encoding: 'utf8' }))
  return names.filter((name) => name !== 'default' && name !== 'module.exports').sort()
}

test('a clone gives what its sources export, built or not', async () => {
  const unbuilt = join(place, 'clone')
  mkdirSync(unbuilt)
  for (const path of ['package.json', 'doors', 'src'])
    cpSync(join(root, path), join(unbuilt, path), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(unbuilt, 'node_modules'))
  const built = join(place, 'built')
  cpSync(unbuilt, built, { recursive: true, filter: (path) => !path.endsWith('node_modules') })
  cpSync(join(root, 'scripts'), join(built, 'scripts'), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(built, 'node_modules'))
  execFileSync(process.execPath, ['scripts/build.ts', '--no-types'], {
    cwd: built,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  rmSync(join(built, 'src'), { recursive: true })
  for (const [door, source] of Object.entries(subpaths)) {
    const names = Object.keys(await import(`${root}/${source}`)).sort()
    assert.deepEqual(seen(unbuilt, door), names)
    assert.deepEqual(seen(built, door), names)
  }
})

test('the declarations of a clone are those of the package', () => {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  for (const [door, source] of Object.entries(subpaths)) {
    assert.equal(exports[`./${door}`].types, source.replace(/^src/, './dist/types').replace(/\.ts$/, '.d.ts'))
  }
})
