import { remoteLogRecords } from '../../../src/protocol/index.ts'
import { run, type Scenario, setup, start, stop } from '../scenario.ts'

const d = 'kafka-dump-log.sh --files'
const segment = '00000000000000000000'
const produce = 'kafka-console-producer.sh --bootstrap-server $B'

const uuidOf = (letters: string): string => Buffer.from(letters).toString('base64url')
const topicIdPartition = { name: 'orders', id: uuidOf('abcdefghijklmnop'), partition: 3 }
const remoteLogSegmentId = { topicIdPartition, id: uuidOf('ABCDEFGHIJKLMNOP') }
const ms = 0x0000_0123_4567_0123
const segmentFacts = {
  startOffset: 5,
  endOffset: 77,
  brokerId: 1,
  maxTimestampMs: ms,
  eventTimestampMs: ms + 1,
  segmentSizeInBytes: 4096,
}

/** Values are so chosen that the bytes pass through a console as text: none has its high bit set or ends a line. */
const remote: readonly Parameters<typeof remoteLogRecords.encode>[0][] = [
  {
    type: 'RemoteLogSegmentMetadataRecord',
    value: {
      ...segmentFacts,
      remoteLogSegmentId,
      segmentLeaderEpochs: [
        { leaderEpoch: 2, offset: 50 },
        { leaderEpoch: 0, offset: 5 },
      ],
      remoteLogSegmentState: 0,
    },
  },
  {
    type: 'RemoteLogSegmentMetadataUpdateRecord',
    value: {
      remoteLogSegmentId,
      brokerId: 1,
      eventTimestampMs: ms,
      customMetadata: Buffer.from('xyz'),
      remoteLogSegmentState: 1,
    },
  },
  {
    type: 'RemotePartitionDeleteMetadataRecord',
    value: { topicIdPartition, brokerId: 1, eventTimestampMs: ms, remotePartitionDeleteState: 2 },
  },
  {
    type: 'RemoteLogSegmentMetadataSnapshotRecord',
    value: {
      ...segmentFacts,
      segmentId: remoteLogSegmentId.id,
      segmentLeaderEpochs: [{ leaderEpoch: 1, offset: 5 }],
      customMetadata: Buffer.from('z'),
      remoteLogSegmentState: 3,
      txnIndexEmpty: true,
    },
  },
]
const remoteText = remote.map((record) => `${Buffer.from(remoteLogRecords.encode(record, 0)).toString('latin1')}\n`)

export const scenario: Scenario = {
  name: 'kafka-dump-log-more',
  config: {
    'offsets.topic.num.partitions': '1',
    'transaction.state.log.num.partitions': '1',
    'share.coordinator.state.topic.num.partitions': '1',
    'transaction.abort.timed.out.transaction.cleanup.interval.ms': '500',
  },
  fixture: {
    folder: 'dump-log-more',
    seed: [
      ...['shared', 'aborted', 'remote'].map((topic) =>
        setup(`kafka-topics.sh --bootstrap-server $B --create --topic ${topic} --config index.interval.bytes=1`),
      ),
      setup(`${produce} --topic remote`, remoteText.join('')),
      setup(`${produce} --topic shared`, 'a\n'),
      setup(`${produce} --topic shared`, 'b\n'),
      setup(`${produce} --topic shared`, 'c\n'),
      setup(
        'kafka-configs.sh --bootstrap-server $B --alter --group sharers --add-config share.auto.offset.reset=earliest',
      ),
      setup(
        'kafka-console-share-consumer.sh --bootstrap-server $B --topic shared --group sharers --max-messages 2 --timeout-ms 30000',
      ),
      start(
        'open',
        'a transaction',
        'kafka-producer-perf-test.sh --bootstrap-server $B --topic aborted --num-records 10000 --record-size 5 --throughput 20 --reporting-interval 500 --transactional-id tx --transaction-duration-ms 600000 --command-property transaction.timeout.ms=2000',
        /records sent/,
      ),
      stop('open', 'SIGKILL'),
      setup(`${produce} --topic aborted`, 'end\n'),
      setup(
        'kafka-console-consumer.sh --bootstrap-server $B --topic aborted --isolation-level read_committed --from-beginning --max-messages 1 --timeout-ms 30000',
      ),
    ],
    keep: [
      ...['log', 'index', 'timeindex'].map((ending) => `shared-0/${segment}.${ending}`),
      'shared-0/00000000000000000003.snapshot',
      `aborted-0/${segment}.log`,
      `aborted-0/${segment}.txnindex`,
      `remote-0/${segment}.log`,
      `__consumer_offsets-0/${segment}.log`,
      `__share_group_state-0/${segment}.log`,
    ],
    damage: [
      { from: 'shared-0/00000000000000000003.snapshot', to: 'flipped-0/00000000000000000003.snapshot', flipAt: 20 },
      { from: 'shared-0/00000000000000000003.snapshot', to: 'unknown-0/00000000000000000003.snapshot', flipAt: 1 },
      { from: `shared-0/${segment}.log`, to: `cut-0/${segment}.log` },
      { from: `shared-0/${segment}.index`, to: `cut-0/${segment}.index`, cutBytes: 3 },
      { from: `shared-0/${segment}.timeindex`, to: `cut-0/${segment}.timeindex`, cutBytes: 5 },
      // the last byte of the base offset of the second batch, which its checksum does not cover
      { from: `shared-0/${segment}.log`, to: `gap-0/${segment}.log`, flipAt: 69 + 7 },
      { from: `shared-0/${segment}.timeindex`, to: `gap-0/${segment}.timeindex`, flipAt: 6 },
      { from: `shared-0/${segment}.index`, to: `gap-0/${segment}.index` },
    ],
  },
  steps: [
    run('decodes records of share groups', `${d} $LOG/__consumer_offsets-0/${segment}.log --offsets-decoder`),
    run('decodes share group state', `${d} $LOG/__share_group_state-0/${segment}.log --share-group-state-decoder`),
    run('decodes remote log metadata', `${d} $LOG/remote-0/${segment}.log --remote-log-metadata-decoder`),
    run('dumps an index of transactions', `${d} $LOG/aborted-0/${segment}.txnindex`),
    run('dumps an aborted transaction', `${d} $LOG/aborted-0/${segment}.log --deep-iteration`),
    run('dumps a snapshot of producers', `${d} $LOG/shared-0/00000000000000000003.snapshot`),
    run('tells of a snapshot that was changed', `${d} $LOG/flipped-0/00000000000000000003.snapshot`),
    run('tells of a snapshot of another version', `${d} $LOG/unknown-0/00000000000000000003.snapshot`),
    run('checks an index that was cut', `${d} $LOG/cut-0/${segment}.index --index-sanity-check`),
    run('checks a time index that was cut', `${d} $LOG/cut-0/${segment}.timeindex --index-sanity-check`),
    run('tells of a gap', `${d} $LOG/gap-0/${segment}.log --deep-iteration`),
    run('tells of an index of it', `${d} $LOG/gap-0/${segment}.index`),
    run('tells of a time that does not match', `${d} $LOG/gap-0/${segment}.timeindex`),
    run(
      'decodes integers',
      `${d} $LOG/shared-0/${segment}.log --value-decoder-class org.apache.kafka.tools.api.IntegerDecoder`,
    ),
    run(
      'decodes bytes',
      `${d} $LOG/shared-0/${segment}.log --print-data-log --value-decoder-class org.apache.kafka.tools.api.DefaultDecoder`,
    ),
  ],
}
