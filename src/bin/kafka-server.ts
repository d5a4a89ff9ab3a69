/** `kafka-server-start.sh FILE [--override key=value]...`: one node from a properties file, until a signal stops it. */
import './pool.ts'
import { readConfig, runNode } from './run-node.ts'

const usage = 'USAGE: kafka-server-start.sh [-daemon] server.properties [--override property=value]*'

function parseArguments(argv: readonly string[]): { file: string; overrides: [string, string][] } {
  // The name that tools look for in a list of processes.
  const args = argv[0] === 'kafka.Kafka' ? argv.slice(1) : argv
  const [file, ...rest] = args
  if (file === undefined || file === '--help' || file === '-h') {
    process.stderr.write(`${usage}\n`)
    process.exit(file === undefined ? 1 : 0)
  }
  const overrides: [string, string][] = []
  for (let i = 0; i < rest.length; i++) {
    const arg = rest[i]!
    const text = arg.startsWith('--override=')
      ? arg.slice('--override='.length)
      : arg === '--override'
        ? rest[++i]
        : undefined
    const at = text?.indexOf('=') ?? -1
    if (text === undefined || at < 1) {
      process.stderr.write(`Found non argument parameters or an override without key=value: ${arg}\n${usage}\n`)
      process.exit(1)
    }
    overrides.push([text.slice(0, at), text.slice(at + 1)])
  }
  return { file, overrides }
}

const { file, overrides } = parseArguments(process.argv.slice(2))
const config = readConfig(file, overrides)
try {
  const { stopped } = await runNode(config)
  // At once: while an idle loop is taken down, its signals have no handlers, and a second SIGTERM would kill.
  process.exit(await stopped)
} catch (thrown) {
  process.stderr.write(`ERROR Exiting Kafka due to fatal exception: ${(thrown as Error).message}\n`)
  process.exit(1)
}
