/** The mutation gate: a hunter that does not find planted bugs finds no others. */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Mutant, mutants } from './mutants.ts'

/** Each mutant in a copy of the sources, until a seed breaks a promise. True when all are found. */
export function runGate(root: string, seedsMax: number, only: string | null): boolean {
  const chosen = mutants.filter(({ name }) => only === null || name.includes(only))
  let isFoundAll = true
  for (const mutant of chosen) {
    const place = mkdtempSync(join(tmpdir(), 'millrace-mutant-'))
    try {
      const found = hunt(root, place, mutant, seedsMax)
      if (found === null) isFoundAll = false
      console.log(`${found === null ? 'SURVIVES' : 'found'}  ${mutant.name}: ${found ?? `${seedsMax} seeds`}`)
    } finally {
      rmSync(place, { recursive: true })
    }
  }
  return isFoundAll
}

function hunt(root: string, place: string, { name, file, find, replace }: Mutant, seedsMax: number): string | null {
  for (const part of ['src', 'scripts', 'test/faults', 'package.json', 'tsconfig.json']) {
    cpSync(join(root, part), join(place, part), { recursive: true })
  }
  symlinkSync(join(root, 'node_modules'), join(place, 'node_modules'))
  const path = join(place, file)
  const text = readFileSync(path, 'utf8')
  if (text.split(find).length !== 2) throw new Error(`${name}: ${file} does not say it once: ${find}`)
  writeFileSync(
    path,
    text.replace(find, () => replace),
  )
  const args = ['scripts/sim.ts', '--from', '1', '--seeds', `${seedsMax}`, '--twice', '0']
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: place, encoding: 'utf8' })
  if (status === 0) return null
  const line = stdout.split('\n').find((one) => one.includes('VIOLATION'))
  if (line === undefined) throw new Error(`${name}: ${stderr}`)
  // What is found without it, too, is not found by it.
  const seed = /^seed (\d+)/.exec(line)![1]!
  const without = spawnSync(process.execPath, ['scripts/sim.ts', '--seed', seed], { cwd: root, encoding: 'utf8' })
  if (without.status !== 0) throw new Error(`seed ${seed} fails without the mutant: ${without.stdout}`)
  return line.slice(0, 200)
}
