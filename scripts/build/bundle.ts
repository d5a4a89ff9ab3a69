import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { type BuildOptions, build } from 'esbuild'

/** The oldest Node that runs what we publish; package.json of the bundle says the same. */
export const nodeMin = '22.18'

const [majorMin, minorMin] = nodeMin.split('.')
/** As first line of a door or a program: an older Node is refused in words, and not by the first thing that it lacks. */
const refusesOldNode = (otherwise: string): string =>
  `{ const [major, minor] = process.versions.node.split('.').map(Number); if (major < ${majorMin} || (major === ${majorMin} && minor < ${minorMin})) ${otherwise} }`
const nodeMessage = `'Millrace needs Node ${nodeMin} or newer, and this is Node ' + process.versions.node`
export const throwsOnOldNode = refusesOldNode(`throw new Error(${nodeMessage});`)
export const endsOnOldNode = refusesOldNode(`{ console.error(${nodeMessage}); process.exit(1); }`)

/** Doors that users import, by the subpath of the package; each also as CommonJS. */
export const subpaths: Readonly<Record<string, string>> = {
  client: 'src/client/node.ts',
  testing: 'src/testing/index.ts',
}

/** Entries that exist in this tree, by the name of their output. */
export function entriesOf(root: string): Record<string, string> {
  const entries: Record<string, string> = {}
  for (const path of globSync('src/bin/*.ts', { cwd: root })) {
    if (!path.endsWith('.test.ts')) entries[basename(path, '.ts')] = path
  }
  for (const [name, path] of Object.entries(subpaths)) if (existsSync(`${root}/${path}`)) entries[name] = path
  return entries
}

const common: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: `node${nodeMin}`,
  // Names and lines stay readable in a stack trace; comments and types go.
  minifySyntax: true,
  legalComments: 'none',
  charset: 'utf8',
  logLevel: 'warning',
  // Native and optional: looked for when it runs.
  external: ['@node-rs/crc32'],
  // Its entry for Node is CommonJS that requires; this one is the same as ES modules.
  alias: { yaml: './node_modules/yaml/browser/index.js' },
}

/**
 * Bundles `entries` of `root` into one flat folder: mains and doors share chunks, and the worker lies beside whatever
 * starts it. Doors also come as CommonJS, each whole: jest runs a program's own files so, and cannot require ES modules.
 */
export async function bundle(root: string, outdir: string, entries: Readonly<Record<string, string>>): Promise<void> {
  const worker = 'src/env/node/heavy-worker.ts'
  const entryPoints = { ...entries, 'heavy-worker': worker }
  await build({
    ...common,
    absWorkingDir: root,
    entryPoints,
    outdir,
    format: 'esm',
    splitting: true,
    chunkNames: 'chunk-[hash]',
  })
  const doors = Object.fromEntries(Object.entries(entries).filter(([name]) => name in subpaths))
  for (const name of Object.keys(doors)) {
    const path = `${outdir}/${name}.js`
    writeFileSync(path, `${throwsOnOldNode}\n${readFileSync(path, 'utf8')}`)
  }
  if (Object.keys(doors).length === 0) return
  await build({
    ...common,
    absWorkingDir: root,
    entryPoints: doors,
    outdir,
    outExtension: { '.js': '.cjs' },
    format: 'cjs',
    define: { 'import.meta.url': 'importMetaUrl' },
    banner: {
      js: `${throwsOnOldNode}\nconst importMetaUrl = require('node:url').pathToFileURL(__filename).href;`,
    },
  })
}
