import type { Verb } from './command.ts'

export interface VerbEntry {
  readonly name: string
  readonly summary: string
  /** null: no client of Kafka; the program itself runs these. */
  readonly load: (() => Promise<Verb>) | null
  /** Of a verb without `load`: what it takes, for completion. */
  readonly flags?: readonly string[]
}

/** Loaded when called: `millrace topics` does not pay for the others. */
export const verbs: readonly VerbEntry[] = [
  {
    name: 'up',
    summary: 'run Kafka on this machine: one node, a cluster, or what YAML says',
    load: null,
    flags: [
      ...['--brokers', '--controllers', '--port', '--data', '--config', '--verbose'],
      ...['--filename', '--detach', '--wait', '--help'],
    ],
  },
  {
    name: 'down',
    summary: 'stop the control plane and its pods (after up -f)',
    load: null,
    flags: ['--delete', '--help'],
  },
  { name: 'env', summary: 'print exports for a shell: KUBECONFIG, KAFKA_HOME', load: null },
  {
    name: 'report',
    summary: 'put what somebody needs who is to help into a zip',
    load: null,
    flags: ['--namespace', '--cluster', '--out-dir', '--help'],
  },
  {
    name: 'get',
    summary: 'list resources of the control plane',
    load: null,
    flags: [
      '--namespace',
      '--all-namespaces',
      '--selector',
      '--filename',
      '--output',
      '--show-managed-fields',
      '--field-selector',
      '--watch',
      '--no-headers',
      '--show-labels',
      '--ignore-not-found',
      '--help',
    ],
  },
  {
    name: 'describe',
    summary: 'show all of a resource, and its events',
    load: null,
    flags: ['--namespace', '--all-namespaces', '--selector', '--filename', '--show-events', '--help'],
  },
  {
    name: 'apply',
    summary: 'make resources what files say',
    load: null,
    flags: ['--namespace', '--filename', '--dry-run', '--output', '--server-side', '--help'],
  },
  {
    name: 'create',
    summary: 'make a new resource, from files or from words',
    load: null,
    flags: [
      '--namespace',
      '--filename',
      '--dry-run',
      '--output',
      '--from-literal',
      '--from-file',
      '--image',
      '--replicas',
      '--type',
      '--help',
    ],
  },
  {
    name: 'delete',
    summary: 'delete resources, and wait until they have gone',
    load: null,
    flags: [
      '--namespace',
      '--all-namespaces',
      '--selector',
      '--filename',
      '--all',
      '--wait',
      '--timeout',
      '--ignore-not-found',
      '--grace-period',
      '--force',
      '--now',
      '--cascade',
      '--dry-run',
      '--output',
      '--help',
    ],
  },
  {
    name: 'scale',
    summary: 'set how many there are of a deployment or node pool',
    load: null,
    flags: ['--namespace', '--selector', '--filename', '--replicas', '--current-replicas', '--all', '--help'],
  },
  {
    name: 'logs',
    summary: 'print what a container wrote',
    load: null,
    flags: [
      '--namespace',
      '--selector',
      '--container',
      '--all-containers',
      '--follow',
      '--tail',
      '--since',
      '--since-time',
      '--previous',
      '--timestamps',
      '--limit-bytes',
      '--prefix',
      '--help',
    ],
  },
  {
    name: 'exec',
    summary: 'run a command in a container',
    load: null,
    flags: ['--namespace', '--container', '--stdin', '--tty', '--help'],
  },
  {
    name: 'wait',
    summary: 'wait until resources are as wanted',
    load: null,
    flags: ['--namespace', '--all-namespaces', '--selector', '--filename', '--for', '--timeout', '--all', '--help'],
  },
  {
    name: 'events',
    summary: 'show what happened, the newest last',
    load: null,
    flags: ['--namespace', '--all-namespaces', '--for', '--types', '--output', '--no-headers', '--help'],
  },
  { name: 'server', summary: 'run a node as a server.properties says', load: null, flags: ['--override', '--help'] },
  {
    name: 'status',
    summary: 'tell whether a cluster is well, and what to do where it is not',
    load: async () => (await import('./status.ts')).status,
  },
  {
    name: 'topics',
    summary: 'list, show, create, alter and delete topics',
    load: async () => (await import('./topics.ts')).topics,
  },
  { name: 'produce', summary: 'write records', load: async () => (await import('./produce.ts')).produce },
  { name: 'consume', summary: 'print records', load: async () => (await import('./consume.ts')).consume },
  {
    name: 'groups',
    summary: 'list, show, reset and delete consumer groups',
    load: async () => (await import('./groups.ts')).groups,
  },
  {
    name: 'configs',
    summary: 'show and set configurations of topics, brokers and groups',
    load: async () => (await import('./configs.ts')).configs,
  },
  {
    name: 'convert',
    summary: 'print YAML of any year as it is written today',
    load: async () => (await import('./convert.ts')).convert,
  },
  {
    name: 'completion',
    summary: 'print what makes your shell complete all this',
    load: async () => (await import('./completion.ts')).completion,
  },
]
