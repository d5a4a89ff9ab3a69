import type { Env } from '../env/index.ts'

/** A command's surroundings: what it was told, where it speaks, and when it must stop. */
export interface CliWorld {
  readonly env: Env
  /** What relative paths are relative to; absolute. */
  readonly workingDirectory: string
  /** Standard output; as text, or as bytes that are not text. */
  out(data: string | Uint8Array): void
  /** Standard error. */
  err(text: string): void
  /** Resolves when standard output can take more. */
  drained(): Promise<void>
  readonly stdin: AsyncIterable<Uint8Array>
  /** Standard input is a terminal. */
  readonly isInteractive: boolean
  /** Aborted by SIGINT or SIGTERM; its reason is the exit code that the signal asks for (130, 143). */
  readonly stop: AbortSignal
}

/** Ends the tool with this message on standard error; `help` adds the list of options. */
export class ToolFailure extends Error {
  readonly withHelp: boolean
  readonly exitCode: number

  constructor(message: string, o: { readonly withHelp?: boolean; readonly exitCode?: number } = {}) {
    super(message)
    this.withHelp = o.withHelp ?? false
    this.exitCode = o.exitCode ?? 1
  }
}

export function isToolFailure(thrown: unknown): thrown is ToolFailure {
  return typeof thrown === 'object' && thrown !== null && 'withHelp' in thrown && 'exitCode' in thrown
}

/** The whole of a small file. Missing: `missing` makes the error; the default says the path, as Java does. */
export function readFile(
  world: CliWorld,
  path: string,
  missing: (path: string) => Error = (p) => new ToolFailure(p),
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    world.env.disk.readAll(absolute(world, path), 64 * 1024 * 1024, (failure, bytes) => {
      if (failure === null) resolve(bytes)
      else if (failure.code === 'ENOENT') reject(missing(path))
      else reject(new ToolFailure(failure.message))
    })
  })
}

export function absolute(world: CliWorld, path: string): string {
  return path.startsWith('/') ? path : `${world.workingDirectory}/${path}`
}

/** Lines of standard input without their ends (\n, \r\n or \r); the last one may have none. */
export async function* lines(input: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, void> {
  const decoder = new TextDecoder('utf-8')
  let rest = ''
  for await (const chunk of input) {
    rest += decoder.decode(chunk, { stream: true })
    let from = 0
    for (;;) {
      const end = lineEnd(rest, from)
      if (end < 0) break
      yield rest.slice(from, end)
      from = end + (rest[end] === '\r' && rest[end + 1] === '\n' ? 2 : 1)
    }
    rest = rest.slice(from)
  }
  rest += decoder.decode()
  if (rest.endsWith('\r')) yield rest.slice(0, -1)
  else if (rest !== '') yield rest
}

/** A \r at the very end may be half of \r\n: it is no end until more has come. */
function lineEnd(text: string, from: number): number {
  for (let i = from; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === 10) return i
    if (c === 13 && i + 1 < text.length) return i
  }
  return -1
}
