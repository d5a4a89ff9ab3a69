import { MetadataLoader } from '../../metadata/index.ts'
import {
  batchBaseOffset,
  batchLastOffset,
  batchLeaderEpoch,
  batchMaxTimestamp,
  isControlBatch,
} from '../../records/index.ts'
import { type FlatSpec, flatError, parseFlat, tellRefused } from '../argparse.ts'
import type { Tool } from '../tool.ts'
import { absolute, type CliWorld, isToolFailure, lines } from '../world.ts'
import { LogFile, recordsOf } from './dump-log-file.ts'
import { runShellCommand, type ShellState, shellWords } from './shell-commands.ts'
import { type Directory, type Provenance, shellTree } from './shell-tree.ts'

const spec: FlatSpec = {
  program: 'kafka-metadata-shell',
  description: 'The metadata shell: what a log or a snapshot of __cluster_metadata says of the cluster.',
  options: [
    { name: 'snapshot', short: 's', kind: 'value', isRequired: true, help: 'A snapshot, or a segment of the log.' },
  ],
}

/** kafka-metadata-shell.sh: one command, or a conversation. */
export const metadataShell: Tool = async (args, world) => {
  const { before, command } = split(args)
  const parsed =
    command.length > 0 && before.length === 0
      ? flatError(spec, 'argument --snapshot/-s is required')
      : parseFlat(spec, before)
  if (parsed.kind === 'help') {
    const [usage = '', ...rest] = parsed.lines
    const positional = ['positional arguments:', `  ${'command'.padEnd(23)}Run this, and end: cat, find, ls, tree.`, '']
    const at = rest.findIndex((line) => line.endsWith('arguments:'))
    return tellRefused(world, {
      kind: 'help',
      lines: [`${usage} [command [command ...]]`, ...rest.slice(0, at), ...positional, ...rest.slice(at)],
    })
  }
  if (parsed.kind !== 'given') return tellRefused(world, parsed)
  const path = parsed.given.value('snapshot')!
  const isTalking = command.length === 0
  if (isTalking) world.out('Loading...\n')
  let root: Directory
  try {
    root = await load(world, path)
  } catch (thrown) {
    if (!isToolFailure(thrown)) throw thrown
    const why = thrown.message.endsWith('there is no such file')
      ? `java.nio.file.NoSuchFileException: ${absolute(world, path)}`
      : thrown.message
    world.err(`Unexpected error: ${why}\n`)
    return 1
  }
  const state: ShellState = { root, here: [], history: [], isOver: false }
  if (!isTalking) {
    world.out(runShellCommand(state, command, false))
    return 0
  }
  world.out('Starting...\n[ Kafka Metadata Shell ]\n>> ')
  for await (const line of lines(world.stdin)) {
    const words = shellWords(line)
    if (words.length > 0) state.history.push(line.trim())
    world.out(runShellCommand(state, words, true))
    if (state.isOver) return 0
    world.out('>> ')
  }
  return 0
}

/** Options come first; what follows is for the command. */
function split(args: readonly string[]): { before: string[]; command: string[] } {
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!
    if (!arg.startsWith('-')) return { before: args.slice(0, i), command: args.slice(i) }
    if (arg === '-s' || arg === '--snapshot') i++
  }
  return { before: [...args], command: [] }
}

async function load(world: CliWorld, path: string): Promise<Directory> {
  const file = await LogFile.open(world, path)
  const loader = new MetadataLoader()
  let provenance: Provenance = { offset: -1, epoch: -1, appendMs: -1 }
  try {
    for await (const { batch } of file.batches()) {
      const { bytes, from } = batch
      const baseOffset = batchBaseOffset(bytes, from)
      const lastOffset = batchLastOffset(bytes, from)
      const epoch = batchLeaderEpoch(bytes, from)
      const appendMs = batchMaxTimestamp(bytes, from)
      if (!isControlBatch(bytes, from)) {
        const records: { value: Uint8Array | null }[] = []
        const cursor = await recordsOf(world, batch)
        while (cursor.next()) records.push({ value: cursor.value === null ? null : cursor.value.slice() })
        loader.committed({ baseOffset, isLast: true, isSnapshot: false, epoch, appendMs, records })
      }
      loader.committedTo(lastOffset + 1, epoch)
      provenance = { offset: lastOffset, epoch, appendMs }
    }
  } finally {
    file.close()
  }
  return shellTree(loader.image, provenance)
}
