import { file, node, run, type Scenario, setup } from '../scenario.ts'

const t = 'kafka-topics.sh --bootstrap-server $B'
const r = 'kafka-reassign-partitions.sh --bootstrap-server $B'
const q = 'kafka-metadata-quorum.sh --bootstrap-server $B'
const c = 'kafka-cluster.sh'
const configs = 'kafka-configs.sh --bootstrap-server $B'
const moves = (...list: [string, number, number[]][]) => {
  const partitions = list.map(([topic, partition, replicas]) => ({ topic, partition, replicas }))
  return `${JSON.stringify({ version: 1, partitions })}\n`
}
const inSync = { until: /^$/ }

/** The tools for a cluster, on one. */
export const scenario: Scenario = {
  name: 'cluster',
  isOnCluster: true,
  steps: [
    setup(`${t} --create --topic t --replica-assignment 1:2:3,2:3:1,3:1:2 --config min.insync.replicas=2`),
    setup(`${t} --create --topic two --replica-assignment 1:3 --config min.insync.replicas=2`),
    setup(`${t} --create --topic one --replica-assignment 3`),
    run('describes topics', `${t} --describe`, { until: /Isr: 1,2,3\b[\s\S]*Isr: 2,3,1\b[\s\S]*Isr: 3,1,2\b/ }),
    run('finds none under-replicated', `${t} --describe --under-replicated-partitions`),
    run('finds one at min ISR', `${t} --describe --at-min-isr-partitions`),
    run('describes the quorum', `${q} describe --status`),
    run(
      'describes it through the controllers',
      'kafka-metadata-quorum.sh --bootstrap-controller $C2 describe --status',
    ),
    run('describes its replication', `${q} describe --replication`),
    run('lists brokers', `${c} list-endpoints --bootstrap-server $B`),
    run('lists controllers', `${c} list-endpoints --bootstrap-controller $C`),
    run('describes features of a node', 'kafka-features.sh --bootstrap-server $B describe --node-id 3'),
    run(
      'refuses to generate for fewer brokers than replicas',
      `${r} --generate --broker-list 1,2 --topics-to-move-json-file topics.json`,
    ),
    file('topics.json', '{"topics":[{"topic":"t"}],"version":1}\n'),
    run('so it does with a file', `${r} --generate --broker-list 1,2 --topics-to-move-json-file topics.json`),
    file('move.json', moves(['t', 0, [2, 1]], ['t', 1, [3, 2, 1]])),
    run('moves', `${r} --execute --reassignment-json-file move.json`),
    run('verifies until it is done', `${r} --verify --reassignment-json-file move.json`, {
      until: /t-0 is completed[\s\S]*t-1 is completed/,
    }),
    run(
      'refuses another replication factor when told to',
      `${r} --execute --reassignment-json-file move.json --disallow-replication-factor-change`,
    ),
    file('back.json', moves(['t', 0, [1, 2, 3]], ['t', 1, [2, 3, 1]])),
    run(
      'refuses another factor',
      `${r} --execute --reassignment-json-file back.json --disallow-replication-factor-change`,
    ),
    setup(`${t} --create --topic big --replica-assignment 1:2,2:3`),
    setup(
      'kafka-producer-perf-test.sh --bootstrap-server $B --topic big --num-records 3000 --record-size 2000 --throughput -1 --command-property linger.ms=0 --command-property batch.size=4000',
    ),
    file('big.json', moves(['big', 0, [3, 2]], ['big', 1, [1]])),
    file('more.json', moves(['big', 1, [1, 2, 3]])),
    run(
      'moves slowly',
      `${r} --execute --reassignment-json-file big.json --throttle 1000 --replica-alter-log-dirs-throttle 6000`,
    ),
    run('lists what goes on', `${r} --list`),
    run('verifies what goes on', `${r} --verify --reassignment-json-file big.json`),
    run('throttles the brokers', `${configs} --describe --entity-type brokers --entity-name 1`),
    run('throttles the topic', `${configs} --describe --entity-type topics --entity-name big`),
    run('describes a topic that is moved', `${t} --describe --topic big`),
    run('does not begin a second one', `${r} --execute --reassignment-json-file more.json`),
    run('begins an additional one', `${r} --execute --reassignment-json-file more.json --additional --throttle 900`),
    run('lists what was added', `${r} --list`),
    run('cancels one and keeps throttles', `${r} --cancel --reassignment-json-file more.json --preserve-throttles`),
    run('cancels', `${r} --cancel --reassignment-json-file big.json`),
    run('lists none', `${r} --list`),
    run('cleared the throttles', `${configs} --describe --entity-type topics --entity-name big`),
    run('describes it as it was', `${t} --describe --topic big`),
    setup(`${t} --delete --topic big`),
    run('sets a broker', `${configs} --alter --entity-type brokers --entity-name 2 --add-config log.cleaner.threads=2`),
    run('describes that broker', `${configs} --describe --entity-type brokers --entity-name 2`),
    run('not another one', `${configs} --describe --entity-type brokers --entity-name 3`),
    run(
      'sets all brokers',
      `${configs} --alter --entity-type brokers --entity-default --add-config log.cleaner.backoff.ms=16000`,
    ),
    run('describes all', `${configs} --describe --entity-type brokers`),
    run(
      'sets a level of one broker',
      `${configs} --alter --entity-type broker-loggers --entity-name 3 --add-config kafka=WARN`,
    ),
    run('unsets it', `${configs} --alter --entity-type brokers --entity-name 2 --delete-config log.cleaner.threads`),
    run(
      'unsets all',
      `${configs} --alter --entity-type brokers --entity-default --delete-config log.cleaner.backoff.ms`,
    ),
    node(3, 'stop'),
    run('finds those under-replicated', `${t} --describe --under-replicated-partitions`),
    run('finds those at min ISR', `${t} --describe --at-min-isr-partitions`),
    run('finds those under min ISR', `${t} --describe --under-min-isr-partitions`),
    run('finds the unavailable', `${t} --describe --unavailable-partitions`),
    run('lists brokers without the fenced one', `${c} list-endpoints --bootstrap-server $B`),
    run('lists the fenced one', `${c} list-endpoints --bootstrap-server $B --include-fenced-brokers`),
    run(
      'finds no leader for what is lost',
      `kafka-leader-election.sh --bootstrap-server $B --election-type unclean --topic one --partition 0`,
    ),
    run(
      'finds no preferred leader',
      `kafka-leader-election.sh --bootstrap-server $B --election-type preferred --topic t --partition 2`,
    ),
    run('refuses to move to a broker that is down', `${r} --execute --reassignment-json-file back.json`),
    node(3, 'start'),
    run('waits until all are in sync', `${t} --describe --under-replicated-partitions`, inSync),
    run(
      'elects the preferred leader',
      `kafka-leader-election.sh --bootstrap-server $B --election-type preferred --topic t --partition 2`,
    ),
    run(
      'elects all',
      `kafka-leader-election.sh --bootstrap-server $B --election-type preferred --all-topic-partitions`,
    ),
    run('describes topics as they were', `${t} --describe`),
    run(
      'removes a controller in words',
      `${q} remove-controller --controller-id 3 --controller-directory-id $ID3 --dry-run`,
    ),
    run('refuses one of another directory', `${q} remove-controller --controller-id 3 --controller-directory-id $ID2`),
    run('removes a controller', `${q} remove-controller --controller-id 3 --controller-directory-id $ID3`),
    run('describes two voters and an observer', `${q} describe --status`, { until: /CurrentObservers: +\[\{/ }),
    file(
      'three.properties',
      'process.roles=broker,controller\nnode.id=3\nlog.dirs=$LOG3\nlisteners=PLAINTEXT://$B3,CONTROLLER://$C3\n' +
        'controller.listener.names=CONTROLLER\n',
    ),
    run(
      'adds a controller',
      `kafka-metadata-quorum.sh --bootstrap-server $B --command-config three.properties add-controller`,
    ),
    run(
      'refuses it twice',
      `kafka-metadata-quorum.sh --bootstrap-server $B --command-config three.properties add-controller`,
    ),
    run('describes three voters', `${q} describe --status`),
    run('forgets no broker that is not there', `${c} unregister --bootstrap-server $B --id 9`),
    node(3, 'stop'),
    run('forgets a broker', `${c} unregister --bootstrap-server $B --id 3`),
    run('knows it no more', `${c} list-endpoints --bootstrap-server $B --include-fenced-brokers`),
    run('describes the features', 'kafka-features.sh --bootstrap-controller $C describe'),
    run('lowers a level', 'kafka-features.sh --bootstrap-server $B downgrade --feature transaction.version=1'),
    run('raises a level', 'kafka-features.sh --bootstrap-server $B upgrade --feature transaction.version=2'),
  ],
}
