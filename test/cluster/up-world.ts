/** `millrace up` in processes of its own, below one temporary directory. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'

export const place = mkdtempSync(join(tmpdir(), 'millrace-up-'))
const running: ChildProcess[] = []
after(() => {
  for (const child of running) child.kill('SIGKILL')
  rmSync(place, { recursive: true, force: true })
})

export interface Up {
  readonly child: ChildProcess
  readonly said: { out: string; err: string }
  readonly code: Promise<number | null>
  /** Waits until standard output matches. */
  until(wanted: RegExp): Promise<RegExpExecArray>
}

export function up(...args: string[]): Up {
  const main = join(import.meta.dirname, '../../src/bin/millrace.ts')
  const child = spawn(process.execPath, [main, 'up', ...args], { cwd: place, stdio: ['ignore', 'pipe', 'pipe'] })
  running.push(child)
  const said = { out: '', err: '' }
  child.stdout.on('data', (text) => (said.out += text))
  child.stderr.on('data', (text) => (said.err += text))
  const code = once(child, 'close').then(([exit]) => exit as number | null)
  return {
    child,
    said,
    code,
    async until(wanted) {
      for (;;) {
        const found = wanted.exec(said.out)
        if (found !== null) return found
        const ended = await Promise.race([code.then(() => true), once(child.stdout, 'data').then(() => false)])
        if (ended) throw new Error(`${wanted} was not said: ${said.out}${said.err}`)
      }
    },
  }
}

export async function refused(...args: string[]): Promise<{ err: string; code: number | null }> {
  const { said, code } = up(...args)
  return { code: await code, err: said.err }
}
