import type { CliWorld } from '../cli/index.ts'
import { descriptorSink, lineLogger, nodeEnv } from '../env/node/index.ts'

export interface NodeCliWorld extends CliWorld {
  /** Writes out what is still to be written, then ends the process. */
  end(code: number): Promise<never>
}

/** Standard streams and signals of this process. */
export function nodeWorld(): NodeCliWorld {
  const env = nodeEnv({ logger: lineLogger({ level: 'warn', sink: descriptorSink(2), wallMs: Date.now }) })
  const stop = new AbortController()
  let isWatched = false
  const signals = { SIGINT: 130, SIGTERM: 143 } as const
  for (const [signal, code] of Object.entries(signals)) {
    process.on(signal as NodeJS.Signals, () => {
      // a tool that does not ask for the signal has nothing to put in order; nor does anybody wait for manners twice
      if (!isWatched || stop.signal.aborted) process.exit(code)
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
    get stop() {
      isWatched = true
      return stop.signal
    },
    async end(code) {
      for (const stream of [process.stdout, process.stderr]) {
        await new Promise<void>((resolve) => stream.write('', () => resolve()))
      }
      process.exit(code)
    },
  }
}
