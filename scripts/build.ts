/**
 * `npm run build`: makes dist/, the package to publish, whose bundles the commands in bin/ run. `npm ci` does
 * it, too. `--no-types` leaves out the declarations; `--out=DIR` puts it elsewhere.
 */
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { fileURLToPath } from 'node:url'
import { manifestOf, npxMain } from './build/manifest.ts'

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')
const withTypes = !process.argv.includes('--no-types')
const out = process.argv.find((argument) => argument.startsWith('--out='))?.slice('--out='.length) ?? `${root}/dist`

if (!existsSync(`${root}/node_modules/esbuild`)) {
  console.log('Nothing is built: esbuild is not installed (npm ci without --omit=dev installs it).')
  process.exit(0)
}
const { bundle, entriesOf, subpaths } = await import('./build/bundle.ts')
const entries = entriesOf(root)
if (Object.keys(entries).length === 0) {
  console.log('Nothing is built: there is no main in src/bin yet.')
  process.exit(0)
}
try {
  await makePackage(out)
} catch (thrown) {
  // esbuild has said what it could not do.
  console.error(`Nothing is built: ${(thrown as Error).message.split('\n')[0]}`)
  process.exitCode = 1
}

/** Made aside and then put in place, so that a failure leaves what was there. */
async function makePackage(dist: string): Promise<void> {
  const started = performance.now()
  const fresh = `${dist}.new`
  rmSync(fresh, { recursive: true, force: true })
  mkdirSync(fresh, { recursive: true })
  await bundle(root, `${fresh}/lib`, entries)
  if (withTypes) {
    const { writeTypes } = await import('./build/types.ts')
    await writeTypes(
      root,
      `${fresh}/types`,
      Object.values(subpaths).filter((door) => existsSync(`${root}/${door}`)),
    )
  }
  const manifest = manifestOf(JSON.parse(readFileSync(`${root}/package.json`, 'utf8')), entries)
  writeFileSync(`${fresh}/package.json`, `${JSON.stringify(manifest, null, 2)}\n`)
  if (entries['millrace'] !== undefined) {
    writeFileSync(`${fresh}/millrace.js`, npxMain)
    chmodSync(`${fresh}/millrace.js`, 0o755)
  }
  if (existsSync(`${root}/LICENSE`)) copyFileSync(`${root}/LICENSE`, `${fresh}/LICENSE`)
  // the repository's own speaks of a clone
  copyFileSync(fileURLToPath(new URL('build/package-readme.md', import.meta.url)), `${fresh}/README.md`)
  if (existsSync(`${root}/config`)) cpSync(`${root}/config`, `${fresh}/config`, { recursive: true })
  rmSync(dist, { recursive: true, force: true })
  renameSync(fresh, dist)
  console.log(`${dist}: ${Object.keys(entries).join(', ')} (${((performance.now() - started) / 1000).toFixed(1)} s)`)
}
