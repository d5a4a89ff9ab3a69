/** What is used of node-pty. */
export interface PtyModule {
  spawn(
    program: string,
    args: string[],
    options: { cwd: string; env: Record<string, string>; cols: number; rows: number; encoding: null },
  ): PtyProcess
}

export interface PtyProcess {
  readonly pid: number
  onData(told: (chunk: string) => void): void
  onExit(told: (exit: { exitCode: number; signal?: number }) => void): void
  write(text: string | Buffer): void
  resize(columns: number, rows: number): void
  pause(): void
  resume(): void
}

/** The optional package for terminals; null where it has none for this machine. Loaded when the first is asked for. */
export async function loadPty(): Promise<PtyModule | null> {
  const name = '@lydell/node-pty'
  try {
    return (await import(name)) as PtyModule
  } catch (thrown) {
    if (missing.has((thrown as { code?: string }).code ?? '')) return null
    throw thrown
  }
}

const missing: ReadonlySet<string> = new Set(['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND', 'ERR_DLOPEN_FAILED'])
