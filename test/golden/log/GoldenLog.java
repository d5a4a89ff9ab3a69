import java.io.File;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.*;
import java.util.concurrent.*;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.*;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.server.util.Scheduler;
import org.apache.kafka.storage.internals.log.*;
import org.apache.kafka.storage.internals.utils.Throttler;
import org.apache.kafka.storage.log.metrics.BrokerTopicStats;

/**
 * Plays scenarios on Apache's own UnifiedLog and Cleaner and writes, one JSON object a line, what was done and what
 * the directory held afterwards (files in base64).
 * Usage: java -cp "$KAFKA_HOME/libs/*" GoldenLog.java > scenarios.jsonl
 */
public class GoldenLog {
    static class SetTime implements Time {
        long ms = 1_700_000_000_000L;
        public long milliseconds() { return ms; }
        public long nanoseconds() { return ms * 1_000_000; }
        public void sleep(long m) { ms += m; }
        public void waitObject(Object o, Supplier<Boolean> c, long d) { throw new UnsupportedOperationException(); }
    }

    /** Runs at once what has no delay, and forgets the rest. */
    static class AtOnce implements Scheduler {
        static final ScheduledExecutorService later = Executors.newSingleThreadScheduledExecutor(r -> { Thread t = new Thread(r); t.setDaemon(true); return t; });
        public void startup() {}
        public void shutdown() {}
        public ScheduledFuture<?> schedule(String name, Runnable task, long delayMs, long periodMs) {
            if (delayMs <= 0 && periodMs < 0) task.run();
            return later.schedule(() -> {}, 1, TimeUnit.DAYS);
        }
        public void resizeThreadPool(int n) {}
    }

    final String name;
    final SetTime time = new SetTime();
    final StringBuilder ops = new StringBuilder();
    final Map<String, String> config = new TreeMap<>();
    final File dir;
    UnifiedLog log;
    Cleaner cleaner;
    int sequence[] = new int[10];

    GoldenLog(String name, String... pairs) throws Exception {
        this.name = name;
        dir = new File(Files.createTempDirectory("golden").toFile(), "events-0");
        dir.mkdirs();
        config.put("internal.segment.bytes", "1000");
        config.put("index.interval.bytes", "200");
        config.put("segment.index.bytes", "4096");
        config.put("retention.ms", "-1");
        config.put("message.timestamp.after.max.ms", "9223372036854775807");
        for (int i = 0; i < pairs.length; i += 2) config.put(pairs[i], pairs[i + 1]);
        open(true);
    }

    void open(boolean clean) throws Exception {
        log = UnifiedLog.create(dir, new LogConfig(config), 0, log == null ? 0 : log.logEndOffset(), new AtOnce(),
            new BrokerTopicStats(), time, 900000, new ProducerStateManagerConfig(86400000, false), 600000,
            new LogDirFailureChannel(10), clean, Optional.of(Uuid.fromString("topicidtopicidtopicidA")));
    }

    void op(String json) {
        if (ops.length() > 0) ops.append(',');
        ops.append('{').append(json).append('}');
    }

    static String b64(byte[] b) { return Base64.getEncoder().encodeToString(b); }

    void append(MemoryRecords records, int epoch, AppendOrigin origin) throws Exception {
        byte[] bytes = new byte[records.sizeInBytes()];
        records.buffer().duplicate().get(bytes);
        if (origin == AppendOrigin.CLIENT) log.appendAsLeader(records, epoch, origin);
        else log.appendAsLeader(records, epoch, origin, org.apache.kafka.server.common.RequestLocal.noCaching(), VerificationGuard.SENTINEL, (short) 1);
        op("\"op\":\"append\",\"epoch\":" + epoch + ",\"origin\":\"" + origin.name().toLowerCase() + "\",\"nowMs\":" + time.ms
            + ",\"batch\":\"" + b64(bytes) + "\",\"end\":" + log.logEndOffset());
    }

    MemoryRecordsBuilder builder(long producerId, int producerEpoch, int baseSequence, boolean transactional, String codec) {
        return new MemoryRecordsBuilder(ByteBuffer.allocate(512), (byte) 2, Compression.of(codec).build(),
            TimestampType.CREATE_TIME, 0, -1, producerId, (short) producerEpoch, baseSequence, transactional, false, -1, 1 << 20);
    }

    static byte[] s(String t) { return t == null ? null : t.getBytes(StandardCharsets.UTF_8); }

    /** Pairs of key and value. */
    void plain(int epoch, String... kv) throws Exception { plain("none", epoch, kv); }
    void plain(String codec, int epoch, String... kv) throws Exception {
        MemoryRecordsBuilder b = builder(-1, -1, -1, false, codec);
        for (int i = 0; i < kv.length; i += 2) b.append(time.ms + i, s(kv[i]), s(kv[i + 1]));
        append(b.build(), epoch, AppendOrigin.CLIENT);
    }

    void produce(int producerId, int producerEpoch, boolean transactional, int epoch, String... kv) throws Exception {
        MemoryRecordsBuilder b = builder(producerId, producerEpoch, sequence[producerId], transactional, "none");
        for (int i = 0; i < kv.length; i += 2) b.append(time.ms + i, s(kv[i]), s(kv[i + 1]));
        sequence[producerId] += kv.length / 2;
        append(b.build(), epoch, AppendOrigin.CLIENT);
    }

    void end(int producerId, int producerEpoch, boolean commit, int epoch) throws Exception {
        append(MemoryRecords.withEndTransactionMarker(time.ms, producerId, (short) producerEpoch,
            new EndTransactionMarker(commit ? ControlRecordType.COMMIT : ControlRecordType.ABORT, 7)), epoch, AppendOrigin.COORDINATOR);
    }

    void highWatermark(long offset) throws Exception {
        log.updateHighWatermark(offset);
        op("\"op\":\"highWatermark\",\"offset\":" + offset + ",\"lastStableOffset\":" + log.lastStableOffset());
    }

    void roll() throws Exception { log.roll(); op("\"op\":\"roll\""); }
    void truncate(long offset) throws Exception { log.truncateTo(offset); op("\"op\":\"truncate\",\"offset\":" + offset + ",\"end\":" + log.logEndOffset()); }
    void startOffset(long offset) throws Exception {
        log.maybeIncrementLogStartOffset(offset, LogStartOffsetIncrementReason.ClientRecordDeletion);
        op("\"op\":\"startOffset\",\"offset\":" + offset);
    }
    void retention() throws Exception {
        log.deleteOldSegments();
        op("\"op\":\"retention\",\"nowMs\":" + time.ms + ",\"start\":" + log.logStartOffset());
    }

    void clean(long firstDirty) throws Exception {
        long firstUncleanable = log.logSegments().get(log.logSegments().size() - 1).baseOffset();
        if (cleaner == null) cleaner = new Cleaner(0, new SkimpyOffsetMap(1 << 16), 1 << 20, 1 << 20, 0.9,
            new Throttler(1e12, 300, "x", "x", time), time, tp -> {});
        long end = cleaner.doClean(new LogToClean(log, firstDirty, firstUncleanable, false), time.ms).getKey();
        op("\"op\":\"clean\",\"firstDirty\":" + firstDirty + ",\"nowMs\":" + time.ms + ",\"end\":" + end);
    }

    void lookup(long timestamp) throws Exception {
        Optional<?> found = (Optional<?>) log.fetchOffsetByTimestamp(timestamp, Optional.empty()).timestampAndOffsetOpt();
        String answer = "null";
        if (found.isPresent()) {
            FileRecords.TimestampAndOffset t = (FileRecords.TimestampAndOffset) found.get();
            answer = "{\"timestamp\":" + t.timestamp + ",\"offset\":" + t.offset + ",\"leaderEpoch\":" + t.leaderEpoch.orElse(-1) + "}";
        }
        op("\"op\":\"lookup\",\"timestamp\":" + timestamp + ",\"found\":" + answer);
    }

    void finish() throws Exception {
        StringBuilder producers = new StringBuilder();
        List<org.apache.kafka.common.message.DescribeProducersResponseData.ProducerState> active = new ArrayList<>(log.activeProducers());
        active.sort(Comparator.comparingLong(p -> p.producerId()));
        for (var p : active) {
            if (producers.length() > 0) producers.append(',');
            producers.append("{\"producerId\":" + p.producerId() + ",\"producerEpoch\":" + p.producerEpoch() + ",\"lastSequence\":" + p.lastSequence()
                + ",\"lastTimestamp\":" + p.lastTimestamp() + ",\"coordinatorEpoch\":" + p.coordinatorEpoch()
                + ",\"currentTransactionStartOffset\":" + p.currentTxnStartOffset() + "}");
        }
        String state = "\"startOffset\":" + log.logStartOffset() + ",\"endOffset\":" + log.logEndOffset() + ",\"producers\":[" + producers + "]";
        log.flush(true);
        log.close();
        StringBuilder files = new StringBuilder();
        File[] listed = dir.listFiles();
        Arrays.sort(listed);
        for (File f : listed) {
            if (f.getName().endsWith(".deleted")) continue;
            if (files.length() > 0) files.append(',');
            files.append('"').append(f.getName()).append("\":\"").append(b64(Files.readAllBytes(f.toPath()))).append('"');
        }
        StringBuilder c = new StringBuilder();
        for (var e : config.entrySet()) {
            if (c.length() > 0) c.append(',');
            c.append('"').append(e.getKey()).append("\":\"").append(e.getValue()).append('"');
        }
        System.out.println("{\"name\":\"" + name + "\",\"config\":{" + c + "},\"ops\":[" + ops + "]," + state + ",\"files\":{" + files + "}}");
    }

    public static void main(String[] args) throws Exception {
        GoldenLog g = new GoldenLog("rolled by size");
        for (int i = 0; i < 40; i++) {
            g.time.ms += (i % 7 == 3) ? -500 : 1000;
            g.plain(i / 15, "key" + i, "value " + "x".repeat(i % 50), "key", null);
        }
        for (long t : new long[] {0, 1_700_000_003_000L, 1_700_000_012_500L, 1_700_000_028_000L, 1_800_000_000_000L}) g.lookup(t);
        g.finish();

        g = new GoldenLog("transactions of two producers");
        for (int i = 0; i < 30; i++) {
            g.time.ms += 10;
            g.produce(1, 0, true, 3, "a" + i, "one");
            if (i % 3 == 0) g.produce(2, 5, true, 3, "b" + i, "two", "c" + i, "three");
            if (i % 5 == 4) g.end(1, 0, i % 2 == 0, 3);
            if (i % 10 == 9) g.end(2, 5, i > 15, 3);
            if (i % 4 == 0) g.highWatermark(g.log.logEndOffset() - 2);
        }
        g.produce(3, 1, false, 4, "idempotent", "x");
        g.highWatermark(g.log.logEndOffset());
        g.finish();

        g = new GoldenLog("truncated");
        for (int i = 0; i < 20; i++) g.produce(1, 0, i > 10, i / 5, "key" + i, "value", "key", "value");
        g.end(1, 0, false, 4);
        g.truncate(16);
        g.plain(9, "after", "truncation");
        g.finish();

        g = new GoldenLog("old segments deleted by time and size", "retention.ms", "20000", "retention.bytes", "2500");
        for (int i = 0; i < 40; i++) {
            g.time.ms += 1000;
            g.plain(i / 10, "key" + i, "value " + "x".repeat(60));
        }
        g.highWatermark(g.log.logEndOffset());
        g.retention();
        g.finish();

        g = new GoldenLog("records deleted up to an offset");
        for (int i = 0; i < 40; i++) g.plain(i / 10, "key" + i, "value " + "x".repeat(60));
        g.highWatermark(g.log.logEndOffset());
        g.startOffset(25);
        g.retention();
        g.finish();

        g = new GoldenLog("compacted", "cleanup.policy", "compact", "delete.retention.ms", "1000");
        for (int i = 0; i < 40; i++) {
            g.time.ms += 10;
            g.plain(i == 5 || i == 20 ? "gzip" : "none", i / 15, "key" + i % 7, "value " + i, "once" + i, i % 2 == 0 ? "v" : null, "key" + (i + 3) % 7, i % 11 == 0 ? null : "w" + i);
        }
        g.highWatermark(g.log.logEndOffset());
        g.roll();
        g.clean(0);
        g.finish();

        g = new GoldenLog("compacted until the tombstones are gone", "cleanup.policy", "compact", "delete.retention.ms", "1000");
        for (int i = 0; i < 20; i++) { g.time.ms += 10; g.plain(1, "key" + i % 5, "v" + i, "dead" + i % 3, i > 15 ? null : "x"); }
        g.highWatermark(g.log.logEndOffset());
        g.roll();
        g.clean(0);
        g.time.ms += 500;
        for (int i = 0; i < 6; i++) g.plain(1, "key" + i, "w" + i);
        g.roll();
        g.highWatermark(g.log.logEndOffset());
        g.clean(40);
        g.time.ms += 2000;
        for (int i = 0; i < 6; i++) g.plain(1, "key" + i, "z" + i);
        g.roll();
        g.highWatermark(g.log.logEndOffset());
        g.clean(46);
        g.finish();

        g = new GoldenLog("compacted with transactions", "cleanup.policy", "compact", "delete.retention.ms", "1000");
        for (int i = 0; i < 30; i++) {
            g.time.ms += 10;
            g.produce(1, 0, true, 3, "a" + i % 4, "one" + i);
            if (i % 3 == 0) g.produce(2, 5, true, 3, "a" + i % 4, "two", "c" + i, "three");
            if (i % 5 == 4) g.end(1, 0, i % 2 == 0, 3);
            if (i % 10 == 9) g.end(2, 5, i > 15, 3);
            if (i % 4 == 1) g.produce(3, 0, false, 3, "i" + i % 5, "v");
        }
        g.highWatermark(g.log.logEndOffset());
        g.roll();
        g.clean(0);
        g.time.ms += 5000;
        g.plain(3, "a1", "last", "a2", "last");
        g.roll();
        g.highWatermark(g.log.logEndOffset());
        g.clean(g.log.logEndOffset() - 2);
        g.time.ms += 5000;
        g.plain(3, "a1", "really last", "a3", "last");
        g.roll();
        g.highWatermark(g.log.logEndOffset());
        g.clean(g.log.logEndOffset() - 2);
        g.finish();
        System.exit(0);
    }
}
