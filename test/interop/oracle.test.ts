/** The same request bytes to Apache Kafka and to the broker under test; the answers agree, field by field. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type ApacheNode, startApache } from '../../scripts/apache-kafka.ts'
import { startMillrace } from '../../scripts/millrace-node.ts'
import { ApiVersions } from '../../src/protocol/index.ts'
import { type Answer, type Case, canonical, differences, type Facts, frameOf, mayDiffer, send } from './oracle.ts'
import { adminCases } from './oracle-cases/admin.ts'
import { clusterCases } from './oracle-cases/cluster.ts'
import { configCases } from './oracle-cases/configs.ts'
import { dataCases } from './oracle-cases/data.ts'
import { groupCases } from './oracle-cases/groups.ts'
import { hostileCases } from './oracle-cases/hostile.ts'
import { openDifferences } from './oracle-cases/open.ts'
import { topicCases } from './oracle-cases/topics.ts'
import { offered, Wire } from './wire.ts'
import { layout, needs, world } from './world.ts'

const config = {
  'offsets.topic.num.partitions': '1',
  'metadata.max.idle.interval.ms': '0',
  'group.consumer.heartbeat.interval.ms': '5000',
  'max.request.partition.size.limit': '2000',
  // the records of the cases are years old
  'log.retention.ms': '-1',
}
const clusterId = 'Fh3xVq2kSgWJm0aZtYpL1A'
type Ranges = Map<number, { min: number; max: number }>

describe('answers equal those of Apache Kafka', { skip: needs('apache') }, () => {
  const nodes: ApacheNode[] = []
  const folders: string[] = []
  let theirs: Facts
  let ours: Facts
  let there: Ranges
  let here: Ranges

  before(async () => {
    const start = async (kind: 'apache' | 'millrace'): Promise<Facts> => {
      const folder = mkdtempSync(join(tmpdir(), 'millrace-oracle-'))
      folders.push(folder)
      const o = { logDir: join(folder, 'data'), config }
      const node = await (kind === 'apache' ? startApache(layout(), { ...o, clusterId }) : startMillrace(o))
      nodes.push(node)
      const [port, controllerPort] = node.ports
      const known = new Map([['cluster', node.clusterId]])
      return { bootstrap: node.bootstrap, port, controllerPort, logDir: node.logDir, known }
    }
    theirs = await start('apache')
    ours = await start(world.target)
    there = await offered(nodes[0]!.bootstrap)
    here = await offered(nodes[1]!.bootstrap)
  })

  after(async () => {
    await Promise.all(nodes.map((node) => node.stop()))
    for (const folder of folders) rmSync(folder, { recursive: true, force: true })
  })

  test('every API that we offer has the range that Apache Kafka offers', () => {
    for (const [key, range] of here) assert.deepEqual(range, there.get(key), `API ${key}`)
    assert.ok(here.has(ApiVersions.key))
  })

  const parts = {
    cluster: clusterCases,
    topics: topicCases,
    data: dataCases,
    configs: configCases,
    groups: groupCases,
    admin: adminCases,
  }
  for (const [part, cases] of Object.entries(parts)) {
    describe(part, () => {
      for (const one of cases) {
        const name = `${one.api.name}: ${one.name}`
        const open = world.target === 'millrace' ? openDifferences[name] : undefined
        test(name, open ? { todo: open } : {}, async (t) => {
          const range = here.get(one.api.key)
          if (range === undefined) return t.skip(`${one.api.name} is not offered yet`)
          const [from, to] = one.versions ?? [range.min, range.max]
          const wrong: string[] = []
          // Produce is offered from version 0 on, for old clients' sake, but begins at 3
          for (let v = Math.max(from, range.min, one.api.minVersion); v <= Math.min(to, range.max); v++) {
            wrong.push(...(await compareOne(one, v)).map((line) => `v${v} ${line}`))
          }
          if (wrong.length > 0) assert.fail(summary(wrong))
        })
      }
    })
  }

  describe('bytes that are no request', () => {
    for (const { name, bytes } of hostileCases) {
      test(name, async () => {
        const said: string[] = []
        for (const node of nodes) {
          const wire = await Wire.open(node.bootstrap)
          wire.send(bytes)
          const frame = await frameOf(wire, 3000)
          said.push(typeof frame === 'string' ? frame : frame.toString('hex'))
          wire.close()
        }
        assert.equal(said[1], said[0])
      })
    }
  })

  /** Reading is repeated while answers differ: what was altered a moment ago spreads to the broker's view on its own time. */
  async function compareOne(one: Case, version: number): Promise<string[]> {
    const deadline =
      Date.now() + (/^(Describe|List|Metadata|OffsetFetch|ConsumerGroupDescribe)/.test(one.api.name) ? 500 : 0)
    for (;;) {
      const wrong = await compareOnce(one, version)
      if (wrong.length === 0 || Date.now() > deadline) return wrong
    }
  }

  async function compareOnce(one: Case, version: number): Promise<string[]> {
    const [a, b] = await Promise.all([theirs, ours].map((facts) => send(facts, one, version)))
    if (a === 'no answer' && b === a) return ['neither answered: the case shows nothing']
    if (typeof a !== 'object' || typeof b !== 'object') return a === b ? [] : [`${said(a)}, ours ${said(b)}`]
    one.learn?.(a as Record<string, never>, theirs, version)
    one.learn?.(b as Record<string, never>, ours, version)
    return differences(canonical(a, theirs), canonical(b, ours), { ...mayDiffer, ...one.mayDiffer })
  }
})

function said(answer: Answer | undefined): string {
  return typeof answer === 'string' ? answer : 'an answer'
}

/** The same difference in many versions once, with the versions. */
function summary(lines: readonly string[]): string {
  const versions = new Map<string, string[]>()
  for (const line of lines) {
    const [v, rest] = [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]
    versions.set(rest, [...(versions.get(rest) ?? []), v])
  }
  return [...versions].map(([rest, vs]) => `${vs[0]}${vs.length > 1 ? `–${vs.at(-1)}` : ''} ${rest}`).join('\n')
}
