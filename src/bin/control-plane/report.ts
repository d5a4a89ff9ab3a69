/** `millrace report`: all that somebody needs who is to help with a Kafka cluster, in one zip; nothing secret is in it. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { writeYaml } from '../../cli/manifests/yaml.ts'
import { nodeEnv } from '../../env/node/index.ts'
import type { KindRef, Obj } from '../../kube-client/index.ts'
import { diagnosis } from './diagnosis.ts'
import { homeOf } from './home.ts'
import { systemNamespace } from './machine.ts'
import { type Reached, reach } from './reach.ts'

const help = `millrace report: what somebody needs who is to help with a Kafka cluster, as a zip

  millrace report -n NAMESPACE --cluster NAME [--out-dir DIR]

Resources, configurations, events and logs of the cluster, its operator and a diagnosis. The values of Secrets are left
out.
`

const kindOf = (group: string, version: string, kind: string, resource: string, namespaced = true): KindRef => ({
  ...{ group, version, kind, resource, namespaced },
})
const podKind = kindOf('', 'v1', 'Pod', 'pods')
const rbac = 'rbac.authorization.k8s.io'
const strimzi = 'kafka.strimzi.io'

/** In the order of Strimzi's own script. */
const sections: readonly { readonly title: string; readonly kind: KindRef }[] = [
  { title: 'deployments', kind: kindOf('apps', 'v1', 'Deployment', 'deployments') },
  { title: 'replicasets', kind: kindOf('apps', 'v1', 'ReplicaSet', 'replicasets') },
  { title: 'configmaps', kind: kindOf('', 'v1', 'ConfigMap', 'configmaps') },
  { title: 'secrets', kind: kindOf('', 'v1', 'Secret', 'secrets') },
  { title: 'services', kind: kindOf('', 'v1', 'Service', 'services') },
  { title: 'poddisruptionbudgets', kind: kindOf('policy', 'v1', 'PodDisruptionBudget', 'poddisruptionbudgets') },
  { title: 'roles', kind: kindOf(rbac, 'v1', 'Role', 'roles') },
  { title: 'rolebindings', kind: kindOf(rbac, 'v1', 'RoleBinding', 'rolebindings') },
  { title: 'networkpolicies', kind: kindOf('networking.k8s.io', 'v1', 'NetworkPolicy', 'networkpolicies') },
  { title: 'pods', kind: podKind },
  { title: 'persistentvolumeclaims', kind: kindOf('', 'v1', 'PersistentVolumeClaim', 'persistentvolumeclaims') },
  { title: 'ingresses', kind: kindOf('networking.k8s.io', 'v1', 'Ingress', 'ingresses') },
]
const customKinds: readonly KindRef[] = [
  kindOf(strimzi, 'v1', 'Kafka', 'kafkas'),
  kindOf(strimzi, 'v1', 'KafkaNodePool', 'kafkanodepools'),
  kindOf(strimzi, 'v1', 'KafkaTopic', 'kafkatopics'),
  kindOf(strimzi, 'v1', 'KafkaUser', 'kafkausers'),
  kindOf('core.strimzi.io', 'v1', 'StrimziPodSet', 'strimzipodsets'),
]
const events = kindOf('', 'v1', 'Event', 'events')
const logLines = 10_000

interface Ask {
  readonly namespace: string
  readonly cluster: string
  readonly directory: string
}

/** Wrong words: what is said to whoever used them. */
class Mistake extends Error {}

function askOf(args: readonly string[]): Ask {
  const values = new Map<string, string>()
  const names: Readonly<Record<string, string>> = { '-n': '--namespace' }
  for (let i = 0; i < args.length; i++) {
    const [word = '', inline] = args[i]!.split(/=(.*)/s)
    const name = names[word] ?? word
    if (!['--namespace', '--cluster', '--out-dir'].includes(name)) throw new Mistake(`there is no ${word}`)
    const value = inline ?? args[++i]
    if (value === undefined || value === '') throw new Mistake(`${word} wants a value`)
    values.set(name, value)
  }
  const cluster = values.get('--cluster')
  if (cluster === undefined) throw new Mistake('wants --cluster NAME')
  const directory = resolve(values.get('--out-dir') ?? '.')
  return { namespace: values.get('--namespace') ?? 'default', cluster, directory }
}

export async function report(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(help)
    return 0
  }
  const complain = (line: string, code: number): number => {
    process.stderr.write(`millrace report: ${line}\n`)
    return code
  }
  let ask: Ask
  try {
    ask = askOf(args)
  } catch (thrown) {
    if (!(thrown instanceof Mistake)) throw thrown
    return complain(`${thrown.message}\nSee: millrace report --help`, 2)
  }
  const env = nodeEnv({ logLevel: 'off' })
  const reached = await reach(homeOf(process.env), env)
  try {
    if (reached === null) return complain('no control plane runs here: start it with millrace up', 1)
    const ref = { namespace: ask.namespace, name: ask.cluster }
    if ((await reached.kube.get(customKinds[0]!, ref)) === null) {
      return complain(`there is no Kafka ${ask.cluster} in namespace ${ask.namespace}`, 1)
    }
    const files = await gather(reached, ask, (line) => process.stdout.write(`${line}\n`))
    const { zipSync } = await import('fflate')
    const [date, time] = new Date().toISOString().slice(0, 19).split('T') as [string, string]
    const name = `report-${date.split('-').reverse().join('-')}_${time.replaceAll(':', '-')}.zip`
    mkdirSync(ask.directory, { recursive: true })
    const bytes = Object.fromEntries([...files].map(([path, text]) => [path, Buffer.from(text)]))
    writeFileSync(join(ask.directory, name), zipSync(bytes, { level: 6 }), { mode: 0o600 })
    process.stdout.write(`Report file ${join(ask.directory, name)} created\n`)
    return 0
  } finally {
    reached?.close()
    env.close()
  }
}

/** Path in the zip → text. */
async function gather(
  { kube, getText }: Reached,
  { namespace, cluster }: Ask,
  say: (line: string) => void,
): Promise<Map<string, string>> {
  const files = new Map<string, string>()
  const labels = `strimzi.io/cluster=${cluster}`
  const found: Obj[] = []
  const put = (directory: string, kind: KindRef, object: Obj): void => {
    found.push(object)
    files.set(`reports/${directory}/${object.metadata.name}.yaml`, writeYaml(shown(object)))
    const group = kind.group === '' ? '' : `.${kind.group}`
    say(`    ${kind.kind.toLowerCase()}${group}/${object.metadata.name}`)
  }
  for (const { title, kind } of sections) {
    say(title)
    for (const object of (await kube.list(kind, { namespace, labels })).items) put(title, kind, object)
  }
  say('customresources')
  for (const kind of customKinds) {
    const { items } = await kube.list(kind, { namespace })
    const own = items.filter(
      ({ metadata }) => metadata.name === cluster || metadata.labels?.['strimzi.io/cluster'] === cluster,
    )
    if (own.length > 0) say(`    ${kind.resource}.${kind.group}`)
    for (const object of own) {
      found.push(object)
      files.set(`reports/customresources/${kind.resource}/${object.metadata.name}.yaml`, writeYaml(shown(object)))
      say(`        ${object.metadata.name}`)
    }
  }
  say('events')
  const noted = (await kube.list(events, { namespace })).items
  files.set('reports/events/events.yaml', writeYaml(noted.map(shown)))
  say(`    ${noted.length} events`)
  say('clusteroperator')
  const operatorPods = (await kube.list(podKind, { namespace: systemNamespace })).items
  for (const pod of operatorPods) put('clusteroperator', podKind, pod)
  say('logs')
  for (const { kind, metadata, ...pod } of found) {
    if (kind !== 'Pod') continue
    say(`    ${metadata.name}`)
    const { containers = [] } = (pod as { spec?: { containers?: { name: string }[] } }).spec ?? {}
    for (const { name } of containers) {
      const path = `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}/log?container=${name}&tailLines=${logLines}`
      const file = `reports/logs/${metadata.name}-${name}.log`
      // a container that waits has none: the server's sentence says so
      files.set(file, await getText(path).catch((thrown: Error) => `${thrown.message}\n`))
    }
  }
  files.set('reports/diagnosis.txt', diagnosis(found, noted))
  return files
}

/** What `kubectl apply` keeps is the whole object once more, values of secrets too. */
const copyInAnnotation = 'kubectl.kubernetes.io/last-applied-configuration'

/** Of secrets keys stay, values go; who wrote which field helps nobody. */
function shown(whole: Obj): Obj {
  const { managedFields: _, ...metadata } = whole.metadata
  const annotations = Object.fromEntries(
    Object.entries(metadata.annotations ?? {}).filter(([name]) => name !== copyInAnnotation),
  )
  const object: Obj = { ...whole, metadata: { ...metadata, annotations } }
  if (object.kind !== 'Secret') return object
  const { apiVersion, kind, type } = object as Obj & { type?: string }
  const keys = Object.keys((object['data'] ?? {}) as object)
  return {
    apiVersion,
    kind,
    metadata: object.metadata,
    type,
    data: Object.fromEntries(keys.map((key) => [key, '<hidden>'])),
  }
}
