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
  for (let from = 1; from <= seedsMax; from++) {
    const line = firstViolation(place, from, seedsMax)
    if (line === null) return null
    from = Number(/^seed (\d+)/.exec(line)![1]!)
    // What is found without it, too, is not found by it.
    if (firstViolation(root, from, from) === null) return line.slice(0, 200)
    console.log(`seed ${from} fails without a mutant, too`)
  }
  return null
}

function firstViolation(cwd: string, from: number, to: number): string | null {
  const args = ['scripts/sim.ts', '--from', `${from}`, '--seeds', `${to - from + 1}`, '--twice', '0']
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd, encoding: 'utf8' })
  if (status === 0) return null
  const line = stdout.split('\n').find((one) => one.includes('VIOLATION'))
  if (line === undefined) throw new Error(`seeds from ${from}: ${stderr}`)
  return line
}
