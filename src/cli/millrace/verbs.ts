import type { Verb } from './command.ts'

export interface VerbEntry {
  readonly name: string
  readonly summary: string
  /** null: not a client; `up` and `server` are run by the program itself. */
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
