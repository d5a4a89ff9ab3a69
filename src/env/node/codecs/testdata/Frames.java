import java.io.*;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.util.*;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.utils.*;

/**
 * Apache Kafka's own codecs, for the tests beside this folder.
 *
 *   java -cp "$KAFKA_HOME/libs/*" Frames.java write > frames.json     what Kafka writes for the test text
 *   java -cp "$KAFKA_HOME/libs/*" Frames.java read < ours.json        decodes frames of the same shape, compares
 */
public class Frames {
    static byte[] text(int lines) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < lines; i++) text.append("line ").append(i).append(" of ").append((i * 7919) % 1009).append('\n');
        return text.toString().getBytes(StandardCharsets.US_ASCII);
    }

    static byte[] noise(int length) {
        byte[] noise = new byte[length];
        int state = 1;
        for (int i = 0; i < length; i++) {
            state = state * 1103515245 + 12345;
            noise[i] = (byte) (state >>> 16);
        }
        return noise;
    }

    static Map<String, byte[]> inputs() {
        Map<String, byte[]> inputs = new LinkedHashMap<>();
        inputs.put("empty", new byte[0]);
        inputs.put("one byte", new byte[] {7});
        inputs.put("short", text(2));
        inputs.put("text", text(80));
        inputs.put("several blocks", text(3300));
        inputs.put("noise", noise(1000));
        inputs.put("zeros", new byte[200_000]);
        return inputs;
    }

    public static void main(String[] args) throws Exception {
        String[] codecs = {"gzip", "snappy", "lz4", "zstd"};
        if (args[0].equals("write")) {
            StringBuilder out = new StringBuilder("{\n");
            for (String codec : codecs) {
                for (Map.Entry<String, byte[]> input : inputs().entrySet()) {
                    ByteBufferOutputStream stream = new ByteBufferOutputStream(1024);
                    try (OutputStream wrapped = Compression.of(codec).build().wrapForOutput(stream, RecordBatch.MAGIC_VALUE_V2)) {
                        wrapped.write(input.getValue());
                    }
                    ByteBuffer buffer = stream.buffer();
                    buffer.flip();
                    byte[] bytes = new byte[buffer.remaining()];
                    buffer.get(bytes);
                    if (out.length() > 2) out.append(",\n");
                    out.append("  \"").append(codec).append(": ").append(input.getKey()).append("\": \"")
                        .append(Base64.getEncoder().encodeToString(bytes)).append('"');
                }
            }
            System.out.println(out.append("\n}"));
        } else {
            String json = new String(System.in.readAllBytes(), StandardCharsets.US_ASCII);
            int checked = 0;
            for (String codec : codecs) {
                for (Map.Entry<String, byte[]> input : inputs().entrySet()) {
                    String key = "\"" + codec + ": " + input.getKey() + "\":\"";
                    int from = json.replace("\": \"", "\":\"").indexOf(key);
                    if (from < 0) throw new IllegalStateException("missing " + key);
                    String flat = json.replace("\": \"", "\":\"");
                    String base64 = flat.substring(from + key.length(), flat.indexOf('"', from + key.length()));
                    ByteBuffer buffer = ByteBuffer.wrap(Base64.getDecoder().decode(base64));
                    InputStream in = Compression.of(codec).build().wrapForInput(buffer, RecordBatch.MAGIC_VALUE_V2, BufferSupplier.create());
                    byte[] bytes = in.readAllBytes();
                    if (!Arrays.equals(bytes, input.getValue())) throw new IllegalStateException("differs: " + key);
                    checked++;
                }
            }
            System.out.println(checked + " frames decode to the same bytes");
        }
    }
}
