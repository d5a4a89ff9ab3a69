import { options, run, type Scenario, setup, start, stop } from '../scenario.ts'

const d = 'kafka-dump-log.sh --files'
const segment = '00000000000000000000'
const produce = 'kafka-console-producer.sh --bootstrap-server $B --command-property linger.ms=1000'

export const scenario: Scenario = {
  name: 'kafka-dump-log',
  config: {
    'offsets.topic.num.partitions': '1',
    'transaction.state.log.num.partitions': '1',
    'share.coordinator.state.topic.num.partitions': '1',
    'metadata.max.idle.interval.ms': '0',
  },
  fixture: {
    folder: 'dump-log',
    seed: [
      setup('kafka-topics.sh --bootstrap-server $B --create --topic plain --config index.interval.bytes=1'),
      setup('kafka-topics.sh --bootstrap-server $B --create --topic packed'),
      setup(
        'kafka-topics.sh --bootstrap-server $B --create --topic stamped --config message.timestamp.type=LogAppendTime',
      ),
      setup(
        'kafka-topics.sh --bootstrap-server $B --create --topic dated --config retention.ms=-1 --config index.interval.bytes=1',
      ),
      setup('kafka-topics.sh --bootstrap-server $B --create --topic txn'),
      setup('kafka-topics.sh --bootstrap-server $B --create --topic empty'),
      setup(
        `${produce} --topic plain --reader-property parse.key=true --reader-property parse.headers=true --reader-property null.marker=NIL`,
        'h1:v1,h2:v2\tk1\tv1\nNIL\tk2\tv2\nh:NIL\tNIL\tv3\nNIL\tk4\tNIL\n',
      ),
      setup(`${produce} --topic plain --command-property enable.idempotence=false`, 'x\ny\n'),
      ...['gzip', 'snappy', 'lz4', 'zstd'].map((codec) =>
        setup(`${produce} --topic packed --compression-codec ${codec}`, 'aaaaaaaaaa\nbbbbbbbbbb\n'),
      ),
      setup(`${produce} --topic stamped`, 'x\ny\n'),
      setup(
        'kafka-verifiable-producer.sh --bootstrap-server $B --topic dated --max-messages 4 --message-create-time 1500000000000 --throughput 10',
      ),
      setup(
        'kafka-producer-perf-test.sh --bootstrap-server $B --topic txn --num-records 2 --record-size 5 --throughput -1 --transactional-id tx --transaction-duration-ms 100',
      ),
      start(
        'live',
        'a member',
        'kafka-console-consumer.sh --bootstrap-server $B --topic plain --from-beginning --group live',
        /y\n/,
      ),
      setup(
        'kafka-console-consumer.sh --bootstrap-server $B --topic dated --from-beginning --group modern --max-messages 1 --timeout-ms 30000 --command-property group.protocol=consumer',
      ),
      stop('live'),
    ],
    keep: [
      ...['plain', 'packed', 'stamped', 'dated', 'txn', 'empty', '__consumer_offsets', '__transaction_state'].flatMap(
        (name) => ['log', 'index', 'timeindex'].map((ending) => `${name}-0/${segment}.${ending}`),
      ),
      'plain-0/partition.metadata',
      'plain-0/leader-epoch-checkpoint',
      `__cluster_metadata-0/${segment}.log`,
      `__cluster_metadata-0/${segment}-0000000000.checkpoint`,
      'bootstrap.checkpoint',
    ],
    damage: [
      { from: `plain-0/${segment}.log`, to: `torn-0/${segment}.log`, cutBytes: 10 },
      { from: `plain-0/${segment}.log`, to: `changed-0/${segment}.log`, flipAt: 70 },
      { from: `dated-0/${segment}.log`, to: `mismatched-0/${segment}.log`, cutBytes: 0 },
      { from: `dated-0/${segment}.index`, to: `mismatched-0/${segment}.index`, flipAt: 3 },
      { from: `dated-0/${segment}.timeindex`, to: `mismatched-0/${segment}.timeindex`, flipAt: 11 },
    ],
  },
  steps: [
    options('kafka-dump-log.sh'),
    run('dumps a log', `${d} $LOG/plain-0/${segment}.log`),
    run('dumps records', `${d} $LOG/plain-0/${segment}.log --print-data-log`),
    run('iterates deep', `${d} $LOG/plain-0/${segment}.log --deep-iteration`),
    run(
      'iterates deep without metadata of records',
      `${d} $LOG/plain-0/${segment}.log --print-data-log --skip-record-metadata`,
    ),
    run(
      'dumps records with other decoders',
      `${d} $LOG/plain-0/${segment}.log --print-data-log --key-decoder-class org.apache.kafka.tools.api.StringDecoder --value-decoder-class org.apache.kafka.tools.api.DefaultDecoder`,
    ),
    run(
      'refuses an unknown decoder',
      `${d} $LOG/plain-0/${segment}.log --print-data-log --value-decoder-class no.such.Decoder`,
    ),
    run('dumps compressed batches', `${d} $LOG/packed-0/${segment}.log --print-data-log`),
    run('dumps log append times', `${d} $LOG/stamped-0/${segment}.log --print-data-log`),
    run('dumps transactions', `${d} $LOG/txn-0/${segment}.log --print-data-log`),
    run('dumps a log of set times', `${d} $LOG/dated-0/${segment}.log --print-data-log`),
    run('dumps an empty log', `${d} $LOG/empty-0/${segment}.log`),
    run('dumps an offset index', `${d} $LOG/dated-0/${segment}.index`),
    run('dumps an offset index of batches', `${d} $LOG/plain-0/${segment}.index`),
    run('checks an offset index', `${d} $LOG/plain-0/${segment}.index --index-sanity-check`),
    run('verifies an offset index', `${d} $LOG/plain-0/${segment}.index --verify-index-only`),
    run('dumps a time index', `${d} $LOG/dated-0/${segment}.timeindex`),
    run('checks a time index', `${d} $LOG/dated-0/${segment}.timeindex --index-sanity-check`),
    run('dumps an empty offset index', `${d} $LOG/empty-0/${segment}.index`),
    run('dumps an empty time index', `${d} $LOG/empty-0/${segment}.timeindex`),
    run(
      'dumps several files',
      `${d} $LOG/plain-0/${segment}.log,$LOG/plain-0/${segment}.index,$LOG/plain-0/${segment}.timeindex`,
    ),
    run('decodes offsets', `${d} $LOG/__consumer_offsets-0/${segment}.log --offsets-decoder`),
    run(
      'decodes offsets without metadata of records',
      `${d} $LOG/__consumer_offsets-0/${segment}.log --offsets-decoder --skip-record-metadata`,
    ),
    run('decodes transactions', `${d} $LOG/__transaction_state-0/${segment}.log --transaction-log-decoder`),
    run('decodes the cluster metadata', `${d} $LOG/__cluster_metadata-0/${segment}.log --cluster-metadata-decoder`),
    run(
      'decodes the cluster metadata without metadata of records',
      `${d} $LOG/__cluster_metadata-0/${segment}.log --cluster-metadata-decoder --skip-record-metadata`,
    ),
    run('dumps the cluster metadata without its decoder', `${d} $LOG/__cluster_metadata-0/${segment}.log`),
    run('decodes the bootstrap snapshot', `${d} $LOG/bootstrap.checkpoint --cluster-metadata-decoder`),
    run(
      'decodes the first snapshot',
      `${d} $LOG/__cluster_metadata-0/${segment}-0000000000.checkpoint --cluster-metadata-decoder`,
    ),
    run('fails on the offsets of another log', `${d} $LOG/plain-0/${segment}.log --offsets-decoder`),
    run('decodes remote log metadata of another log', `${d} $LOG/plain-0/${segment}.log --remote-log-metadata-decoder`),
    run('decodes share group state of another log', `${d} $LOG/plain-0/${segment}.log --share-group-state-decoder`),
    run('ignores a file of another kind', `${d} $LOG/plain-0/partition.metadata`),
    run('ignores leader epochs', `${d} $LOG/plain-0/leader-epoch-checkpoint`),
    run('fails on a file that is not there', `${d} $LOG/plain-0/00000000000000000042.log`),
    run('tells of a torn tail', `${d} $LOG/torn-0/${segment}.log --deep-iteration`),
    run('tells of a changed byte', `${d} $LOG/changed-0/${segment}.log --deep-iteration`),
    run('tells of an index that does not match', `${d} $LOG/mismatched-0/${segment}.index`),
    run('verifies an index that does not match', `${d} $LOG/mismatched-0/${segment}.index --verify-index-only`),
    run('tells of a time index that does not match', `${d} $LOG/mismatched-0/${segment}.timeindex`),
    run('limits the bytes', `${d} $LOG/plain-0/${segment}.log --max-bytes 100`),
    run('limits the size of a record', `${d} $LOG/plain-0/${segment}.log --max-message-size 50`),
    run('wants files', 'kafka-dump-log.sh'),
    run('refuses two decoders', `${d} $LOG/plain-0/${segment}.log --offsets-decoder --transaction-log-decoder`),
    run('refuses an unknown option', `${d} $LOG/plain-0/${segment}.log --no-such-option`),
    run('prints its version', 'kafka-dump-log.sh --version'),
  ],
}
