import type { CliWorld } from '../cli/index.ts'
import { nodeEnv } from '../env/node/index.ts'

export interface NodeCliWorld extends CliWorld {
  /** Writes out what is still to be written, then ends the process. */
  end(code: number): Promise<never>
}

/** Standard streams and signals of this process. */
export function nodeWorld(): NodeCliWorld {
  const env = nodeEnv({ logLevel: 'off' })
  const stop = new AbortController()
  const signals = { SIGINT: 130, SIGTERM: 143 } as const
  for (const [signal, code] of Object.entries(signals)) {
    process.on(signal as NodeJS.Signals, () => {
      // the second time, nobody waits for manners
      if (stop.signal.aborted) process.exit(code)
      stop.abort(code)
    })
  }
  // a reader that has had enough (head, less) is no error
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    throw error
  })
  const drained = (stream: NodeJS.WriteStream) =>
    stream.writableNeedDrain ? new Promise<void>((resolve) => stream.once('drain', resolve)) : Promise.resolve()
  return {
    env,
    workingDirectory: process.cwd(),
    out: (data) => void process.stdout.write(data),
    err: (text) => void process.stderr.write(text),
    drained: () => drained(process.stdout),
    stdin: process.stdin,
    isInteractive: process.stdin.isTTY === true,
    stop: stop.signal,
    async end(code) {
      for (const stream of [process.stdout, process.stderr]) {
        await new Promise<void>((resolve) => stream.write('', () => resolve()))
      }
      process.exit(code)
    },
  }
}
