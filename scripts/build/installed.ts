import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Builds the package, packs it as publishing would, and installs what was packed in a project of its own below `place`.
 * Needs npm and nothing from a registry. Gives the project's folder.
 */
export function installPackage(place: string): string {
  const project = join(place, 'project')
  const run = (command: string, args: readonly string[], cwd: string) =>
    execFileSync(command, args, { cwd, stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' })
  mkdirSync(project, { recursive: true })
  run(process.execPath, [join(root, 'scripts/build.ts'), '--no-types', `--out=${join(place, 'dist')}`], root)
  const packed = run('npm', ['pack', './dist', '--silent', '--ignore-scripts'], place).trim()
  writeFileSync(join(project, 'package.json'), '{ "private": true }\n')
  const flags = ['--offline', '--omit=optional', '--ignore-scripts', '--no-audit', '--no-fund', '--silent']
  run('npm', ['install', ...flags, join(place, packed)], project)
  return project
}
