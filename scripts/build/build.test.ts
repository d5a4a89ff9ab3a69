import assert from 'node:assert/strict'
import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { bundle, subpaths } from './bundle.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const place = mkdtempSync(join(tmpdir(), 'millrace-build-'))
after(() => rmSync(place, { recursive: true }))
const dist = join(place, 'dist')
execFileSync(process.execPath, [join(root, 'scripts/build.ts'), `--out=${dist}`], {
  stdio: ['ignore', 'ignore', 'inherit'],
})
const manifest = JSON.parse(readFileSync(join(dist, 'package.json'), 'utf8'))

test('the package holds bundles, declarations of what users import, and nothing else', async () => {
  const { stdout } = await promisify(execFile)('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: dist,
  })
  const [{ files }] = JSON.parse(stdout) as [{ files: { path: string; size: number }[] }]
  const paths = files.map(({ path }) => path)
  const expected =
    /^(package\.json|README\.md|LICENSE|millrace\.js|lib\/[\w-]+\.c?js|types\/package\.json|types\/[\w/-]+\.d\.ts|config\/[\w./-]+)$/
  assert.deepEqual(
    paths.filter((path) => !expected.test(path)),
    [],
  )
  for (const path of ['package.json', 'lib/heavy-worker.js', 'lib/kafka-server.js', 'millrace.js', 'lib/millrace.js']) {
    assert.ok(paths.includes(path), path)
  }
  for (const door of Object.keys(subpaths)) {
    const types = subpaths[door]!.replace('src/', 'types/').replace(/\.ts$/, '.d.ts')
    if (existsSync(join(root, subpaths[door]!))) assert.ok(paths.includes(types), door)
  }
  const bytes = files.reduce((sum, { size }) => sum + size, 0)
  assert.ok(bytes < 12 << 20, `${bytes} bytes unpacked`)
})

test('the manifest names what is there, runs on Node 22.18 and installs no runtime of its own', () => {
  assert.equal(manifest.name, 'millrace')
  assert.equal(manifest.private, undefined)
  assert.deepEqual(manifest.engines, { node: '>=22.18' })
  assert.deepEqual(Object.keys(manifest.optionalDependencies), ['@node-rs/crc32'])
  assert.equal(manifest.dependencies, undefined)
  const named = JSON.stringify(manifest.exports).match(/\.\/[\w/.-]+\.(?:d\.ts|c?js(?:on)?)(?=")/g)!
  for (const path of [...named, `./${manifest.bin.millrace}`]) assert.ok(existsSync(join(dist, path)), path)
})

test('nothing in the package points outside it', () => {
  for (const path of globSync('**/*', { cwd: dist, withFileTypes: true })) {
    if (!path.isFile()) continue
    const text = readFileSync(join(path.parentPath, path.name), 'utf8')
    assert.ok(!text.includes(root), `${path.name} names the folder it was built in`)
    assert.doesNotMatch(text, /from '[^']*\.ts'/, path.name)
  }
})

/** Runs a program in a folder where the package is installed. */
async function inProject(name: string, program: string): Promise<string> {
  const project = join(place, 'project')
  mkdirSync(join(project, 'node_modules'), { recursive: true })
  if (!existsSync(join(project, 'node_modules/millrace'))) symlinkSync(dist, join(project, 'node_modules/millrace'))
  writeFileSync(join(project, name), program)
  const { stdout } = await promisify(execFile)(process.execPath, [name], { cwd: project, timeout: 60_000 })
  return stdout
}

const startAndStop = `
startKafka({ topics: ['orders'] }).then(async (kafka) => {
  console.log(/^127\\.0\\.0\\.1:\\d+$|^localhost:\\d+$/.test(kafka.bootstrapServers))
  await kafka.stop()
})
`

test('a broker starts inside an ES module and inside CommonJS', async () => {
  assert.equal(await inProject('a.mjs', `import { startKafka } from 'millrace/testing'\n${startAndStop}`), 'true\n')
  assert.equal(
    await inProject('a.cjs', `const { startKafka } = require('millrace/testing')\n${startAndStop}`),
    'true\n',
  )
})

test('a bundle finds its worker', async () => {
  const lib = join(place, 'worker')
  const program = join(place, 'program.ts')
  writeFileSync(
    program,
    `import { nodeEnv } from '${root}/src/env/node/index.ts'
const { heavy } = nodeEnv()
heavy.run('compress', { codec: 'snappy', level: null, bytes: new Uint8Array(1 << 20) }, (failure, bytes) => {
  console.log(failure ?? bytes.length < 1 << 20)
})
`,
  )
  await bundle(root, lib, { program })
  const { stdout } = await promisify(execFile)(process.execPath, [join(lib, 'program.js')])
  assert.equal(stdout, 'true\n')
})

/** What tsc says of a program that imports every door, in a project where `millrace` is what `installed` is. */
async function checkedBy(
  compilerOptions: Record<string, unknown>,
  type: 'module' | 'commonjs',
  installed: string,
): Promise<string> {
  const project = mkdtempSync(join(place, 'typed-'))
  mkdirSync(join(project, 'node_modules'))
  symlinkSync(installed, join(project, 'node_modules/millrace'))
  const doors = Object.keys(subpaths).filter((door) => manifest.exports[`./${door}`] !== undefined)
  const uses = doors.map(
    (door) =>
      `import * as ${door} from 'millrace/${door}'\nexport const ${door}Keys: string[] = Object.keys(${door})\n`,
  )
  writeFileSync(
    join(project, 'a.ts'),
    `${uses.join('')}import { startKafka } from 'millrace/testing'
import { Kafka } from 'millrace/client'
export const clients: Promise<Kafka> = startKafka().then((k) => new Kafka({ bootstrapServers: k.bootstrapServers }))
// @ts-expect-error: the types are real ones
startKafka({ topics: 1 })
`,
  )
  writeFileSync(join(project, 'package.json'), JSON.stringify({ type }))
  const common = { target: 'es2022', strict: true, noEmit: true, skipLibCheck: false, types: [] }
  const lib = ['es2022', 'dom']
  writeFileSync(
    join(project, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: { ...common, lib, ...compilerOptions }, files: ['a.ts'] }),
  )
  const { stdout } = await promisify(execFile)(join(root, 'node_modules/.bin/tsc'), ['-p', project]).catch(
    (error) => error,
  )
  return stdout
}

test('TypeScript finds the types of what is imported, whatever it takes modules for', async () => {
  const said = await Promise.all([
    checkedBy({ module: 'nodenext' }, 'module', dist),
    checkedBy({ module: 'nodenext' }, 'commonjs', dist),
    checkedBy({ module: 'node16' }, 'commonjs', dist),
    checkedBy({ module: 'esnext', moduleResolution: 'bundler' }, 'module', dist),
  ])
  assert.deepEqual(said, ['', '', '', ''])
})

test('a program on a Node that is too old is told which one it takes', () => {
  for (const path of ['lib/testing.js', 'lib/testing.cjs', 'lib/client.js', 'millrace.js']) {
    const [first = '', second = '', third = ''] = readFileSync(join(dist, path), 'utf8').split('\n')
    const check = [first, second, third].find((line) => line.includes('needs Node'))
    assert.ok(check, path)
    const old = `Object.defineProperty(process.versions, 'node', { value: '20.20.2' })\n`
    const { stderr } = spawnSync(process.execPath, ['-e', `${old}${check}`], { encoding: 'utf8' })
    assert.match(stderr, /Millrace needs Node 22\.18 or newer, and this is Node 20\.20\.2/, path)
    assert.equal(spawnSync(process.execPath, ['-e', check]).status, 0, path)
  }
})
