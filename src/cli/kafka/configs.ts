import { type Admin, isKafkaError } from '../../client/index.ts'
import { parseProperties } from '../../config/index.ts'
import { withAdmin } from '../admin-tool.ts'
import { apacheCause, apacheText } from '../apache-texts.ts'
import { checkInvalid, type OptionSpec, type Options, parseInteger, usage } from '../jopt.ts'
import { joptTool, type Tool } from '../tool.ts'
import { type CliWorld, readFile, ToolFailure } from '../world.ts'
import {
  brokerLoggers,
  type Change,
  defaultFlags,
  type Entities,
  entityFlags,
  entityTypes,
} from './configs-entities.ts'
import { alterCredentials, alterQuotas, describeCredentials, describeQuotas, quotaNames } from './configs-quotas.ts'
import { alterLoggers, alterResource, describeResources } from './configs-resources.ts'

const text = { type: 'String' } as const
const options: readonly OptionSpec[] = [
  { name: 'bootstrap-server', arg: { ...text, what: 'server to connect to' }, help: 'Brokers to begin with.' },
  {
    name: 'bootstrap-controller',
    arg: { ...text, what: 'controller to connect to' },
    help: 'Controllers to begin with, in place of brokers.',
  },
  {
    name: 'command-config',
    arg: { ...text, what: 'command config property file' },
    help: 'A file of properties for the admin client.',
  },
  { name: 'alter', help: 'Change settings of an entity.' },
  { name: 'describe', help: 'Print the settings that were given to an entity.' },
  { name: 'all', help: 'With --describe: also those that come from the file and from defaults.' },
  { name: 'entity-type', arg: text, help: `One of ${entityTypes.join(', ')}.` },
  { name: 'entity-name', arg: text, help: 'The name of the entity: a topic, client id, user, broker id, address…' },
  { name: 'entity-default', help: 'The defaults of all clients, users, brokers or addresses.' },
  {
    name: 'add-config',
    arg: text,
    help:
      'Settings to add or change, as k1=v1,k2=[v1,v2],k3=v3: brackets hold a value with commas together. What can be ' +
      'set is what --describe --all prints; for users and clients it is ' +
      `${quotaNames.join(', ')}, and for users SCRAM-SHA-256 and SCRAM-SHA-512 as [iterations=8192,password=…]; for ` +
      'addresses it is connection_creation_rate.',
  },
  { name: 'add-config-file', arg: text, help: 'A file of properties to add or change.' },
  { name: 'delete-config', arg: text, help: 'Settings to take away, as k1,k2.' },
  { name: 'topic', arg: text, help: 'The name of a topic.' },
  { name: 'client', arg: text, help: 'A client id.' },
  { name: 'client-defaults', help: 'The defaults of all clients.' },
  { name: 'user', arg: text, help: 'The principal name of a user.' },
  { name: 'user-defaults', help: 'The defaults of all users.' },
  { name: 'broker', arg: text, help: 'The id of a broker.' },
  { name: 'broker-defaults', help: 'The defaults of all brokers.' },
  { name: 'broker-logger', arg: text, help: 'The id of a broker whose loggers are meant.' },
  { name: 'ip', arg: text, help: 'An address from which clients connect.' },
  { name: 'ip-defaults', help: 'The defaults of all addresses.' },
  { name: 'group', arg: text, help: 'The id of a group.' },
  { name: 'client-metrics', arg: text, help: 'The name of a subscription to metrics of clients.' },
]

/** kafka-configs.sh */
export const configs: Tool = (args, world) => {
  const tool = joptTool({
    purpose:
      'This tool helps to manipulate and describe entity config for a topic, client, user, broker, ip, client-metrics or group',
    options,
    helpOnMistake: false,
    async run(o) {
      const entities = check(o)
      try {
        if (o.has('alter') && entities.types.length !== entities.names.length) {
          throw new ToolFailure('An entity name must be specified for every entity type')
        }
        await withAdmin(o, world, (admin) => {
          if (o.has('describe')) return describe(o, entities, admin, world)
          return alter(o, entities, admin, world, args)
        })
        return 0
      } catch (thrown) {
        return failed(thrown, args, world)
      }
    },
  })
  return tool(args, world)
}

/** What the broker refused. */
function failed(thrown: unknown, args: readonly string[], world: CliWorld): number {
  if (!isKafkaError(thrown) || thrown.code === 'UNKNOWN_HOST') throw thrown
  if (thrown.code === 'UNSUPPORTED_BY_BROKER') world.err(`${apacheText(thrown)}\n`)
  else {
    world.err(`${failureHead(args)}\n${apacheCause(thrown)}\n`)
  }
  return 1
}

function failureHead(args: readonly string[]): string {
  return `Error while executing config command with args '${args.join(' ')}'`
}

function check(o: Options): Entities {
  if (['alter', 'describe'].filter((name) => o.has(name)).length !== 1) {
    throw usage('Command must include exactly one action: --describe, --alter')
  }
  checkInvalid(o, 'describe', ['alter', 'add-config', 'delete-config'])
  const types = [
    ...o.values('entity-type'),
    ...[...entityFlags, ...defaultFlags].flatMap(([n, t]) => (o.has(n) ? [t] : [])),
  ]
  const twice = types.filter((type, i) => types.indexOf(type) < i)
  if (twice.length > 0) throw new ToolFailure(`Duplicate entity type(s) specified: ${twice.join(',')}`)
  if (!o.has('bootstrap-server') && !o.has('bootstrap-controller')) {
    throw new ToolFailure('Either --bootstrap-server or --bootstrap-controller must be specified.')
  }
  for (const type of types) {
    if (!entityTypes.includes(type)) {
      throw new ToolFailure(
        `Invalid entity type ${type}, the entity type must be one of ${entityTypes.join(', ')} with a --bootstrap-server or --bootstrap-controller argument`,
      )
    }
  }
  if (types.length === 0) throw new ToolFailure('At least one entity type must be specified')
  if (types.length > 1 && types.some((type) => type !== 'users' && type !== 'clients')) {
    throw new ToolFailure(`Only 'users' and 'clients' entity types may be specified together`)
  }
  const isOld = ['entity-name', 'entity-type', 'entity-default'].some((name) => o.has(name))
  if (isOld && [...entityFlags, ...defaultFlags].some(([name]) => o.has(name))) {
    throw new ToolFailure('--entity-{type,name,default} should not be used in conjunction with specific entity flags')
  }
  const entities = { types, names: namesOf(o) }
  if (o.has('bootstrap-server') && o.has('bootstrap-controller')) {
    throw new ToolFailure('Only one of --bootstrap-server or --bootstrap-controller can be specified')
  }
  checkNames(o, entities)
  if (o.has('describe')) checkDescribe(o, entities)
  else checkAlter(o, entities)
  return entities
}

/** '' stands for the defaults. The n-th --entity-name or --entity-default belongs to the n-th --entity-type. */
function namesOf(o: Options): string[] {
  const old = [...o.values('entity-name')]
  return [
    ...o.sequence.flatMap((name) => {
      if (name === 'entity-default') return ['']
      return name === 'entity-name' ? [old.shift()!] : []
    }),
    ...entityFlags.flatMap(([name]) => (o.has(name) ? [o.value(name)!] : [])),
    ...defaultFlags.flatMap(([name]) => (o.has(name) ? [''] : [])),
  ]
}

function checkNames(o: Options, { types, names }: Entities): void {
  if (!names.some((name) => name !== '')) return
  const given = (flags: readonly string[]) => flags.flatMap((name) => (o.has(name) ? [o.value(name)!] : []))
  if (types.includes('brokers') || types.includes(brokerLoggers)) {
    for (const id of given(['entity-name', 'broker', 'broker-logger'])) {
      if (parseInteger(id, 'Integer') === null) {
        throw new ToolFailure(`The entity name for ${types[0]} must be a valid integer broker id, but it is: ${id}`)
      }
    }
  }
  if (types.includes('ips')) {
    for (const ip of given(['entity-name', 'ip'])) {
      if (!/^[A-Za-z0-9.:_-]*$/.test(ip)) {
        throw new ToolFailure(`The entity name for ${types[0]} must be a valid IP or resolvable host, but it is: ${ip}`)
      }
    }
  }
}

const withDefaults: readonly string[] = ['users', 'clients', 'brokers', 'ips']

function checkDescribe(o: Options, { types, names }: Entities): void {
  const all = types.join(',')
  if (!types.some((type) => withDefaults.includes(type)) && o.has('entity-default')) {
    throw new ToolFailure(`--entity-default must not be specified with --describe of ${all}`)
  }
  if (types.includes(brokerLoggers) && !names.some((name) => name !== '')) {
    throw new ToolFailure(`An entity name must be specified with --describe of ${all}`)
  }
}

function checkAlter(o: Options, { types, names }: Entities): void {
  if (types.some((type) => withDefaults.includes(type))) {
    if (names.length === 0) {
      throw new ToolFailure(
        'An entity-name or default entity must be specified with --alter of users, clients, brokers or ips',
      )
    }
  } else if (!names.some((name) => name !== '')) {
    throw new ToolFailure(`An entity name must be specified with --alter of ${types.join(',')}`)
  }
  if (o.has('add-config') && o.has('add-config-file')) {
    throw new ToolFailure('Only one of --add-config or --add-config-file must be specified')
  }
  if (!['add-config', 'add-config-file', 'delete-config'].some((name) => o.has(name))) {
    throw new ToolFailure(
      'At least one of --add-config, --add-config-file, or --delete-config must be specified with --alter',
    )
  }
}

async function changeOf(o: Options, world: CliWorld, args: readonly string[]): Promise<Change> {
  const add = new Map<string, string>()
  if (o.has('add-config-file')) {
    const bytes = await readFile(world, o.required('add-config-file'), (path) => {
      return new ToolFailure(`${failureHead(args)}\n${path}: there is no such file`)
    })
    for (const [key, value] of parseProperties(new TextDecoder().decode(bytes))) add.set(key, value)
  }
  if (o.has('add-config')) {
    for (const pair of splitOutsideBrackets(o.required('add-config'), ',')) {
      const [key, value, ...more] = splitOutsideBrackets(pair, '=')
      if (value === undefined || more.length > 0) {
        throw new ToolFailure(
          'requirement failed: Invalid entity config: all configs to be added must be in the format "key=val" or  "key=[val1,val2]" to group values which contain commas.',
        )
      }
      add.set(key!.trim(), value.replaceAll(/[[\]]/g, '').trim())
    }
  }
  for (const key of add.keys()) {
    if (!/^[$a-zA-Z0-9._-]*$/.test(key)) throw new ToolFailure(`Invalid character found for config key: ${key}`)
  }
  return { add, remove: o.values('delete-config').flatMap((list) => list.split(',').map((key) => key.trim())) }
}

function splitOutsideBrackets(list: string, separator: string): string[] {
  return list.split(new RegExp(`${separator}(?=[^\\]]*(?:\\[|$))`))
}

async function alter(
  o: Options,
  entities: Entities,
  admin: Admin,
  world: CliWorld,
  args: readonly string[],
): Promise<void> {
  const change = await changeOf(o, world, args)
  const [type = '', name = ''] = [entities.types[0], entities.names[0]]
  if (type === 'users' || type === 'clients') {
    const isOfQuotas = refuseUnknown(entities, change)
    if (isOfQuotas) await alterQuotas(entities, change, admin)
    else await alterCredentials(name, change, admin)
  } else if (type === 'ips') {
    const unknown = [...change.add.keys(), ...change.remove].filter((key) => key !== 'connection_creation_rate')
    if (unknown.length > 0) {
      throw new ToolFailure(
        `Only connection quota configs can be added for 'ips' using --bootstrap-server. Unexpected config names: ${unknown.join(',')}`,
      )
    }
    await alterQuotas(entities, change, admin)
  } else if (type === brokerLoggers) await alterLoggers(name, change, admin)
  else await alterResource(type, name, change, admin)
  if (name === '') world.out(`Completed updating default config for ${type} in the cluster.\n`)
  else world.out(`Completed updating config for ${type.slice(0, -1)} ${name}.\n`)
}

const isScram = (key: string): boolean => key === 'SCRAM-SHA-256' || key === 'SCRAM-SHA-512'
const isQuota = (key: string): boolean => quotaNames.includes(key)

/** Whether a change to users or clients is one of quotas (else it is one of credentials). */
function refuseUnknown({ types, names }: Entities, { add, remove }: Change): boolean {
  const isOfClients = types[0] === 'clients' || types.length === 2
  const allowed = isOfClients ? isQuota : (key: string) => isQuota(key) || isScram(key)
  const what = isOfClients ? `Only quota configs can be` : `Only quota and SCRAM credential configs can be`
  const whom = `for '${isOfClients ? 'clients' : 'users'}' using --bootstrap-server. Unexpected config names:`
  const unknown = [...add.keys()].filter((key) => !allowed(key))
  if (unknown.length > 0) throw new ToolFailure(`${what} added ${whom} Set(${unknown.join(', ')})`)
  const gone = remove.filter((key) => !allowed(key))
  if (gone.length > 0) throw new ToolFailure(`${what} deleted ${whom} ArrayBuffer(${gone.join(', ')})`)
  const keys = [...add.keys(), ...remove]
  if (!isOfClients && keys.some(isScram)) {
    if (names.includes('')) {
      throw new ToolFailure(
        'The use of --entity-default or --user-defaults is not allowed with User SCRAM Credentials using --bootstrap-server.',
      )
    }
    if (keys.some(isQuota)) {
      throw new ToolFailure(
        `Cannot alter both quota and SCRAM credential configs simultaneously for 'users' using --bootstrap-server.`,
      )
    }
  }
  return keys.some(isQuota)
}

async function describe(o: Options, entities: Entities, admin: Admin, world: CliWorld): Promise<void> {
  const { types, names } = entities
  if (types[0] === 'users' || types[0] === 'clients') {
    await describeQuotas(entities, admin, world)
    if (!types.includes('clients') && !names.includes('')) await describeCredentials(names, admin, world)
  } else if (types[0] === 'ips') await describeQuotas(entities, admin, world)
  else await describeResources(types[0]!, names[0] ?? null, o.has('all'), admin, world)
}
