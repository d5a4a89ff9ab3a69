import { endsOnOldNode, nodeMin, subpaths } from './bundle.ts'

interface Root {
  readonly name: string
  readonly version: string
  readonly description: string
  readonly license: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

/** Dependencies that are loaded when the bundle runs; all others are inside it. */
const loadedAtRunTime: ReadonlySet<string> = new Set(['@node-rs/crc32'])

/** The package.json to publish: no trace of the private root but its name, version and what must be installed beside. */
export function manifestOf(root: Root, entries: Readonly<Record<string, string>>): Record<string, unknown> {
  const exports: Record<string, unknown> = {}
  for (const [name, path] of Object.entries(subpaths)) {
    if (entries[name] === undefined) continue
    const types = `./types/${path.replace(/^src\//, '').replace(/\.ts$/, '.d.ts')}`
    exports[`./${name}`] = {
      import: { types, default: `./lib/${name}.js` },
      require: { types, default: `./lib/${name}.cjs` },
    }
  }
  const kept = Object.entries(root.optionalDependencies ?? {}).filter(([name]) => loadedAtRunTime.has(name))
  return {
    name: root.name,
    version: root.version,
    description: root.description,
    license: root.license,
    type: 'module',
    engines: { node: `>=${nodeMin}` },
    exports: { ...exports, './package.json': './package.json' },
    ...(entries['millrace'] === undefined ? {} : { bin: { millrace: 'millrace.js' } }),
    optionalDependencies: Object.fromEntries(kept),
  }
}

/** What `npx millrace` runs: switches on V8's code cache before the program is loaded. */
export const npxMain = `#!/usr/bin/env node
import module from 'node:module'
${endsOnOldNode}
module.enableCompileCache()
await import('./lib/millrace.js')
`
