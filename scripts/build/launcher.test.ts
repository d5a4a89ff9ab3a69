import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const bin = fileURLToPath(new URL('../../bin', import.meta.url))
const place = mkdtempSync(join(tmpdir(), 'millrace launcher-'))
after(() => rmSync(place, { recursive: true }))

/** A copy of the launcher with mains that say who they are, in a folder with a space in its name. */
function install(name: string, parts: { bundle?: true; sources?: true; node?: true }): string {
  const root = join(place, name)
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  mkdirSync(join(root, 'bin'), { recursive: true })
  for (const file of ['.run', 'millrace']) copyFileSync(join(bin, file), join(root, 'bin', file))
  execFileSync('chmod', ['+x', join(root, 'bin/millrace')])
  write('package.json', '{"type":"module"}')
  const says = (who: string) => `console.log(['${who}', ...process.argv.slice(2)].join('|'))\n`
  if (parts.sources)
    write(
      'src/bin/millrace.ts',
      `const who: string = 'sources'\nconsole.log([who, ...process.argv.slice(2)].join('|'))\n`,
    )
  if (parts.bundle) write('dist/lib/millrace.js', says('bundle'))
  if (parts.node) {
    mkdirSync(join(root, 'node_modules/.bin'), { recursive: true })
    symlinkSync(process.execPath, join(root, 'node_modules/.bin/node'))
  }
  const old = new Date(Date.now() - 60_000)
  if (parts.sources) utimesSync(join(root, 'src/bin/millrace.ts'), old, old)
  utimesSync(join(root, 'package.json'), old, old)
  return root
}

interface Run {
  readonly status: number | null
  readonly out: string
  readonly err: string
}

function run(command: string, args: readonly string[], options: { cwd?: string; path?: string } = {}): Run {
  const env = { HOME: place, PATH: options.path ?? '/usr/bin:/bin' }
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: options.cwd ?? '/', env, encoding: 'utf8' })
  return { status, out: stdout.trim(), err: stderr.trim() }
}

test('runs the bundle, with the arguments as they are', () => {
  const root = install('bundle', { bundle: true, sources: true, node: true })
  const { out } = run(join(root, 'bin/millrace'), ['up', 'a b', '', '*', '$HOME'])
  assert.equal(out, 'bundle|up|a b||*|$HOME')
})

test('runs the sources when one of them is newer than the bundle, tests aside', () => {
  const root = install('newer', { bundle: true, sources: true, node: true })
  const old = new Date(Date.now() - 30_000)
  utimesSync(join(root, 'dist/lib/millrace.js'), old, old)
  writeFileSync(join(root, 'src/bin/other.test.ts'), '')
  assert.equal(run(join(root, 'bin/millrace'), []).out, 'bundle')
  writeFileSync(join(root, 'src/bin/other.ts'), '')
  assert.equal(run(join(root, 'bin/millrace'), []).out, 'sources')
})

test('runs the sources when nothing is built', () => {
  const root = install('unbuilt', { sources: true, node: true })
  const { out, err } = run(join(root, 'bin/millrace'), ['x'])
  assert.deepEqual([out, err], ['sources|x', ''])
})

test('works through symlinks, relative paths and the search path, from any folder', () => {
  const root = install('linked', { bundle: true, node: true })
  const other = join(place, 'other folder')
  mkdirSync(other)
  symlinkSync(join(root, 'bin/millrace'), join(other, 'absolute'))
  symlinkSync('absolute', join(other, 'again'))
  symlinkSync('../linked/bin/millrace', join(other, 'relative'))
  assert.equal(run(join(other, 'absolute'), []).out, 'bundle')
  assert.equal(run(join(other, 'again'), []).out, 'bundle')
  assert.equal(run('./relative', [], { cwd: other }).out, 'bundle')
  assert.equal(run('../linked/bin/millrace', [], { cwd: other }).out, 'bundle')
  assert.equal(run('sh', ['millrace'], { cwd: join(root, 'bin') }).out, 'bundle')
  assert.equal(run('/bin/sh', ['-c', 'millrace'], { path: `${root}/bin:/usr/bin:/bin` }).out, 'bundle')
})

test('takes the Node on the path when none is installed beside, and refuses one that is too old', () => {
  const root = install('path', { bundle: true })
  const nodes = join(place, 'nodes')
  mkdirSync(nodes)
  symlinkSync(process.execPath, join(nodes, 'node'))
  assert.equal(run(join(root, 'bin/millrace'), [], { path: `${nodes}:/bin` }).out, 'bundle')
  for (const [version, isTaken] of [
    ['v20.19.1', false],
    ['v22.17.9', false],
    ['v22.18.0', true],
    ['v24.0.0', true],
  ] as const) {
    const fake = join(place, version)
    mkdirSync(fake)
    writeFileSync(join(fake, 'node'), `#!/bin/sh\nif [ "$1" = --version ]; then echo ${version}; else echo taken; fi\n`)
    execFileSync('chmod', ['+x', join(fake, 'node')])
    const { status, out, err } = run(join(root, 'bin/millrace'), [], { path: `${fake}:/bin` })
    assert.deepEqual([status, out], isTaken ? [0, 'taken'] : [1, ''], version)
    if (!isTaken) assert.match(err, new RegExp(`needs Node 22.18 or newer and found ${version}.*npm ci`))
  }
})

test('says what to do when there is no Node, no dependency or no such command', () => {
  const empty = join(place, 'no programs')
  mkdirSync(empty)
  const noNode = run(join(install('none', { bundle: true }), 'bin/millrace'), [], { path: empty })
  assert.equal(noNode.status, 1)
  assert.match(noNode.err, /Node is not installed.*npm ci/)
  const nodes = join(place, 'only node')
  mkdirSync(nodes)
  symlinkSync(process.execPath, join(nodes, 'node'))
  const noModules = run(join(install('bare', { sources: true }), 'bin/millrace'), [], {
    path: `${nodes}:/usr/bin:/bin`,
  })
  assert.deepEqual([noModules.status, noModules.out], [1, ''])
  assert.match(noModules.err, /not installed. Run 'npm ci'/)
  const noMain = run(join(install('missing', { node: true }), 'bin/millrace'), [])
  assert.equal(noMain.status, 1)
  assert.match(noMain.err, /millrace is not part of this version/)
})
