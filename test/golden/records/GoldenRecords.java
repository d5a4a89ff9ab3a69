import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.message.LeaderChangeMessage;
import org.apache.kafka.common.message.SnapshotFooterRecord;
import org.apache.kafka.common.message.SnapshotHeaderRecord;
import org.apache.kafka.common.message.KRaftVersionRecord;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.*;

/**
 * Writes one JSON object a line: what went into Apache's MemoryRecordsBuilder and the bytes that came out.
 * Usage: java -cp "$KAFKA_HOME/libs/*" GoldenRecords.java > batches.jsonl
 */
public class GoldenRecords {
    static final PrintStream out = System.out;

    record Rec(long offset, long timestamp, byte[] key, byte[] value, Header[] headers) {}

    record Opt(long baseOffset, int leaderEpoch, long producerId, short producerEpoch, int baseSequence,
               boolean transactional, TimestampType type, long logAppendTime, String codec) {
        static Opt plain() { return new Opt(0, -1, -1, (short) -1, -1, false, TimestampType.CREATE_TIME, -1, "none"); }
    }

    static String hex(byte[] b) {
        if (b == null) return "null";
        StringBuilder s = new StringBuilder("\"");
        for (byte x : b) s.append(String.format("%02x", x));
        return s.append('"').toString();
    }

    static byte[] bytes(ByteBuffer b) {
        byte[] r = new byte[b.remaining()];
        b.duplicate().get(r);
        return r;
    }

    static void batch(String name, Opt o, List<Rec> records) {
        MemoryRecordsBuilder b = new MemoryRecordsBuilder(ByteBuffer.allocate(1024), RecordBatch.CURRENT_MAGIC_VALUE,
            Compression.of(o.codec).build(), o.type, o.baseOffset, o.logAppendTime, o.producerId, o.producerEpoch,
            o.baseSequence, o.transactional, false, o.leaderEpoch, 1 << 20);
        StringBuilder rs = new StringBuilder();
        for (Rec r : records) {
            b.appendWithOffset(r.offset, r.timestamp, r.key, r.value, r.headers);
            if (rs.length() > 0) rs.append(',');
            rs.append("{\"offset\":").append(r.offset).append(",\"timestamp\":").append(r.timestamp)
              .append(",\"key\":").append(hex(r.key)).append(",\"value\":").append(hex(r.value)).append(",\"headers\":[");
            for (int i = 0; i < r.headers.length; i++) {
                if (i > 0) rs.append(',');
                rs.append('[').append(hex(r.headers[i].key().getBytes(StandardCharsets.UTF_8))).append(',')
                  .append(hex(r.headers[i].value())).append(']');
            }
            rs.append("]}");
        }
        MemoryRecords m = b.build();
        out.println("{\"name\":\"" + name + "\",\"codec\":\"" + o.codec + "\",\"baseOffset\":" + o.baseOffset + ",\"leaderEpoch\":" + o.leaderEpoch
            + ",\"producerId\":" + o.producerId + ",\"producerEpoch\":" + o.producerEpoch + ",\"baseSequence\":" + o.baseSequence
            + ",\"isTransactional\":" + o.transactional + ",\"logAppendTimeMs\":"
            + (o.type == TimestampType.LOG_APPEND_TIME ? o.logAppendTime : "null")
            + ",\"records\":[" + rs + "],\"bytes\":" + hex(bytes(m.buffer())) + "}");
    }

    static void control(String name, String more, MemoryRecords m) {
        out.println("{\"name\":\"" + name + "\"," + more + ",\"bytes\":" + hex(bytes(m.buffer())) + "}");
    }

    static byte[] s(String t) { return t.getBytes(StandardCharsets.UTF_8); }
    static Rec rec(long offset, long ts, String key, String value, Header... hs) {
        return new Rec(offset, ts, key == null ? null : s(key), value == null ? null : s(value), hs);
    }

    public static void main(String[] args) {
        long t = 1_700_000_000_123L;
        batch("one record", Opt.plain(), List.of(rec(0, t, "k", "v")));
        batch("null key and value", Opt.plain(), List.of(rec(0, t, null, null)));
        batch("empty key and value", Opt.plain(), List.of(rec(0, t, "", "")));
        batch("no timestamp", Opt.plain(), List.of(rec(0, -1, "k", "v")));
        batch("headers", Opt.plain(), List.of(rec(0, t, "k", "v", new RecordHeader("a", s("1")), new RecordHeader("ünï", (byte[]) null), new RecordHeader("", s("")))));
        List<Rec> many = new ArrayList<>();
        Random random = new Random(7);
        for (int i = 0; i < 200; i++) {
            byte[] value = new byte[random.nextInt(70)];
            random.nextBytes(value);
            byte[] key = i % 5 == 0 ? null : s("key-" + i);
            many.add(new Rec(1000 + i, t + random.nextInt(100000) - 50000, key, value, new Header[0]));
        }
        batch("many, times back and forth", new Opt(1000, 7, -1, (short) -1, -1, false, TimestampType.CREATE_TIME, -1, "none"), many);
        batch("far timestamps", Opt.plain(), List.of(rec(0, 0, "a", "b"), rec(1, 253402300799999L, "a", "b"), rec(2, 1, "a", "b")));
        batch("gaps in offsets", new Opt(10, 3, -1, (short) -1, -1, false, TimestampType.CREATE_TIME, -1, "none"),
            List.of(rec(12, t, "a", "1"), rec(17, t + 1, "b", "2"), rec(400, t + 2, "c", "3")));
        batch("idempotent", new Opt(0, -1, 4711, (short) 3, 2147483640, false, TimestampType.CREATE_TIME, -1, "none"),
            List.of(rec(0, t, "a", "1"), rec(1, t, "b", "2")));
        batch("transactional", new Opt(5, 2, 9007199254740991L, (short) 32766, 0, true, TimestampType.CREATE_TIME, -1, "none"),
            List.of(rec(5, t, "a", "1")));
        batch("log append time", new Opt(5, 2, -1, (short) -1, -1, false, TimestampType.LOG_APPEND_TIME, t + 999, "none"),
            List.of(rec(5, t, "a", "1"), rec(6, t + 5, "a", "2")));
        byte[] big = new byte[20000];
        random.nextBytes(big);
        batch("large value", Opt.plain(), List.of(new Rec(0, t, s("k"), big, new Header[0])));
        List<Rec> text = new ArrayList<>();
        for (int i = 0; i < 80; i++) text.add(rec(i, t + i, "key-" + i % 10, "the quick brown fox jumps over the lazy dog " + i));
        for (String codec : new String[] {"gzip", "snappy", "lz4", "zstd"})
            batch("compressed with " + codec, new Opt(0, -1, -1, (short) -1, -1, false, TimestampType.CREATE_TIME, -1, codec), text);

        for (ControlRecordType type : new ControlRecordType[] {ControlRecordType.ABORT, ControlRecordType.COMMIT})
            control("marker", "\"outcome\":\"" + type.name().toLowerCase() + "\",\"baseOffset\":42,\"timestamp\":" + t + ",\"leaderEpoch\":5,\"producerId\":4711,\"producerEpoch\":9,\"coordinatorEpoch\":13",
                MemoryRecords.withEndTransactionMarker(42, t, 5, 4711, (short) 9, new EndTransactionMarker(type, 13)));
        LeaderChangeMessage leader = new LeaderChangeMessage().setLeaderId(3)
            .setVoters(List.of(new LeaderChangeMessage.Voter().setVoterId(3)))
            .setGrantingVoters(List.of(new LeaderChangeMessage.Voter().setVoterId(3)));
        control("leader change", "\"type\":2,\"baseOffset\":7,\"timestamp\":" + t + ",\"leaderEpoch\":4",
            MemoryRecords.withLeaderChangeMessage(7, t, 4, ByteBuffer.allocate(256), leader));
        control("snapshot header", "\"type\":3,\"baseOffset\":0,\"timestamp\":" + t + ",\"leaderEpoch\":4",
            MemoryRecords.withSnapshotHeaderRecord(0, t, 4, ByteBuffer.allocate(256), new SnapshotHeaderRecord().setVersion((short) 0).setLastContainedLogTimestamp(t)));
        control("snapshot footer", "\"type\":4,\"baseOffset\":9,\"timestamp\":" + t + ",\"leaderEpoch\":4",
            MemoryRecords.withSnapshotFooterRecord(9, t, 4, ByteBuffer.allocate(256), new SnapshotFooterRecord().setVersion((short) 0)));
        control("kraft version", "\"type\":5,\"baseOffset\":1,\"timestamp\":" + t + ",\"leaderEpoch\":4",
            MemoryRecords.withKRaftVersionRecord(1, t, 4, ByteBuffer.allocate(256), new KRaftVersionRecord().setVersion((short) 0).setKRaftVersion((short) 1)));
        ByteBuffer empty = ByteBuffer.allocate(61);
        DefaultRecordBatch.writeEmptyHeader(empty, (byte) 2, 4711, (short) 3, 17, 100, 109, 6, TimestampType.CREATE_TIME, t, true, false);
        empty.flip();
        out.println("{\"name\":\"empty batch\",\"bytes\":" + hex(bytes(empty)) + "}");
    }
}
