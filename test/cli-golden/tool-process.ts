/** A tool that runs: Apache's in a process of its own, ours in this one. */
import { spawn } from 'node:child_process'

export interface ToolProcess {
  /** Called with what it prints; set by whoever started it. */
  onOutput: (from: 'stdout' | 'stderr', text: string) => void
  /** More standard input. */
  write(text: string): void
  /** The end of standard input. */
  end(): void
  kill(signal: NodeJS.Signals): void
  /** The exit code, or the name of the signal that ended it. */
  readonly ended: Promise<string>
}

export function spawnTool(command: readonly string[], cwd: string): ToolProcess {
  const child = spawn(command[0]!, command.slice(1), { cwd, stdio: ['pipe', 'pipe', 'pipe'] })
  child.stdin.on('error', () => {}) // a tool that fails early closes its input
  const tool: ToolProcess = {
    onOutput: () => {},
    write: (text) => void child.stdin.write(text),
    end: () => void child.stdin.end(),
    kill: (signal) => void child.kill(signal),
    ended: new Promise((resolve) => child.on('close', (code, signal) => resolve(String(code ?? signal)))),
  }
  child.stdout.setEncoding('utf8').on('data', (text) => tool.onOutput('stdout', text))
  child.stderr.setEncoding('utf8').on('data', (text) => tool.onOutput('stderr', text))
  return tool
}
