import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, posix } from 'node:path'
import { promisify } from 'node:util'

/**
 * Writes the declarations that users of `doors` (paths under src) can see, and no others. The sources import `.ts`; a
 * declaration that is published says `.js`. They are declared as CommonJS, which every setting of TypeScript may import:
 * a CommonJS file that is checked as before Node could require ES modules is refused the others.
 */
export async function writeTypes(root: string, outdir: string, doors: readonly string[]): Promise<void> {
  const emitted = mkdtempSync(join(tmpdir(), 'millrace-types-'))
  try {
    const project = join(emitted, 'tsconfig.json')
    const compilerOptions = {
      noEmit: false,
      noCheck: true,
      declaration: true,
      emitDeclarationOnly: true,
      rewriteRelativeImportExtensions: true,
      outDir: emitted,
      rootDir: join(root, 'src'),
      typeRoots: [join(root, 'node_modules/@types')],
    }
    const files = doors.map((door) => join(root, door))
    writeFileSync(
      project,
      JSON.stringify({ extends: join(root, 'tsconfig.json'), compilerOptions, include: [], files }),
    )
    await promisify(execFile)(join(root, 'node_modules/.bin/tsc'), ['-p', project])
    const seen = new Set(doors.map((door) => door.replace(/^src\//, '').replace(/\.ts$/, '.d.ts')))
    for (const path of seen) {
      const text = readFileSync(join(emitted, path), 'utf8').replaceAll(
        /((?:from|import)\s*\(?\s*)(['"])(\.[^'"]*)\.ts\2/g,
        (_, before: string, quote: string, specifier: string) => {
          const target = posix.join(posix.dirname(path), `${specifier}.d.ts`)
          if (existsSync(join(emitted, target))) seen.add(target)
          return `${before}${quote}${specifier}.js${quote}`
        },
      )
      mkdirSync(dirname(join(outdir, path)), { recursive: true })
      // `await using` is younger than what a project may compile for.
      const needs = text.includes('Symbol.asyncDispose') ? '/// <reference lib="esnext.disposable" />\n' : ''
      writeFileSync(join(outdir, path), needs + text)
    }
    writeFileSync(join(outdir, 'package.json'), '{ "type": "commonjs" }\n')
  } finally {
    rmSync(emitted, { recursive: true })
  }
}
