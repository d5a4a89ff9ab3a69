import { file, options, run, type Scenario } from '../scenario.ts'

export const scenario: Scenario = {
  name: 'kafka-cluster',
  steps: [
    options('kafka-cluster.sh'),
    options('kafka-cluster.sh cluster-id'),
    options('kafka-cluster.sh list-endpoints'),
    options('kafka-cluster.sh unregister'),
    run('prints the id', 'kafka-cluster.sh cluster-id --bootstrap-server $B'),
    run('prints the id, short option', 'kafka-cluster.sh cluster-id -b $B'),
    run('prints the id from a controller', 'kafka-cluster.sh cluster-id --bootstrap-controller $C'),
    run('lists endpoints', 'kafka-cluster.sh list-endpoints --bootstrap-server $B'),
    run(
      'lists endpoints with fenced brokers',
      'kafka-cluster.sh list-endpoints --bootstrap-server $B --include-fenced-brokers',
    ),
    run('lists endpoints of controllers', 'kafka-cluster.sh list-endpoints --bootstrap-controller $C'),
    run(
      'refuses fenced brokers of controllers',
      'kafka-cluster.sh list-endpoints --bootstrap-controller $C --include-fenced-brokers',
    ),
    run('refuses to unregister an unknown broker', 'kafka-cluster.sh unregister --bootstrap-server $B --id 7'),
    run('wants the id of a broker', 'kafka-cluster.sh unregister --bootstrap-server $B'),
    file('admin.properties', 'client.id=me\n'),
    run(
      'takes admin properties from a file',
      'kafka-cluster.sh cluster-id --bootstrap-server $B --command-config admin.properties',
    ),
    run('accepts the old --config', 'kafka-cluster.sh cluster-id --bootstrap-server $B --config admin.properties'),
    run('wants a bootstrap', 'kafka-cluster.sh cluster-id'),
    run('refuses both bootstraps', 'kafka-cluster.sh cluster-id --bootstrap-server $B --bootstrap-controller $C'),
    run('wants a command', 'kafka-cluster.sh'),
    run('refuses an unknown command', 'kafka-cluster.sh explode'),
    run('refuses an unknown option', 'kafka-cluster.sh cluster-id --bootstrap-server $B --no-such-option'),
  ],
}
