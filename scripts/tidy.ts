/** `node scripts/tidy.ts`: holds the sources to the rules of the house (scripts/tidy/house.ts); exits with 1 if one is broken. */
import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { checkHouse } from './tidy/check.ts'
import { readSource } from './tidy/source.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const paths = globSync('src/**/*.ts', { cwd: root })
  .map((path) => path.replaceAll('\\', '/'))
  .sort()
const findings = checkHouse(paths.map((path) => readSource(path, readFileSync(`${root}/${path}`, 'utf8'))))
for (const { path, line, rule, message, isWarning } of findings) {
  console.log(`${path}:${line} ${isWarning ? 'warning ' : ''}${rule}: ${message}`)
}
const broken = findings.filter(({ isWarning }) => !isWarning).length
const warned = findings.length - broken
console.log(`${paths.length} files, ${broken} broken rules, ${warned} warnings`)
if (broken > 0) process.exitCode = 1
