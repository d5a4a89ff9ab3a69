import { type GroupListing, isKafkaError } from '../../client/index.ts'
import { withAdmin } from '../admin-tool.ts'
import { apacheText } from '../apache-texts.ts'
import { checkInvalid, type OptionSpec, type Options, usage } from '../jopt.ts'
import { joptTool } from '../tool.ts'
import { ToolFailure } from '../world.ts'

const options: readonly OptionSpec[] = [
  {
    name: 'bootstrap-server',
    arg: { type: 'String', what: 'server to connect to' },
    help: 'REQUIRED: a broker to begin with, as host:port.',
  },
  {
    name: 'command-config',
    arg: { type: 'String', what: 'command config property file' },
    help: 'A file of properties for the admin client.',
  },
  { name: 'list', help: 'Print all groups with their type and protocol.' },
  {
    name: 'group-type',
    arg: { type: 'String', what: 'type' },
    help: 'Only groups of this type: classic, consumer, share or streams.',
  },
  { name: 'protocol', arg: { type: 'String', what: 'protocol' }, help: 'Only groups of this protocol.' },
  { name: 'consumer', help: 'Only groups of consumers, whatever their type.' },
  { name: 'share', help: 'Only share groups.' },
  { name: 'streams', help: 'Only streams groups.' },
]

/** As Java prints them. */
const typeNames = { classic: 'Classic', consumer: 'Consumer', share: 'Share', streams: 'Streams', unknown: '' } as const

/** kafka-groups.sh */
export const groups = joptTool({
  purpose: 'This tool helps to list groups of all types.',
  options,
  async run(o, world) {
    check(o)
    return withAdmin(o, world, async (admin) => {
      try {
        const found = await admin.listGroups({ timeoutMs: 30_000 })
        if (found.errors[0] !== undefined) throw found.errors[0]
        world.out(table(found.groups.filter((group) => isWanted(o, group))))
        return 0
      } catch (thrown) {
        if (!isKafkaError(thrown) || thrown.code === 'UNKNOWN_HOST') throw thrown
        world.out(`Error while executing groups command : ${apacheText(thrown)}\n`)
        return 1
      }
    })
  },
})

function check(o: Options): void {
  if (!o.has('bootstrap-server')) throw usage('Missing required option(s) [bootstrap-server]')
  if (!o.has('list')) throw usage('Command must include exactly one action: --list.')
  if (o.has('group-type') && groupType(o) === null) throw new ToolFailure('--group-type must be a valid group type.')
  checkInvalid(o, 'consumer', ['group-type', 'protocol', 'share', 'streams'])
  checkInvalid(o, 'share', ['consumer', 'group-type', 'protocol', 'streams'])
  checkInvalid(o, 'streams', ['consumer', 'group-type', 'protocol', 'share'])
}

function groupType(o: Options): string | null {
  const type = o.value('group-type')?.toLowerCase()
  return type !== undefined && type !== 'unknown' && type in typeNames ? type : null
}

function isWanted(o: Options, group: GroupListing): boolean {
  const type = groupType(o)
  const protocol = o.value('protocol')
  if (type !== null) return group.type === type && (protocol === null || group.protocolType === protocol)
  if (protocol !== null) return group.protocolType === protocol
  if (o.has('consumer')) {
    return group.protocolType === 'consumer' || group.protocolType === '' || group.type === 'consumer'
  }
  if (o.has('share')) return group.type === 'share'
  return !o.has('streams') || group.type === 'streams'
}

function table(found: readonly GroupListing[]): string {
  const rows = found.map((g) => [g.groupId, typeNames[g.type], g.protocolType])
  const width = Math.max(20, ...rows.flat().map((cell) => cell.length))
  const header = ['GROUP', 'TYPE', 'PROTOCOL'].map((cell) => cell.padEnd(width)).join(' ')
  return [header, ...rows.map((row) => row.map((cell) => `${cell.padEnd(width)} `).join(''))]
    .map((l) => `${l}\n`)
    .join('')
}
