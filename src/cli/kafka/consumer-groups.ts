import { type Admin, type GroupListing, isKafkaError } from '../../client/index.ts'
import { withAdmin } from '../admin-tool.ts'
import { apacheCause } from '../apache-texts.ts'
import { checkInvalid, checkRequired, isJoptError, type OptionSpec, type Options, usage } from '../jopt.ts'
import { joptTool } from '../tool.ts'
import type { CliWorld, ToolFailure } from '../world.ts'
import { deleteGroups, deleteOffsets } from './groups-delete.ts'
import { describeGroups } from './groups-describe.ts'
import { printError, resetScenarios } from './groups-report.ts'
import { resetOffsets } from './groups-reset.ts'

const options: readonly OptionSpec[] = [
  {
    name: 'bootstrap-server',
    arg: { type: 'String', what: 'server to connect to' },
    help: 'REQUIRED (for all but --validate-regex): brokers to begin with, as host:port.',
  },
  { name: 'group', arg: { type: 'String', what: 'consumer group' }, help: 'The group to act upon; may be repeated.' },
  {
    name: 'topic',
    arg: { type: 'String', what: 'topic' },
    help: 'Whose offsets to reset or delete, as topic or topic:0,1,2; may be repeated.',
  },
  { name: 'all-topics', help: 'Reset the offsets of all topics that the group has read.' },
  { name: 'list', help: 'Print all consumer groups.' },
  { name: 'describe', help: 'Print where groups are and how far behind.' },
  { name: 'all-groups', help: 'Act upon all consumer groups.' },
  { name: 'delete', help: 'Delete groups: their members and offsets. They must have no members.' },
  {
    name: 'timeout',
    arg: { type: 'Long', what: 'timeout (ms)', default: '30000' },
    help: 'How long to wait for an answer, for instance while a group settles.',
  },
  {
    name: 'command-config',
    arg: { type: 'String', what: 'command config property file' },
    help: 'A file of properties for the admin client.',
  },
  { name: 'reset-offsets', help: 'Move groups without members to other offsets: --dry-run shows, --execute does it.' },
  { name: 'delete-offsets', help: 'Forget the offsets of a group for some topics.' },
  { name: 'dry-run', help: 'Only show what --reset-offsets would do.' },
  { name: 'execute', help: 'Do what --reset-offsets shows.' },
  { name: 'export', help: 'Print the outcome of --reset-offsets as CSV.' },
  { name: 'to-offset', arg: { type: 'Long', what: 'offset' }, help: 'Reset to this offset.' },
  {
    name: 'from-file',
    arg: { type: 'String', what: 'path to CSV file' },
    help: 'Reset to the offsets in a file that --export made.',
  },
  {
    name: 'to-datetime',
    arg: { type: 'String', what: 'datetime' },
    help: "Reset to the first record at or after a time: 'YYYY-MM-DDThh:mm:ss.sss', with or without a zone.",
  },
  {
    name: 'by-duration',
    arg: { type: 'String', what: 'duration' },
    help: "Reset to the first record of the last 'PnDTnHnMnS'.",
  },
  { name: 'to-earliest', help: 'Reset to the first offset.' },
  { name: 'to-latest', help: 'Reset to the end.' },
  {
    name: 'shift-by',
    arg: { type: 'Long', what: 'number-of-offsets' },
    help: 'Reset by so many offsets forward, or back when negative.',
  },
  { name: 'to-current', help: 'Reset to where it is.' },
  { name: 'members', help: 'With --describe: the members.' },
  { name: 'offsets', help: 'With --describe: the offsets; what is shown without any of these.' },
  { name: 'verbose', help: 'With --describe: more columns.' },
  {
    name: 'state',
    arg: { type: 'String', isOptional: true },
    help: 'With --describe: the state. With --list: the state too, or only groups in these states.',
  },
  {
    name: 'type',
    arg: { type: 'String', isOptional: true },
    help: 'With --list: the type too, or only groups of these types (classic, consumer).',
  },
  {
    name: 'validate-regex',
    arg: { type: 'String', what: 'regex' },
    help: "Says whether a consumer may subscribe to this regular expression (RE2's syntax).",
  },
]

const actions = ['list', 'describe', 'delete', 'reset-offsets', 'delete-offsets', 'validate-regex'] as const
/** kafka-consumer-groups.sh */
export const consumerGroups = joptTool({
  purpose:
    'This tool helps to list all consumer groups, describe a consumer group, delete consumer group info, or reset consumer group offsets.',
  options,
  helpOnMistake: false,
  async run(o, world) {
    check(o, world)
    if (o.has('validate-regex')) return validateRegex(o.required('validate-regex'), world)
    try {
      // a time that cannot be read is told like a failed command
      const timeoutMs = o.integer('timeout')!
      return await withAdmin(o, world, (admin) => act(o, admin, timeoutMs, world))
    } catch (thrown) {
      return failed(thrown, world)
    }
  },
})

async function act(o: Options, admin: Admin, timeoutMs: number, world: CliWorld): Promise<number> {
  const groupIds = async () => {
    if (!o.has('all-groups')) return [...o.values('group')]
    return (await consumerGroupListings(admin, timeoutMs)).map((g) => g.groupId)
  }
  if (o.has('list')) await list(o, admin, timeoutMs, world)
  else if (o.has('describe')) await describeGroups(o, admin, await groupIds(), timeoutMs, world)
  else if (o.has('delete')) await deleteGroups(admin, await groupIds(), timeoutMs, world)
  else if (o.has('reset-offsets')) await resetOffsets(o, admin, await groupIds(), timeoutMs, world)
  else await deleteOffsets(o, admin, timeoutMs, world)
  return 0
}

/** Apache's tool says what went wrong on standard output and ends as if it had not. */
function failed(thrown: unknown, world: CliWorld): number {
  if (isKafkaError(thrown) && thrown.code !== 'UNKNOWN_HOST') {
    const isNobodyThere = thrown.number === -1 && thrown.isRetriable
    const why = isNobodyThere
      ? `org.apache.kafka.common.errors.TimeoutException: Timed out waiting for a node assignment. (${thrown.message})`
      : apacheCause(thrown)
    printError(world, `Executing consumer group command failed due to ${why}`)
    return 0
  }
  if (isJoptError(thrown)) {
    printError(world, `Executing consumer group command failed due to ${thrown.message}`)
    return 0
  }
  throw thrown
}

function check(o: Options, world: CliWorld): void {
  if (!o.has('validate-regex')) checkRequired(o, 'bootstrap-server')
  const scope = (action: string, choices: readonly string[]) =>
    usage(`Option [${action}] takes one of these options: ${choices.map((c) => `[${c}]`).join(', ')}`)
  const hasGroups = o.has('group') || o.has('all-groups')
  if (o.has('describe')) {
    if (!hasGroups) throw scope('describe', ['group', 'all-groups'])
    const views = ['members', 'offsets', 'state']
    if (views.filter((view) => o.has(view)).length > 1) {
      throw usage(`Option [describe] takes at most one of these options: ${views.map((v) => `[${v}]`).join(', ')}`)
    }
    if (o.has('state') && o.value('state') !== null) throw usage('Option [describe] does not take a value for [state]')
  }
  if (o.has('delete')) {
    if (!hasGroups) throw scope('delete', ['all-groups', 'group'])
    if (o.has('topic')) {
      throw usage('The consumer does not support topic-specific offset deletion from a consumer group.')
    }
  }
  if (o.has('delete-offsets') && !(o.has('group') && o.has('topic'))) {
    throw usage('Option [delete-offsets] takes the following options: [group], [topic]')
  }
  if (o.has('reset-offsets')) checkReset(o, world, hasGroups, scope)
  checkInvalid(o, 'group', ['all-groups'])
  checkInvalid(o, 'group', ['list'])
  checkInvalid(o, 'topic', ['list', 'describe'])
  if (actions.filter((action) => o.has(action)).length !== 1) {
    throw usage(`Command must include exactly one action: ${actions.map((a) => `--${a}`).join(', ')}`)
  }
}

function checkReset(
  o: Options,
  world: CliWorld,
  hasGroups: boolean,
  scope: (action: string, choices: readonly string[]) => ToolFailure,
): void {
  if (o.has('dry-run') && o.has('execute'))
    throw usage('Option [reset-offsets] only accepts one of [execute] and [dry-run]')
  if (!o.has('dry-run') && !o.has('execute')) {
    world.err(
      'WARN: No action will be performed as the --execute option is missing. In version 5.0, this command will require either --dry-run or --execute to be specified. You should add the --dry-run option explicitly if you are scripting this command and want to keep the current default behavior without prompting.\n',
    )
  }
  if (!hasGroups) throw scope('reset-offsets', ['all-groups', 'group'])
  const inOrder = [
    'to-offset',
    'to-datetime',
    'by-duration',
    'to-earliest',
    'to-latest',
    'to-current',
    'shift-by',
    'from-file',
  ]
  for (const name of inOrder)
    checkInvalid(
      o,
      name,
      resetScenarios.filter((other) => other !== name),
    )
}

// List

/** Groups of consumers: of the consumer protocol, and classic ones that consumers or nobody but committers use. */
async function consumerGroupListings(
  admin: Admin,
  timeoutMs: number,
  filter: { readonly states?: readonly string[]; readonly types?: readonly string[] } = {},
): Promise<GroupListing[]> {
  const types = filter.types ?? ['classic', 'consumer']
  const found = await admin.listGroups({ timeoutMs, ...(filter.states ? { states: filter.states } : {}) })
  if (found.errors[0] !== undefined) throw found.errors[0]
  return found.groups.filter(
    (g) => (g.type === 'unknown' || types.includes(g.type)) && (g.protocolType === '' || g.protocolType === 'consumer'),
  )
}

const stateNames = ['Dead', 'Reconciling', 'CompletingRebalance', 'Stable', 'PreparingRebalance', 'Empty', 'Assigning']
const typeNames = { classic: 'Classic', consumer: 'Consumer', share: 'Share', streams: 'Streams', unknown: 'Unknown' }

async function list(o: Options, admin: Admin, timeoutMs: number, world: CliWorld): Promise<void> {
  if (!o.has('type') && !o.has('state')) {
    for (const { groupId } of await consumerGroupListings(admin, timeoutMs)) world.out(`${groupId}\n`)
    return
  }
  const states = statesOf(o.value('state'))
  const types = typesOf(o.value('type'))
  const found = await consumerGroupListings(admin, timeoutMs, {
    ...(states === null ? {} : { states }),
    ...(types === null ? {} : { types }),
  })
  const width = Math.max(15, ...found.map((g) => g.groupId.length)) + 10
  const row = (id: string, type: string, state: string) => {
    const cells = [id.padEnd(width)]
    if (o.has('type')) cells.push(type.padEnd(20))
    if (o.has('state')) cells.push(state.padEnd(20))
    world.out(`${cells.join(' ')}\n`)
  }
  row('GROUP', 'TYPE', 'STATE')
  for (const g of found) row(g.groupId, typeNames[g.type], g.state || 'Unknown')
}

function statesOf(text: string | null): string[] | null {
  if (text === null || text === '') return null
  return text.split(',').map((part) => {
    const name = stateNames.find((state) => state.toLowerCase() === part.trim().toLowerCase().replaceAll('_', ''))
    if (name === undefined) {
      throw usage(`Invalid state list '${text}'. Valid states are: ${stateNames.join(', ')}`)
    }
    return name
  })
}

function typesOf(text: string | null): string[] | null {
  if (text === null || text === '') return null
  const types = text
    .toLowerCase()
    .split(',')
    .map((part) => part.trim())
  if (types.some((type) => type !== 'classic' && type !== 'consumer')) {
    throw usage(`Invalid types list '${text}'. Valid types are: Consumer, Classic`)
  }
  return types
}

async function validateRegex(regex: string, world: CliWorld): Promise<number> {
  const { RE2JS } = await import('re2js')
  try {
    RE2JS.compile(regex)
    world.out(`The regular expression \`${regex}\` is valid.\n`)
  } catch (thrown) {
    // "error parsing regexp: missing closing ]: `[`": what is wrong stands in the middle
    const { message } = thrown as Error
    const what = /^error parsing regexp: (.*?)(?:: `.*`)?$/s.exec(message)?.[1] ?? message
    world.out(`The regular expression \`${regex}\` is invalid: ${what}.\n`)
  }
  return 0
}
