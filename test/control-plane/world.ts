/** A control plane as people start it, in a home of its own, and the machine's kubectl. */
import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..', '..')

export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Why tests that type kubectl's commands are skipped; false: they are not. */
export const noKubectl: string | false =
  spawnSync('kubectl', ['version', '--client']).status === 0 ? false : 'kubectl is not installed'

export class Home implements AsyncDisposable {
  readonly path = mkdtempSync(join(tmpdir(), 'millrace-home-'))
  readonly #env: NodeJS.ProcessEnv

  constructor() {
    this.#env = {
      ...process.env,
      ...{ MILLRACE_HOME: this.path, KUBECONFIG: join(this.path, 'kubeconfig'), HOME: this.path },
    }
  }

  /** bin/millrace */
  millrace(...args: string[]): Promise<Ran> {
    return run(join(root, 'bin', 'millrace'), args, this.#env, null)
  }

  /** bin/millrace, with something on standard input. */
  millraceIn(input: string, ...args: string[]): Promise<Ran> {
    return run(join(root, 'bin', 'millrace'), args, this.#env, input)
  }

  kubectl(...args: string[]): Promise<Ran> {
    return run('kubectl', args, this.#env, null)
  }

  /** With something on standard input. */
  kubectlIn(input: string, ...args: string[]): Promise<Ran> {
    return run('kubectl', args, this.#env, input)
  }

  get controlPlanePid(): number {
    return (JSON.parse(readFileSync(join(this.path, 'control-plane.json'), 'utf8')) as { pid: number }).pid
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.millrace('down', '--delete')
    rmSync(this.path, { recursive: true, force: true })
  }
}

function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv, input: string | null): Promise<Ran> {
  return new Promise((done) => {
    const options = { env, cwd: root, maxBuffer: 64 * 1024 * 1024 }
    const child = execFile(program, args, options, (error, out, err) => {
      done({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : 1, out, err })
    })
    child.stdin?.end(input ?? '')
  })
}
