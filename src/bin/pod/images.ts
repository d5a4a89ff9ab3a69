import type { Image, Images } from '../../kubelet/index.ts'

/** What an image is here. Without a registry's name and tag; `*` ends a name that others begin with. */
interface Row {
  readonly names: readonly string[]
  /** How people are told of it. */
  readonly shown: string
  readonly image: (root: string) => Omit<Image, 'id'>
}

/** Of containers' paths, those that Strimzi's Kafka image has and programs and commands name. */
const kafkaLayout = (root: string) => ({
  '/opt/kafka': root,
  '/opt/kafka/kafka_run.sh': `${root}/bin/pod/kafka_run.sh`,
})

const kafka = (root: string): Omit<Image, 'id'> => ({
  kind: 'ours',
  layout: kafkaLayout(root),
  workdir: '/opt/kafka',
  // as in Strimzi's image: what follows `--` in `kubectl run` is the whole command
  entrypoint: [],
  arguments: ['/opt/kafka/kafka_run.sh'],
  env: { KAFKA_HOME: '/opt/kafka' },
})

const program =
  (name: string) =>
  (root: string): Omit<Image, 'id'> => ({
    ...kafka(root),
    arguments: [`/opt/kafka/bin/pod/${name}.sh`],
  })

const host: Omit<Image, 'id'> = { kind: 'host', layout: {}, workdir: '/', entrypoint: [], arguments: ['sh'], env: {} }

const operatorProgram = { entrypoint: [], arguments: ['/opt/strimzi/bin/cluster_operator_run.sh'] }

const rows: readonly Row[] = [
  {
    names: [
      'strimzi/kafka',
      'amq7/amq-streams-kafka*',
      'amq-streams/kafka*',
      'apache/kafka',
      'apache/kafka-native',
      'bitnami/kafka',
    ],
    shown: 'quay.io/strimzi/kafka',
    image: kafka,
  },
  {
    names: ['strimzici/hello-world-producer', 'strimzi/hello-world-producer', 'strimzi-examples/java-kafka-producer'],
    shown: 'strimzici/hello-world-producer',
    image: program('hello_world_producer'),
  },
  {
    names: ['strimzici/hello-world-consumer', 'strimzi/hello-world-consumer', 'strimzi-examples/java-kafka-consumer'],
    shown: 'strimzici/hello-world-consumer',
    image: program('hello_world_consumer'),
  },
  {
    names: ['busybox', 'alpine', 'bash', 'debian', 'ubuntu', 'ubi8/ubi*', 'ubi9/ubi*', 'fedora', 'centos'],
    shown: 'busybox (the shell of this machine)',
    image: () => host,
  },
  {
    names: ['strimzi/operator', 'amq7/amq-streams-*operator*', 'amq-streams/strimzi-*operator*'],
    shown: 'quay.io/strimzi/operator',
    image: () => ({ kind: 'in-process', layout: {}, workdir: '/', ...operatorProgram, env: {} }),
  },
]

/** Images and what they are on this machine; `root`: this repository, or the installed package. */
export function images(root: string, more: Images = () => ({ cannot: '' })): Images {
  return (name) => {
    const plain = plainName(name)
    const row = rows.find(({ names }) => names.some((pattern) => fits(plain, pattern)))
    if (row !== undefined) return { ...row.image(root), id: `millrace/${row.names[0]}` }
    const other = more(name)
    if (!('cannot' in other)) return other
    const known = rows.map(({ shown }) => shown).join(', ')
    const why = other.cannot === '' ? '' : ` ${other.cannot}`
    return { cannot: `${name} is not an image that runs here, where pods are processes: use ${known}.${why}` }
  }
}

/** Without registry, tag and digest: `quay.io/strimzi/kafka:1.0@sha256:…` → `strimzi/kafka`. */
function plainName(name: string): string {
  const [path = ''] = name.split('@')
  const parts = path.split('/')
  const first = parts[0] ?? ''
  const isRegistry = parts.length > 1 && (/[.:]/.test(first) || first === 'localhost')
  const rest = (isRegistry ? parts.slice(1) : parts).join('/').replace(/:[^/:]*$/, '')
  return rest.replace(/^library\//, '')
}

function fits(name: string, pattern: string): boolean {
  if (!pattern.includes('*')) return name === pattern
  const parts = pattern.split('*')
  const escaped = parts.map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${escaped.join('.*')}$`).test(name)
}
