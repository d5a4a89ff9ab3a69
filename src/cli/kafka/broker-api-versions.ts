import { isKafkaError } from '../../client/index.ts'
import { type AnyApi, apis } from '../../protocol/index.ts'
import { withAdmin } from '../admin-tool.ts'
import { checkRequired, type OptionSpec } from '../jopt.ts'
import { joptTool } from '../tool.ts'
import { ToolFailure } from '../world.ts'

const options: readonly OptionSpec[] = [
  {
    name: 'command-config',
    arg: { type: 'String', what: 'command config property file' },
    help: 'A file of properties for the admin client.',
  },
  {
    name: 'bootstrap-server',
    arg: { type: 'String', what: 'server(s) to use for bootstrapping' },
    help: 'REQUIRED: a broker to begin with, as host:port.',
  },
]

/** kafka-broker-api-versions.sh */
export const brokerApiVersions = joptTool({
  purpose: 'This tool helps to retrieve broker version information.',
  options,
  helpOnMistake: false,
  async run(o, world) {
    checkRequired(o, 'bootstrap-server')
    if (!/:\d+$/.test(o.required('bootstrap-server'))) {
      throw new ToolFailure(`Invalid url in bootstrap.servers: ${o.required('bootstrap-server')}`)
    }
    return withAdmin(o, world, async (admin) => {
      const { nodes } = await admin.describeCluster({ signal: world.stop })
      for (const node of nodes) {
        const name = `${node.host}:${node.port} (id: ${node.id} rack: ${node.rack} isFenced: ${node.isFenced})`
        try {
          const { apiKeys } = await admin.apiVersions(node.id, { signal: world.stop })
          const ranges = new Map(apiKeys.map((a) => [a.apiKey, { min: a.minVersion, max: a.maxVersion }]))
          world.out(`${name} -> (\n\t${describe(ranges).join(',\n\t')}\n)\n`)
        } catch (thrown) {
          if (!isKafkaError(thrown)) throw thrown
          world.out(`${name} -> ERROR: ${thrown.message}\n`)
        }
      }
      return 0
    })
  },
})

interface Range {
  readonly min: number
  readonly max: number
}

/** APIs that clients use, whether or not the broker has them, and all others that it has. */
function describe(ranges: ReadonlyMap<number, Range>): string[] {
  const lines: [number, string][] = []
  for (const api of apis.values()) {
    const range = ranges.get(api.key)
    if (range) lines.push([api.key, `${api.name}(${api.key}): ${rangeText(range)} [usable: ${usable(api, range)}]`])
    else if (api.listeners.includes('broker')) lines.push([api.key, `${api.name}(${api.key}): UNSUPPORTED`])
  }
  for (const [key, range] of ranges) {
    if (!apis.has(key)) lines.push([key, `UNKNOWN(${key}): ${rangeText(range)}`])
  }
  return lines.sort(([a], [b]) => a - b).map(([, text]) => text)
}

function rangeText({ min, max }: Range): string {
  return min === max ? String(min) : `${min} to ${max}`
}

function usable(api: AnyApi, range: Range): string {
  const ours = api.lastUnstable ? api.maxVersion - 1 : api.maxVersion
  const version = Math.min(ours, range.max)
  return version < Math.max(range.min, api.minVersion) ? 'unsupported' : String(version)
}
