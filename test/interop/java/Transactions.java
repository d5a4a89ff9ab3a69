import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Transactions as a Java program does them; a line for each step. The topic has three partitions. */
public class Transactions {
    static String bootstrap;

    static KafkaProducer<String, String> producer(String id) {
        Map<String, Object> config = new HashMap<>();
        config.put("bootstrap.servers", bootstrap);
        config.put("transactional.id", id);
        config.put("max.block.ms", 30000);
        return new KafkaProducer<>(config, new StringSerializer(), new StringSerializer());
    }

    public static void main(String[] args) throws Exception {
        bootstrap = args[0];
        String topic = args[1];
        KafkaProducer<String, String> old = producer("id-" + topic);
        old.initTransactions();
        old.beginTransaction();
        for (int i = 0; i < 3; i++) old.send(new ProducerRecord<>(topic, i, "k", "committed " + i));
        old.commitTransaction();
        old.beginTransaction();
        old.send(new ProducerRecord<>(topic, 0, "k", "aborted"));
        old.flush();
        old.abortTransaction();
        old.beginTransaction();
        old.abortTransaction();
        old.beginTransaction();
        old.commitTransaction();
        System.out.println("ends of four transactions");

        Map<String, Object> config = new HashMap<>();
        config.put("bootstrap.servers", bootstrap);
        config.put("group.id", "g-" + topic);
        config.put("isolation.level", "read_committed");
        config.put("auto.offset.reset", "earliest");
        config.put("enable.auto.commit", "false");
        KafkaConsumer<String, String> consumer =
            new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer());
        consumer.subscribe(List.of(topic));
        List<String> read = new ArrayList<>();
        readUntil(consumer, read, 3);
        System.out.println(read);

        TopicPartition first = new TopicPartition(topic, 0);
        old.beginTransaction();
        old.send(new ProducerRecord<>(topic, 1, "k", "copy"));
        old.sendOffsetsToTransaction(Map.of(first, new OffsetAndMetadata(1)), consumer.groupMetadata());
        old.commitTransaction();
        System.out.println("offset " + consumer.committed(Set.of(first)).get(first).offset());
        old.beginTransaction();
        old.sendOffsetsToTransaction(Map.of(first, new OffsetAndMetadata(77)), consumer.groupMetadata());
        old.abortTransaction();
        System.out.println("offset " + consumer.committed(Set.of(first)).get(first).offset());

        old.beginTransaction();
        old.send(new ProducerRecord<>(topic, 2, "k", "fenced"));
        old.flush();
        KafkaProducer<String, String> young = producer("id-" + topic);
        young.initTransactions();
        try {
            old.commitTransaction();
        } catch (Exception error) {
            System.out.println(error.getClass().getSimpleName());
        }
        young.beginTransaction();
        young.send(new ProducerRecord<>(topic, 2, "k", "last"));
        young.commitTransaction();
        young.close();
        old.close(Duration.ZERO);
        readUntil(consumer, read, 5);
        consumer.poll(Duration.ofMillis(500)).forEach(record -> read.add(record.value()));
        Collections.sort(read);
        System.out.println(read);
        consumer.close();
    }

    static void readUntil(KafkaConsumer<String, String> consumer, List<String> read, int count) {
        long end = System.currentTimeMillis() + 30000;
        while (read.size() < count && System.currentTimeMillis() < end)
            for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(200))) read.add(record.value());
        Collections.sort(read);
    }
}
