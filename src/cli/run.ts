import { isKafkaError } from '../client/index.ts'
import { toolOfClass } from './classes.ts'
import { examplesOf } from './examples.ts'
import { modernize } from './legacy.ts'
import { notBuilt } from './not-built.ts'
import { tools } from './tools.ts'
import type { CliWorld } from './world.ts'

/** Runs one of Kafka's tools, named as its script is without `.sh`. Answers the exit code. */
export async function runKafkaTool(name: string, args: readonly string[], world: CliWorld): Promise<number> {
  if (name === 'kafka-run-class') {
    const [main, ...rest] = args
    const usage = 'USAGE: kafka-run-class.sh [-daemon] [-name NAME] [-loggc] CLASS [ARGUMENT...]\n'
    if (main === '--help' || main === '-h') {
      world.out(usage)
      return 0
    }
    if (main !== undefined) return runKafkaTool(toolOfClass(main) ?? main, rest, world)
    world.err(usage)
    return 1
  }
  const load = tools.get(name)
  if (load === undefined) {
    const why = notBuilt.get(name)
    world.err(
      why === undefined
        ? `${name} is not part of this version of Millrace. There are: ${[...tools.keys()].sort().join(', ')}\n`
        : `${name}.sh is not built yet: ${why}\n`,
    )
    return 1
  }
  const { args: said, notices, refusal } = modernize(name, args)
  if (refusal !== null) {
    world.err(`${refusal}\n`)
    return 1
  }
  for (const notice of notices) world.err(`${notice}\n`)
  const tool = await load()
  try {
    const code = await tool(said, world)
    if (said.includes('--help') || said[0] === '-h') sayExamples(name, code, world)
    return code
  } catch (thrown) {
    // a signal's reason is the exit code it asks for
    if (typeof thrown === 'number') return thrown
    if (!isKafkaError(thrown)) throw thrown
    if (thrown.code === 'UNKNOWN_HOST') {
      world.err(`Failed to create new KafkaAdminClient\nNo resolvable bootstrap urls given in bootstrap.servers\n`)
      world.err(`${thrown.message}\n`)
    } else world.err(`${thrown.message}\n`)
    return 1
  }
}

/** After the help, on the same stream: jopt-simple's help goes to standard error and ends with 1, argparse's does not. */
function sayExamples(name: string, code: number, world: CliWorld): void {
  const text = examplesOf(name)
  if (text === null) return
  if (code === 0) world.out(text)
  else world.err(text)
}
