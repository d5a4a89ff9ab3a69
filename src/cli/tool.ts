import { helpOption, helpText, isJoptError, type OptionSpec, Options, usage, versionOption } from './jopt.ts'
import { type CliWorld, isToolFailure, ToolFailure } from './world.ts'

/** The release of Apache Kafka whose tools these are like; what `--version` prints. */
export const KAFKA_RELEASE = '4.3.1'

/** One of Kafka's command-line tools. Answers its exit code; a ToolFailure is printed for it. */
export type Tool = (args: readonly string[], world: CliWorld) => Promise<number>

export interface JoptToolSpec {
  /** Printed above the options when help is asked for. */
  readonly purpose: string
  readonly options: readonly OptionSpec[]
  /** A mistake on the command line is followed by the list of options. Default true. */
  readonly helpOnMistake?: boolean
  /** Said in front of the message of such a mistake. */
  readonly mistakePrefix?: string
  /** Called without arguments, it does what it does instead of printing the help. */
  readonly runsWithoutArguments?: boolean
  run(o: Options, world: CliWorld): Promise<number>
}

/** A tool in the manner of jopt-simple: --help and --version, mistakes with the list of options. */
export function joptTool(spec: JoptToolSpec): Tool {
  const specs = [...spec.options, helpOption, versionOption]
  const fail = (world: CliWorld, failure: ToolFailure): number => {
    world.err(`${failure.message}\n`)
    if (failure.withHelp) world.err(helpText(specs))
    return failure.exitCode
  }
  return async (args, world) => {
    try {
      const o = new Options(specs, args)
      if ((o.isEmpty && !spec.runsWithoutArguments) || o.has('help')) throw usage(spec.purpose)
      if (o.has('version')) {
        world.out(`${KAFKA_RELEASE}\n`)
        return 0
      }
      return await spec.run(o, world)
    } catch (thrown) {
      if (isToolFailure(thrown)) return fail(world, thrown)
      if (isJoptError(thrown)) {
        const withHelp = spec.helpOnMistake ?? true
        return fail(world, new ToolFailure((spec.mistakePrefix ?? '') + thrown.message, { withHelp }))
      }
      throw thrown
    }
  }
}
