import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.io.OutputStream;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InvalidMetadataException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.metadata.MetadataRecordType;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.protocol.types.ArrayOf;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.CompactArrayOf;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.TaggedFields;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.metadata.MetadataRecordSerde;
import org.apache.kafka.server.common.ApiMessageAndVersion;

/**
 * Writes what Apache Kafka's own classes make of every message in every version, as gzipped lines of JSON:
 * m = message, v = version, k = which instance, b = its bytes in base64, j = its fields, e = its bytes in the envelope
 * of its log (records only). See README.md.
 */
public final class GoldenMessages {
    private static final String MESSAGE = "org.apache.kafka.common.message.";
    private static final String METADATA = "org.apache.kafka.common.metadata.";
    private static final String[] GROUP_PACKAGES = {
        "org.apache.kafka.coordinator.group.generated.",
        "org.apache.kafka.coordinator.transaction.generated.",
        "org.apache.kafka.coordinator.share.generated.",
        "org.apache.kafka.server.log.remote.metadata.storage.generated.",
        MESSAGE,
        METADATA,
    };
    private static final String[] OTHER_RECORDS = {
        "EndTxnMarker", "LeaderChangeMessage", "SnapshotHeaderRecord", "SnapshotFooterRecord", "KRaftVersionRecord",
        "VotersRecord", "ProducerSnapshot", "ConsumerProtocolSubscription", "ConsumerProtocolAssignment",
        "DefaultPrincipalData", "RemoteLogSegmentMetadataRecord", "RemoteLogSegmentMetadataUpdateRecord",
        "RemotePartitionDeleteMetadataRecord", "RemoteLogSegmentMetadataSnapshotRecord",
    };
    /** The instances of each version. The random ones differ in their seed. */
    private static final String[] INSTANCES = {"default", "full", "null", "random-1", "random-2"};

    private final OutputStream out;
    private Random random = new Random(0);
    private String instance;

    private GoldenMessages(OutputStream out) {
        this.out = out;
    }

    public static void main(String[] args) throws Exception {
        Path target = Path.of(args[0]);
        List<String> requests = new ArrayList<>();
        List<String> responses = new ArrayList<>();
        requests.add(MESSAGE + "RequestHeaderData");
        responses.add(MESSAGE + "ResponseHeaderData");
        for (ApiMessageType type : ApiMessageType.values()) {
            if (type.lowestSupportedVersion() > type.highestSupportedVersion(true)) continue;
            requests.add(type.newRequest().getClass().getName());
            responses.add(type.newResponse().getClass().getName());
        }
        List<String> records = new ArrayList<>();
        for (MetadataRecordType type : MetadataRecordType.values()) {
            records.add(type.newMetadataRecord().getClass().getName());
        }
        for (var type : org.apache.kafka.coordinator.group.generated.CoordinatorRecordType.values()) {
            records.add(type.newRecordKey().getClass().getName());
            records.add(type.newRecordValue().getClass().getName());
        }
        for (var type : org.apache.kafka.coordinator.transaction.generated.CoordinatorRecordType.values()) {
            records.add(type.newRecordKey().getClass().getName());
            records.add(type.newRecordValue().getClass().getName());
        }
        for (var type : org.apache.kafka.coordinator.share.generated.CoordinatorRecordType.values()) {
            records.add(type.newRecordKey().getClass().getName());
            records.add(type.newRecordValue().getClass().getName());
        }
        for (String name : OTHER_RECORDS) records.add(find(name).getName());
        write(target.resolve("requests.jsonl.gz"), requests);
        write(target.resolve("responses.jsonl.gz"), responses);
        write(target.resolve("records.jsonl.gz"), records);
        Files.write(target.resolve("facts.jsonl"), facts());
    }

    /** What Apache's tables say of APIs and errors. */
    private static List<String> facts() {
        List<String> lines = new ArrayList<>();
        for (ApiMessageType type : ApiMessageType.values()) {
            if (type.lowestSupportedVersion() > type.highestSupportedVersion(true)) continue;
            ApiKeys key = ApiKeys.forId(type.apiKey());
            ObjectNode api = new ObjectNode(JsonNodeFactory.instance);
            api.put("key", key.id).put("name", key.name);
            api.put("lowest", type.lowestSupportedVersion()).put("highest", type.highestSupportedVersion(true));
            api.put("lastUnstable", type.latestVersionUnstable());
            api.put("isForwarded", key.forwardable).put("clusterAction", key.clusterAction);
            ArrayNode listeners = api.putArray("listeners");
            key.messageType.listeners().stream().map(l -> l.name().toLowerCase(Locale.ROOT)).sorted().forEach(listeners::add);
            ArrayNode requestHeaders = api.putArray("requestHeaders");
            ArrayNode responseHeaders = api.putArray("responseHeaders");
            for (short v = type.lowestSupportedVersion(); v <= type.highestSupportedVersion(true); v++) {
                requestHeaders.add(type.requestHeaderVersion(v));
                responseHeaders.add(type.responseHeaderVersion(v));
            }
            lines.add("{\"api\":" + api + "}");
        }
        for (Errors error : Errors.values()) {
            ObjectNode row = new ObjectNode(JsonNodeFactory.instance);
            row.put("code", error.code()).put("name", error.name());
            row.put("exception", error.exception() == null ? "" : error.exception().getClass().getSimpleName());
            row.put("retriable", error.exception() instanceof RetriableException);
            row.put("staleMetadata", error.exception() instanceof InvalidMetadataException);
            lines.add("{\"error\":" + row + "}");
        }
        return lines;
    }

    private static Class<?> find(String name) throws ClassNotFoundException {
        for (String prefix : GROUP_PACKAGES) {
            try {
                return Class.forName(prefix + name);
            } catch (ClassNotFoundException elsewhere) {
                // the next package
            }
        }
        throw new ClassNotFoundException(name);
    }

    private static void write(Path file, List<String> classes) throws Exception {
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file)) {{ def.setLevel(Deflater.BEST_COMPRESSION); }}) {
            GoldenMessages golden = new GoldenMessages(out);
            for (String name : classes) golden.message(Class.forName(name));
        }
        System.out.println(file.getFileName() + ": " + classes.size() + " messages, " + Files.size(file) + " bytes");
    }

    private void message(Class<?> type) throws Exception {
        Schema[] schemas = (Schema[]) type.getField("SCHEMAS").get(null);
        short lowest = type.getField("LOWEST_SUPPORTED_VERSION").getShort(null);
        short highest = type.getField("HIGHEST_SUPPORTED_VERSION").getShort(null);
        for (short version = lowest; version <= highest; version++) {
            for (String kind : INSTANCES) {
                random = new Random((type.getSimpleName() + version + kind).hashCode());
                instance = kind;
                Message message = (Message) type.getConstructor().newInstance();
                if (!kind.equals("default")) fill(message, schemas[version]);
                line(type, message, version);
            }
        }
    }

    private void line(Class<?> type, Message message, short version) throws Exception {
        ObjectNode line = new ObjectNode(JsonNodeFactory.instance);
        line.put("m", type.getSimpleName().replaceAll("(?<=Request|Response|Header)Data$", ""));
        line.put("v", version);
        line.put("k", instance);
        line.put("b", Base64.getEncoder().encodeToString(bytes(message, version)));
        line.set("j", json(type, message, version));
        String envelope = envelope(message, version);
        if (envelope != null) line.put("e", envelope);
        out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] bytes(Message message, short version) {
        ObjectSerializationCache cache = new ObjectSerializationCache();
        ByteBuffer buffer = ByteBuffer.allocate(message.size(cache, version));
        message.write(new ByteBufferAccessor(buffer), cache, version);
        if (buffer.hasRemaining()) throw new IllegalStateException(message + " is shorter than its size");
        return buffer.array();
    }

    /** The bytes as they stand in the log: metadata frame, or the int16 in front of keys and values. */
    private static String envelope(Message message, short version) {
        String name = message.getClass().getName();
        if (name.startsWith(METADATA)) {
            ObjectSerializationCache cache = new ObjectSerializationCache();
            ApiMessageAndVersion record = new ApiMessageAndVersion((ApiMessage) message, version);
            ByteBuffer buffer = ByteBuffer.allocate(MetadataRecordSerde.INSTANCE.recordSize(record, cache));
            MetadataRecordSerde.INSTANCE.write(record, cache, new ByteBufferAccessor(buffer));
            return Base64.getEncoder().encodeToString(buffer.array());
        }
        if (!name.contains(".coordinator.")) return null;
        ByteBuffer buffer = name.endsWith("Key")
            ? MessageUtil.toCoordinatorTypePrefixedByteBuffer((ApiMessage) message)
            : MessageUtil.toVersionPrefixedByteBuffer(version, message);
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return Base64.getEncoder().encodeToString(bytes);
    }

    private static JsonNode json(Class<?> type, Message message, short version) throws Exception {
        String base = type.getName().replaceAll("(?<=Request|Response|Header)Data$", "");
        Class<?> converter;
        try {
            converter = Class.forName(type.getName() + "JsonConverter");
        } catch (ClassNotFoundException e) {
            converter = Class.forName(base + "JsonConverter");
        }
        try {
            for (Method method : converter.getMethods()) {
                if (method.getName().equals("write") && method.getParameterCount() == 3) {
                    return (JsonNode) method.invoke(null, message, version, false);
                }
            }
            return (JsonNode) converter.getMethod("write", type, short.class).invoke(null, message, version);
        } catch (InvocationTargetException e) {
            throw new IllegalStateException(type + " " + version, e.getCause());
        }
    }

    /** Gives every field that this version has a value. */
    private void fill(Object struct, Schema schema) throws Exception {
        for (BoundField bound : schema.fields()) {
            if (bound.def.type instanceof TaggedFields tagged) {
                for (var field : tagged.fields().values()) set(struct, field.name, field.type);
            } else {
                set(struct, bound.def.name, bound.def.type);
            }
        }
    }

    private void set(Object struct, String name, org.apache.kafka.common.protocol.types.Type type) throws Exception {
        for (Field field : struct.getClass().getDeclaredFields()) {
            if (!field.getName().equalsIgnoreCase(name.replace("_", ""))) continue;
            field.setAccessible(true);
            if (field.getType() == byte[].class || field.getType() == ByteBuffer.class || !field.getType().isPrimitive()) {
                boolean nullable = type.isNullable();
                if (nullable && (instance.equals("null") || instance.startsWith("random") && random.nextInt(4) == 0)) {
                    field.set(struct, null);
                    return;
                }
            }
            field.set(struct, value(type, field.getType(), field.getGenericType(), name));
            return;
        }
        throw new IllegalStateException(struct.getClass() + " has no field " + name);
    }

    private Object value(org.apache.kafka.common.protocol.types.Type type, Class<?> java, Type generic, String name) throws Exception {
        if (type instanceof ArrayOf || type instanceof CompactArrayOf) return list(type, java, generic, name);
        if (type instanceof Schema schema) {
            Object struct = java.getDeclaredConstructor().newInstance();
            fill(struct, schema);
            return struct;
        }
        boolean full = !instance.startsWith("random");
        if (java == byte.class || java == Byte.class) return (byte) number(full, Byte.MIN_VALUE, Byte.MAX_VALUE);
        if (java == short.class || java == Short.class) return (short) number(full, Short.MIN_VALUE, Short.MAX_VALUE);
        if (java == int.class || java == Integer.class) {
            String kind = type.toString();
            if (kind.equals("UINT16")) return (int) number(full, 0, 0xffff);
            return (int) number(full, Integer.MIN_VALUE, Integer.MAX_VALUE);
        }
        if (java == long.class || java == Long.class) {
            if (type.toString().equals("UINT32")) return number(full, 0, 0xffffffffL);
            // numbers of JavaScript are exact up to here; the two limits survive as well
            long value = number(full, -(1L << 53), 1L << 53);
            if (!full && random.nextInt(8) == 0) return random.nextBoolean() ? Long.MAX_VALUE : Long.MIN_VALUE;
            return value;
        }
        if (java == boolean.class || java == Boolean.class) return full || random.nextBoolean();
        if (java == double.class || java == Double.class) return full ? 1.5 : random.nextGaussian() * 1e6;
        if (java == String.class) return full ? name : text();
        if (java == Uuid.class) return full ? new Uuid(1, 2) : new Uuid(random.nextLong(), random.nextLong());
        if (java == byte[].class) return bytes(full, name);
        if (java == ByteBuffer.class) return ByteBuffer.wrap(bytes(full, name));
        return MemoryRecords.readableRecords(ByteBuffer.wrap(bytes(full, name)));
    }

    private long number(boolean full, long min, long max) {
        if (full) return 7;
        switch (random.nextInt(8)) {
            case 0: return 0;
            case 1: return Math.max(min, -1);
            case 2: return min;
            case 3: return max;
            case 4: return Math.min(max, 300);
            default: return min + (long) (random.nextDouble() * ((double) max - min));
        }
    }

    private static final String[] WORDS = {
        "", "a", "orders", "Grüße", "日本語", "😀 surrogates", "with space", "x".repeat(127), "y".repeat(128), "é".repeat(70),
    };

    private String text() {
        return WORDS[random.nextInt(WORDS.length)];
    }

    private byte[] bytes(boolean full, String name) {
        if (full) return name.getBytes(StandardCharsets.UTF_8);
        byte[] bytes = new byte[random.nextInt(6) == 0 ? 700 : random.nextInt(12)];
        Arrays.fill(bytes, (byte) random.nextInt());
        return bytes;
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private Object list(org.apache.kafka.common.protocol.types.Type type, Class<?> java, Type generic, String name) throws Exception {
        var element = type.arrayElementType().get();
        Class<?> elementClass;
        Collection list;
        if (generic instanceof ParameterizedType parameterized) {
            elementClass = (Class<?>) parameterized.getActualTypeArguments()[0];
            list = new ArrayList<>();
        } else {
            elementClass = (Class<?>) ((ParameterizedType) java.getGenericSuperclass()).getActualTypeArguments()[0];
            list = (Collection) java.getDeclaredConstructor().newInstance();
        }
        int size = !instance.startsWith("random") ? 2 : random.nextInt(12) == 0 ? 130 : random.nextInt(4);
        if (element instanceof Schema && size > 4) size = 4;
        for (int i = 0; i < size; i++) list.add(value(element, elementClass, elementClass, name));
        return list;
    }
}
