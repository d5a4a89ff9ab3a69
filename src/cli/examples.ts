/** What each of Kafka's tools is asked for most, for the end of its `--help`. */
type Example = readonly [line: string, what: string]

const b = '--bootstrap-server localhost:9092'

const examples: Readonly<Record<string, readonly Example[]>> = {
  'kafka-acls': [
    [`${b} --add --allow-principal User:anna --operation Read --topic orders`, 'let a user read a topic'],
    [`${b} --add --allow-principal User:anna --consumer --topic orders --group billing`, 'what a consumer needs'],
    [`${b} --list --topic orders --resource-pattern-type match`, 'all that holds for a topic'],
  ],
  'kafka-broker-api-versions': [[b, 'what each broker understands']],
  'kafka-cluster': [
    [`cluster-id ${b}`, 'the id of the cluster'],
    [`list-endpoints ${b}`, 'its brokers'],
  ],
  'kafka-configs': [
    [`${b} --describe --topic orders`, 'what was set on a topic'],
    [`${b} --alter --topic orders --add-config retention.ms=3600000`, 'keep its records for an hour'],
    [`${b} --describe --broker 1 --all`, 'everything that holds for a broker'],
  ],
  'kafka-console-consumer': [
    [`${b} --topic orders --from-beginning`, 'all records, and those to come'],
    [`${b} --topic orders --group billing --formatter-property print.key=true`, 'as a member of a group, with keys'],
    [`${b} --topic orders --partition 0 --offset 42 --max-messages 1`, 'one record'],
  ],
  'kafka-console-producer': [
    [`${b} --topic orders`, 'a record for each line'],
    [`${b} --topic orders --reader-property parse.key=true --reader-property key.separator=:`, 'lines are key:value'],
  ],
  'kafka-consumer-groups': [
    [`${b} --list`, 'the groups'],
    [`${b} --describe --group billing`, 'where it is, and how far behind'],
    [
      `${b} --group billing --topic orders --reset-offsets --to-earliest --dry-run`,
      'what a reset would do; --execute does it',
    ],
  ],
  'kafka-consumer-perf-test': [[`${b} --topic orders --num-records 100000`, 'how fast records are read']],
  'kafka-delete-records': [[`${b} --offset-json-file before.json`, 'delete the records before offsets']],
  'kafka-dump-log': [
    ['--files /tmp/kafka-logs/orders-0/00000000000000000000.log --print-data-log', 'batches and records of a segment'],
    ['--files /tmp/kafka-logs/__consumer_offsets-12/00000000000000000000.log --offsets-decoder', 'committed offsets'],
  ],
  'kafka-e2e-latency': [
    [`${b} --topic orders --num-records 1000 --producer-acks all --record-size 100`, 'from send to receipt'],
  ],
  'kafka-features': [[`${b} describe`, 'feature levels of the cluster']],
  'kafka-get-offsets': [
    [`${b} --topic orders`, 'the end of each partition'],
    [`${b} --topic orders --time earliest`, 'the beginning'],
  ],
  'kafka-groups': [[`${b} --list`, 'groups of every kind']],
  'kafka-leader-election': [
    [`${b} --election-type preferred --all-topic-partitions`, 'leaders go back to where they were meant to be'],
  ],
  'kafka-log-dirs': [[`${b} --describe --topic-list orders`, 'sizes on disk, as JSON']],
  'kafka-metadata-quorum': [[`${b} describe --status`, 'who leads, and who follows']],
  'kafka-metadata-shell': [
    [
      '--snapshot data/__cluster_metadata-0/00000000000000000000.log tree /image/topics',
      'the topics, as the log has them',
    ],
    ['--snapshot data/__cluster_metadata-0/00000000000000000000.log', 'a conversation'],
  ],
  'kafka-producer-perf-test': [
    [`${b} --topic orders --num-records 100000 --record-size 1000 --throughput -1`, 'how fast records are written'],
  ],
  'kafka-reassign-partitions': [
    [`${b} --generate --topics-to-move-json-file topics.json --broker-list 1,2,3`, 'a proposal'],
    [`${b} --execute --reassignment-json-file move.json`, 'begin'],
    [`${b} --verify --reassignment-json-file move.json`, 'how far it is'],
  ],
  'kafka-replica-verification': [
    ['--broker-list localhost:9092 --topics-include orders --time -2', 'whether all replicas hold the same'],
  ],
  'kafka-storage': [
    ['random-uuid', 'an id for a new cluster'],
    ['format --standalone -t "$(kafka-storage.sh random-uuid)" -c config/server.properties', 'a node of its own'],
    ['info -c config/server.properties', 'what the directories hold'],
  ],
  'kafka-topics': [
    [`${b} --create --topic orders --partitions 3`, 'a topic'],
    [`${b} --describe --topic orders`, 'its partitions and where they are'],
    [`${b} --list`, 'all of them'],
    [`${b} --delete --topic orders`, 'gone, with its records'],
  ],
  'kafka-transactions': [
    [`${b} list`, 'what is under way'],
    [`${b} describe --transactional-id copier`, 'one of them'],
    [`${b} find-hanging --broker-id 1`, 'those whose end never came'],
    [`${b} abort --topic orders --partition 0 --start-offset 42`, 'end one that hangs'],
  ],
  'kafka-verifiable-consumer': [[`${b} --topic orders --group-id check`, 'what is read, as JSON']],
  'kafka-verifiable-producer': [[`${b} --topic orders --max-messages 100`, 'what was acknowledged, as JSON']],
}

/** Null for a tool without any. */
export function examplesOf(tool: string): string | null {
  const all = examples[tool]
  if (all === undefined) return null
  return `\nExamples\n${all.map(([line, what]) => `  # ${what}\n  ${tool}.sh ${line}\n`).join('')}`
}

export const exampleTools: readonly string[] = Object.keys(examples)
