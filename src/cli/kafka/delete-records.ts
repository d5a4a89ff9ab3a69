import { partitionName, type RecordsBefore } from '../../client/index.ts'
import { withAdmin } from '../admin-tool.ts'
import { apacheCause } from '../apache-texts.ts'
import { checkRequired, type OptionSpec } from '../jopt.ts'
import { joptTool } from '../tool.ts'
import { readFile, ToolFailure } from '../world.ts'

const options: readonly OptionSpec[] = [
  {
    name: 'bootstrap-server',
    arg: { type: 'String', what: 'server(s) to use for bootstrapping' },
    help: 'REQUIRED: a broker to begin with, as host:port.',
  },
  {
    name: 'offset-json-file',
    arg: { type: 'String', what: 'Offset json file path' },
    help:
      'REQUIRED: a JSON file with the offset before which records go, for each partition: ' +
      '{"partitions": [{"topic": "foo", "partition": 1, "offset": 1}], "version": 1}. -1 stands for the end.',
  },
  {
    name: 'command-config',
    arg: { type: 'String', what: 'command config property file path' },
    help: 'A file of properties for the admin client.',
  },
]

/** kafka-delete-records.sh */
export const deleteRecords = joptTool({
  purpose: 'This tool helps to delete records of the given partitions down to the specified offset.',
  options,
  helpOnMistake: false,
  async run(o, world) {
    checkRequired(o, 'bootstrap-server', 'offset-json-file')
    const bytes = await readFile(
      world,
      o.required('offset-json-file'),
      (p) => new ToolFailure(`Unable to read file ${p}`),
    )
    const asks = parseOffsets(new TextDecoder().decode(bytes))
    return withAdmin(o, world, async (admin) => {
      world.out('Executing records delete operation\n')
      const results = asks.length === 0 ? [] : await admin.deleteRecords(asks)
      world.out('Records delete operation completed:\n')
      for (const [p, { error, value }] of results) {
        const outcome = error === null ? `low_watermark: ${value}` : `error: ${apacheCause(error)}`
        world.out(`partition: ${partitionName(p)}\t${outcome}\n`)
      }
      return 0
    })
  },
})

function parseOffsets(text: string): RecordsBefore[] {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw new ToolFailure('The input string is not a valid JSON')
  }
  const { version = 1, partitions } = json as { version?: unknown; partitions?: unknown }
  if (version !== 1) throw new ToolFailure(`Not supported version field value ${String(version)}`)
  if (!Array.isArray(partitions)) throw new ToolFailure('Missing partitions field')
  const asks = partitions.map((p: Record<string, unknown>) => ({
    topic: field<string>(p, 'topic', 'string', 'String'),
    partition: field<number>(p, 'partition', 'number', 'Integer'),
    offset: field<number>(p, 'offset', 'number', 'Long'),
  }))
  const names = asks.map(partitionName)
  const twice = [...new Set(names.filter((name, i) => names.indexOf(name) !== i))]
  if (twice.length > 0)
    throw new ToolFailure(`Offset json file contains duplicate topic partitions: ${twice.join(',')}`)
  return asks
}

function field<T>(p: Record<string, unknown>, name: string, type: 'string' | 'number', javaType: string): T {
  const value = p?.[name]
  if (value === undefined) throw new ToolFailure(`No such field exists: \`${name}\``)
  if (typeof value !== type) throw new ToolFailure(`Expected \`${javaType}\` value, received ${JSON.stringify(value)}`)
  return value as T
}
