/** `millrace plan -f new.yaml`: what the operator would do, without doing it. */
import { readResources } from '../../cli/manifests/read.ts'
import { nodeEnv } from '../../env/node/index.ts'
import type { Obj } from '../../kube-client/index.ts'
import { type KafkaAdmin, operatorConfig, rehearsalText, rehearseAll } from '../../operator/index.ts'
import { keySource } from '../../pki/index.ts'
import { nodeWorld } from '../cli-world.ts'
import { capabilities } from './capabilities.ts'
import { homeOf } from './home.ts'
import { reach } from './reach.ts'

const help = `millrace plan: what a change of Kafkas and node pools would do, without doing it

  millrace plan -f FILE|DIR...

Prints the objects that would come, change and go, the settings that running brokers would take over, and which pods
would restart, in which order and why. The control plane of MILLRACE_HOME must run.

Examples
  millrace plan -f kafka.yaml
`

/** Brokers are reached from pods alone; what only they know is left out. */
const nobody: KafkaAdmin = {
  facts: () => Promise.reject(new Error('brokers are not asked for a plan')),
  topics: () => Promise.resolve(new Map()),
  topicNames: () => Promise.resolve([]),
  users: () => Promise.resolve(new Map()),
  apply: () => Promise.resolve([]),
}

/** Resolves with the exit code: 0, also when something would change; 1: it would be refused, or cannot be told. */
export async function plan(args: readonly string[]): Promise<number> {
  const files: string[] = []
  for (let i = 0; i < args.length; i++) {
    const word = args[i]!
    if (word === '--help' || word === '-h') {
      process.stdout.write(help)
      return 0
    }
    if (word === '-f' || word === '--filename') files.push(...(args[++i] === undefined ? [] : [args[i]!]))
    else if (word.startsWith('--filename=')) files.push(word.slice('--filename='.length))
    else return misused(`takes no ${word}`)
  }
  if (files.length === 0) return misused('wants -f FILE')
  const { resources, errors, warnings } = await readResources(nodeWorld(), files)
  for (const text of [...warnings.map((one) => `warning: ${one}`), ...errors]) process.stderr.write(`${text}\n`)
  if (errors.length > 0) return 1
  const env = nodeEnv({ logLevel: 'off' })
  const reached = await reach(homeOf(process.env), env)
  try {
    if (reached === null) {
      process.stderr.write(
        'millrace plan: no control plane runs in MILLRACE_HOME; start one with: millrace up -f FILE\n',
      )
      return 1
    }
    const placed = resources.map(({ object }): Obj => {
      const namespace = object.metadata.namespace ?? 'default'
      return { ...object, metadata: { ...object.metadata, namespace } }
    })
    const config = operatorConfig(process.env, capabilities)
    const world = { env, kube: reached.kube, keys: keySource(crypto), admin: nobody, config }
    const found = await rehearseAll(world, placed)
    if (found.length === 0) process.stdout.write('There is no Kafka and no KafkaNodePool of one in these files\n')
    for (const one of found) process.stdout.write(rehearsalText(one))
    return found.some((one) => one.refused.length > 0) ? 1 : 0
  } finally {
    reached?.close()
    env.close()
  }
}

function misused(what: string): number {
  process.stderr.write(`millrace plan: ${what}\nSee: millrace plan --help\n`)
  return 2
}
