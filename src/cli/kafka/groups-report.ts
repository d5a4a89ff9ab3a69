import type { CliWorld } from '../world.ts'

/** Where --reset-offsets may move a group to, in the order in which Apache's tool names them. */
export const resetScenarios: readonly string[] = [
  'to-latest',
  'to-current',
  'to-earliest',
  'to-offset',
  'shift-by',
  'from-file',
  'to-datetime',
  'by-duration',
]

export function printError(world: CliWorld, message: string): void {
  world.out(`\nError: ${message}\n`)
}

/** A failure of the command that is said without the name of Java's exception, but shown with it. */
export function commandFailed(world: CliWorld, message: string, cause: string | null): void {
  printError(world, `Executing consumer group command failed due to ${message}`)
  if (cause !== null) world.err(`${cause}\n`)
}
