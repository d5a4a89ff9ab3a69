import { type AclBinding, type AclFilter, type Admin, isKafkaError } from '../../client/index.ts'
import { withAdmin } from '../admin-tool.ts'
import { type OptionSpec, type Options, usage } from '../jopt.ts'
import { joptTool } from '../tool.ts'
import { type CliWorld, isToolFailure, lines, ToolFailure } from '../world.ts'

type ResourceType = AclBinding['resourceType']
type PatternType = NonNullable<AclFilter['patternType']>

interface Resource {
  readonly resourceType: ResourceType
  readonly name: string
  readonly patternType: PatternType
}
/** Who, from where, what: an ACL without its resource. */
type Entry = Omit<AclBinding, 'resourceType' | 'name' | 'patternType'>

const CLUSTER = 'kafka-cluster'

/** What each kind of resource knows, as Apache's tool prints it. */
const operationsOf: Readonly<Record<ResourceType, readonly string[]>> = {
  topic: ['Read', 'Write', 'Create', 'Describe', 'Delete', 'Alter', 'DescribeConfigs', 'AlterConfigs', 'All'],
  group: ['Read', 'Describe', 'Delete', 'DescribeConfigs', 'AlterConfigs', 'All'],
  cluster: [
    ...['Create', 'AlterConfigs', 'DescribeConfigs', 'Alter', 'IdempotentWrite', 'Describe', 'ClusterAction', 'All'],
  ],
  transactionalId: ['Describe', 'Write', 'TwoPhaseCommit', 'All'],
}
const operationNames = [...new Set(Object.values(operationsOf).flat())]
const patternTypes: Readonly<Record<string, PatternType>> = {
  ...{ ANY: 'any', MATCH: 'match', LITERAL: 'literal', PREFIXED: 'prefix' },
}

const bootstrap = 'in the form host1:port1,host2:port2'
const options: readonly OptionSpec[] = [
  { name: 'bootstrap-server', arg: { type: 'String', what: 'server to connect to' }, help: `Brokers, ${bootstrap}.` },
  {
    name: 'bootstrap-controller',
    arg: { type: 'String', what: 'controller to connect to' },
    help: `Controllers in place of brokers, ${bootstrap}.`,
  },
  {
    name: 'command-config',
    arg: { type: 'String', what: 'command-config', isOptional: true },
    help: 'A file of properties for the admin client.',
  },
  { name: 'add', help: 'Add ACLs.' },
  { name: 'remove', help: 'Remove ACLs; all of the resources when no principal is named.' },
  { name: 'list', help: 'List ACLs, all or those of the resources that are named.' },
  { name: 'topic', arg: { type: 'String', what: 'topic' }, help: "A topic; '*' means all topics." },
  { name: 'group', arg: { type: 'String', what: 'group' }, help: "A consumer group; '*' means all groups." },
  { name: 'cluster', help: 'The cluster as such.' },
  {
    name: 'transactional-id',
    arg: { type: 'String', what: 'transactional-id' },
    help: "A transactional id; '*' means all.",
  },
  {
    name: 'delegation-token',
    arg: { type: 'String', what: 'delegation-token' },
    help: 'A delegation token. Millrace has none.',
  },
  {
    name: 'user-principal',
    arg: { type: 'String', what: 'user-principal' },
    help: 'A user for whom tokens are made. Millrace has no delegation tokens.',
  },
  {
    name: 'resource-pattern-type',
    arg: { type: '[ANY,MATCH,LITERAL,PREFIXED]', default: 'LITERAL' },
    help: 'How names are meant: literal, or as a prefix. To list and to remove also any (both kinds, the name exactly) and match (all that applies to a resource of that name: careful with --remove).',
  },
  {
    name: 'operation',
    arg: { type: 'String', default: 'All' },
    help: `What is allowed or denied: ${operationNames.join(', ')}.`,
  },
  {
    name: 'allow-principal',
    arg: { type: 'String', what: 'allow-principal' },
    help: "Who is allowed, as User:name; User:'*' is everybody.",
  },
  {
    name: 'deny-principal',
    arg: { type: 'String', what: 'deny-principal' },
    help: 'Who is denied, which beats what is allowed.',
  },
  {
    name: 'principal',
    arg: { type: 'String', what: 'principal', isOptional: true },
    help: 'List the ACLs of this principal.',
  },
  {
    name: 'allow-host',
    arg: { type: 'String', what: 'allow-host' },
    help: "From where; '*', everywhere, when not given.",
  },
  { name: 'deny-host', arg: { type: 'String', what: 'deny-host' }, help: 'The same for --deny-principal.' },
  {
    name: 'producer',
    help: 'What a producer needs: Write, Describe and Create on topics, Write and Describe on a transactional id.',
  },
  { name: 'consumer', help: 'What a consumer needs: Read and Describe on topics, Read on groups.' },
  { name: 'idempotent', help: 'With --producer: IdempotentWrite on the cluster.' },
  { name: 'force', help: 'Do not ask before removing.' },
]

/** kafka-acls.sh */
export const acls = joptTool({
  purpose: 'This tool helps to manage acls on kafka.',
  options,
  async run(o, world) {
    check(o)
    try {
      return await withAdmin(o, world, async (admin) => {
        if (o.has('add')) await add(o, admin, world)
        else if (o.has('remove')) await remove(o, admin, world)
        else await list(o, admin, world)
        return 0
      })
    } catch (thrown) {
      if (isToolFailure(thrown)) throw thrown
      if (!isKafkaError(thrown) || thrown.code === 'UNKNOWN_HOST') throw thrown
      throw new ToolFailure(`Error while executing ACL command: ${thrown.message}`)
    }
  },
})

function check(o: Options): void {
  const servers = ['bootstrap-server', 'bootstrap-controller'].filter((name) => o.has(name)).length
  const either = '--bootstrap-server or --bootstrap-controller must be specified'
  if (servers !== 1) throw usage(servers === 0 ? `One of ${either}` : `Only one of ${either}`)
  if (['add', 'remove', 'list'].filter((name) => o.has(name)).length !== 1) {
    throw usage('Command must include exactly one action: --list, --add, --remove. ')
  }
  const absent = o.has('delegation-token') ? 'delegation-token' : o.has('user-principal') ? 'user-principal' : null
  if (absent !== null) throw new ToolFailure(`--${absent}: Millrace has no delegation tokens.`)
  if (o.has('principal') && !o.has('list')) throw usage('The --principal option is only available if --list is set')
  if (o.has('producer') && !o.has('topic')) throw usage('With --producer you must specify a --topic')
  if (o.has('idempotent') && !o.has('producer')) {
    throw usage('The --idempotent option is only available if --producer is set')
  }
  const isWhole =
    o.has('topic') && o.has('group') && !(!o.has('producer') && (o.has('cluster') || o.has('transactional-id')))
  if (o.has('consumer') && !isWhole) {
    throw usage(
      'With --consumer you must specify a --topic and a --group and no --cluster or --transactional-id option should be specified.',
    )
  }
}

async function add(o: Options, admin: Admin, world: CliWorld): Promise<void> {
  const patternType = patternTypeOf(o)
  if (patternType === 'any' || patternType === 'match') {
    const given = patternType.toUpperCase()
    throw usage(`A '--resource-pattern-type' value of '${given}' is not valid when adding acls.`)
  }
  const wanted = wantedAcls(o)
  for (const [resource, entries] of wanted) {
    if (entries.length === 0) {
      throw usage('You must specify one of: --allow-principal, --deny-principal when trying to add ACLs.')
    }
    const valid = operationsOf[resource.resourceType]
    const isOdd = entries.some(({ operation }) => !valid.includes(operation))
    if (isOdd) {
      throw usage(
        `ResourceType ${constant(resource.resourceType)} only supports operations [${valid.map(constant).join(', ')}]`,
      )
    }
  }
  for (const [resource, entries] of wanted) {
    const there = new Set((await admin.describeAcls({ filter: resource })).map(entryText))
    for (const entry of entries.filter((e) => there.has(entryText(e)))) {
      world.out(`Acl (pattern=${resourceText(resource)}, entry=${entryText(entry)}) already exists.\n`)
    }
    const fresh = entries.filter((e) => !there.has(entryText(e)))
    if (fresh.length === 0) continue
    world.out(`Adding ACLs for resource \`${resourceText(resource)}\`: \n \t${fresh.map(entryText).join('\n\t')}\n\n`)
    await admin.createAcls(fresh.map((entry) => ({ ...resource, patternType, ...entry })))
  }
}

async function remove(o: Options, admin: Admin, world: CliWorld): Promise<void> {
  for (const [resource, entries] of wantedAcls(o)) {
    if (entries.length === 0) {
      const question = `Are you sure you want to delete all ACLs for resource filter \`${resourceText(resource)}\`? (y/n)`
      if (await isSure(o, world, question)) await admin.deleteAclsOf([resource])
      continue
    }
    const shown = entries.map(entryText).join('\n\t')
    const question = `Are you sure you want to remove ACLs: \n \t${shown} from resource filter \`${resourceText(resource)}\`? (y/n)`
    if (await isSure(o, world, question)) await admin.deleteAclsOf(entries.map((entry) => ({ ...resource, ...entry })))
  }
}

async function list(o: Options, admin: Admin, world: CliWorld): Promise<void> {
  const resources: readonly AclFilter[] = resourcesOf(o, false)
  const filters = resources.length === 0 ? [{}] : resources
  const found = (await Promise.all(filters.map((filter) => admin.describeAcls({ filter })))).flat()
  const principals = o.values('principal')
  if (principals.length === 0) return printAcls(found, world)
  for (const principal of principals) {
    world.out(`ACLs for principal \`${principal}\`\n`)
    printAcls(
      found.filter((acl) => acl.principal === principal),
      world,
    )
  }
}

function printAcls(found: readonly AclBinding[], world: CliWorld): void {
  for (const [resource, entries] of Map.groupBy(found, resourceText)) {
    world.out(`Current ACLs for resource \`${resource}\`:\n\t${entries.map(entryText).join('\n\t')}\n\n`)
  }
}

/** Each resource that is named, with what is said of it; none: all of it. */
function wantedAcls(o: Options): (readonly [Resource, readonly Entry[]])[] {
  const resources = resourcesOf(o, true)
  if (!o.has('producer') && !o.has('consumer')) {
    const operations = [...new Set(o.values('operation').map(operationOf))]
    return resources.map((resource) => [resource, entriesOf(o, operations)] as const)
  }
  const wanted = new Map<Resource, Set<string>>()
  const want = (resource: Resource, ...operations: string[]): void => {
    const known = wanted.get(resource) ?? new Set()
    wanted.set(resource, known)
    for (const operation of operations) known.add(operation)
  }
  for (const resource of resources) {
    const { resourceType } = resource
    if (o.has('producer') && resourceType === 'topic') want(resource, 'Write', 'Describe', 'Create')
    if (o.has('producer') && resourceType === 'transactionalId') want(resource, 'Write', 'Describe')
    if (o.has('consumer') && resourceType === 'topic') want(resource, 'Read', 'Describe')
    if (o.has('consumer') && resourceType === 'group') want(resource, 'Read')
  }
  if (o.has('idempotent')) want({ resourceType: 'cluster', name: CLUSTER, patternType: 'literal' }, 'IdempotentWrite')
  return [...wanted].map(([resource, operations]) => [resource, entriesOf(o, [...operations])] as const)
}

function resourcesOf(o: Options, isNeeded: boolean): Resource[] {
  const patternType = patternTypeOf(o)
  const named = (option: string, resourceType: ResourceType): Resource[] =>
    [...new Set(o.values(option))].map((name) => ({ resourceType, name: name.trim(), patternType }))
  const resources = [
    ...named('topic', 'topic'),
    ...named('group', 'group'),
    ...named('transactional-id', 'transactionalId'),
  ]
  const isClusterMeant = o.has('cluster') || (o.has('idempotent') && resources.length === 0)
  if (isClusterMeant) resources.push({ resourceType: 'cluster', name: CLUSTER, patternType: 'literal' })
  if (isNeeded && resources.length === 0) {
    throw usage(
      'You must provide at least one resource: --topic <topic> or --cluster or --group <group> or --delegation-token <Delegation Token ID>',
    )
  }
  return resources
}

function entriesOf(o: Options, operations: readonly string[]): Entry[] {
  const sides = [
    ['allow', o.values('allow-principal'), o.values('allow-host')],
    ['deny', o.values('deny-principal'), o.values('deny-host')],
  ] as const
  return sides.flatMap(([type, principals, hosts]) =>
    principals
      .map(principalOf)
      .flatMap((principal) =>
        (hosts.length === 0 ? ['*'] : hosts).flatMap((host) =>
          operations.map((operation) => ({ principal, host: host.trim(), operation, type })),
        ),
      ),
  )
}

function principalOf(text: string): string {
  const principal = text.trim()
  if (principal.indexOf(':') > 0) return principal
  throw new ToolFailure(
    `Error while executing ACL command: expected a string in format principalType:principalName but got ${principal}`,
  )
}

function operationOf(text: string): string {
  const plain = (name: string) => name.replaceAll('_', '').toLowerCase()
  const found = operationNames.find((name) => plain(name) === plain(text.trim()))
  if (found !== undefined) return found
  throw usage(`${text} is no operation; there are ${operationNames.join(', ')}`)
}

function patternTypeOf(o: Options): PatternType {
  const text = (o.value('resource-pattern-type') ?? 'LITERAL').toUpperCase()
  const found = patternTypes[text]
  if (found !== undefined) return found
  throw usage(`Invalid resource-pattern-type '${text}': ANY, MATCH, LITERAL and PREFIXED are known`)
}

async function isSure(o: Options, world: CliWorld, question: string): Promise<boolean> {
  if (o.has('force')) return true
  world.out(`${question}\n`)
  for await (const line of lines(world.stdin)) return line.trim().toLowerCase() === 'y'
  return false
}

/** `IdempotentWrite` and `transactionalId` as Java's constants. */
function constant(name: string): string {
  return name.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase()
}

function resourceText({ resourceType, name, patternType }: Resource | AclBinding): string {
  const pattern = patternType === 'prefix' ? 'PREFIXED' : patternType.toUpperCase()
  return `ResourcePattern(resourceType=${constant(resourceType)}, name=${name}, patternType=${pattern})`
}

function entryText({ principal, host, operation, type }: Entry): string {
  return `(principal=${principal}, host=${host}, operation=${constant(operation)}, permissionType=${type.toUpperCase()})`
}
