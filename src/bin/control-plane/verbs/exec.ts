import { Mistake, namespaceFlag, type Verb } from './verb.ts'

export const exec: Verb = {
  name: 'exec',
  args: 'POD -- COMMAND',
  summary: 'run a command in a container',
  flags: [namespaceFlag],
  examples: ['exec my-cluster-kafka-0 -- bin/kafka-topics.sh --list --bootstrap-server localhost:9092'],
  run: () =>
    Promise.reject(new Mistake('exec needs kubectl; it finds this control plane after: eval "$(millrace env)"')),
}
