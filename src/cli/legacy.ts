/** Command lines of Kafka 0.10 to 3.9 in the words of 4.3, with one line for each thing that is said differently now. */
export interface Modernized {
  readonly args: readonly string[]
  readonly notices: readonly string[]
  /** Why it is not done, and what to say instead; null: it is. */
  readonly refusal: string | null
}

const PORT = 9092

/** Options that have another name now, for the tools where Apache no longer takes the old one. */
const renamed: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map([
  ['kafka-console-producer', new Map([['broker-list', 'bootstrap-server']])],
  ['kafka-console-consumer', new Map([['whitelist', 'include']])],
  ['kafka-get-offsets', new Map([['broker-list', 'bootstrap-server']])],
  ['kafka-verifiable-producer', new Map([['broker-list', 'bootstrap-server']])],
  ['kafka-verifiable-consumer', new Map([['broker-list', 'bootstrap-server']])],
  ['kafka-consumer-perf-test', new Map([['broker-list', 'bootstrap-server']])],
])

/** Switches that once chose what is the only way now. */
const dropped: ReadonlySet<string> = new Set(['new-consumer', 'new-producer', 'force'])

/** Tools that talked to ZooKeeper. */
const zookeeperTools: ReadonlySet<string> = new Set([
  'kafka-topics',
  'kafka-configs',
  'kafka-console-consumer',
  'kafka-consumer-groups',
])

/** What changes or removes things is not done on a broker that was guessed. */
const changes: ReadonlySet<string> = new Set([
  'delete',
  'alter',
  'delete-offsets',
  'execute',
  'delete-config',
  'add-config',
])

export function modernize(tool: string, args: readonly string[]): Modernized {
  const names = renamed.get(tool)
  const knowsZookeeper = zookeeperTools.has(tool)
  const out: string[] = []
  const notices: string[] = []
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!
    const match = /^--?([a-z][a-z-]*)(?:=(.*))?$/s.exec(arg)
    const name = match?.[1]
    if (name === undefined) {
      out.push(arg)
      continue
    }
    const now = names?.get(name)
    if (knowsZookeeper && name === 'zookeeper') {
      const value = match?.[2] ?? args[++i] ?? ''
      const servers = brokersAt(value)
      if (hasOption(args, 'bootstrap-server'))
        notices.push(`--zookeeper is gone since Kafka 4.0 and not needed: leave it out.`)
      else if (args.some((other) => changes.has(/^--?([a-z-]+)/.exec(other)?.[1] ?? ''))) {
        const refusal = `--zookeeper is gone since Kafka 4.0, and nothing is changed on a broker that is only guessed: say which one, as in --bootstrap-server ${servers}`
        return { args, notices, refusal }
      } else {
        out.push('--bootstrap-server', servers)
        notices.push(`--zookeeper is gone since Kafka 4.0; say --bootstrap-server ${servers} instead, as is done now.`)
      }
    } else if (now !== undefined && !hasOption(args, now)) {
      out.push(match?.[2] === undefined ? `--${now}` : `--${now}=${match[2]}`)
      notices.push(`--${name} is gone since Kafka 4.0; say --${now} instead, as is done now.`)
    } else if (dropped.has(name) && (name !== 'force' || tool === 'kafka-topics')) {
      notices.push(`--${name} is gone and not needed: leave it out.`)
    } else out.push(arg)
  }
  return { args: out, notices, refusal: null }
}

function hasOption(args: readonly string[], name: string): boolean {
  return args.some((arg) => arg === `--${name}` || arg.startsWith(`--${name}=`))
}

/** ZooKeeper's hosts are where the brokers were, on their usual port; a chroot is dropped. */
function brokersAt(zookeeper: string): string {
  const hosts = (zookeeper.split('/')[0] ?? '').split(',').map((at) => at.replace(/:\d+$/, ''))
  return hosts.map((host) => `${host || 'localhost'}:${PORT}`).join(',')
}
