import java.nio.ByteBuffer;
import java.util.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.*;
import org.apache.kafka.clients.consumer.internals.AbstractPartitionAssignor;
import org.apache.kafka.common.*;

/**
 * Writes assignors.jsonl: what the assignors of Apache Kafka's Java client answer for random groups, over several
 * rounds in which members come, go and change their topics. One JSON array a line:
 * [assignor, {topic: [[rack, ..] per partition]}, [[memberId, instanceId, rack, generation, userData hex, [topics],
 * [[topic, partition], ..] owned]], {memberId: [[topic, partition], ..]}].
 *
 * java -cp kafka-clients.jar:slf4j-api.jar AssignorGolden.java > assignors.jsonl
 */
public class AssignorGolden {
    static final class Member {
        String id, instance, rack;
        List<String> topics = new ArrayList<>();
        List<TopicPartition> owned = new ArrayList<>();
        int generation = -1;
        ConsumerPartitionAssignor assignor;
    }

    static ConsumerPartitionAssignor make(String name) {
        switch (name) {
            case "range": return new RangeAssignor();
            case "roundrobin": return new RoundRobinAssignor();
            case "sticky": return new StickyAssignor();
            default: return new CooperativeStickyAssignor();
        }
    }

    public static void main(String[] args) {
        Random random = new Random(848);
        String[] names = {"range", "roundrobin", "sticky", "cooperative-sticky"};
        for (int round = 0; round < 240; round++) {
            String name = names[round % 4];
            boolean racks = random.nextInt(3) == 0;
            boolean alike = random.nextInt(2) == 0;
            run(name, random, racks, alike);
        }
    }

    static String word(Random random) {
        StringBuilder b = new StringBuilder();
        int n = 1 + random.nextInt(8);
        for (int i = 0; i < n; i++) b.append((char) ('a' + random.nextInt(26)));
        return b.toString();
    }

    static void run(String name, Random random, boolean racks, boolean alike) {
        Node[] nodes = new Node[3];
        for (int i = 0; i < 3; i++) nodes[i] = new Node(i, "h", 9092, racks ? "r" + i : null);
        List<PartitionInfo> infos = new ArrayList<>();
        Map<String, List<List<String>>> described = new LinkedHashMap<>();
        List<String> topics = new ArrayList<>();
        int topicCount = 1 + random.nextInt(random.nextInt(6) == 0 ? 20 : 5);
        int same = 1 + random.nextInt(6);
        for (int t = 0; t < topicCount; t++) {
            String topic = word(random) + "-" + t;
            topics.add(topic);
            int count = random.nextBoolean() ? same : 1 + random.nextInt(9);
            List<List<String>> ids = new ArrayList<>();
            for (int p = 0; p < count; p++) {
                int replicaCount = 1 + random.nextInt(2);
                int first = random.nextInt(3);
                Node[] replicas = new Node[replicaCount];
                List<String> rackIds = new ArrayList<>();
                for (int i = 0; i < replicaCount; i++) {
                    replicas[i] = nodes[(first + i) % 3];
                    if (racks) rackIds.add(replicas[i].rack());
                }
                infos.add(new PartitionInfo(topic, p, replicas[0], replicas, replicas));
                ids.add(rackIds);
            }
            described.put(topic, ids);
        }
        Cluster cluster = new Cluster("c", Arrays.asList(nodes), infos, Collections.emptySet(), Collections.emptySet());

        List<Member> members = new ArrayList<>();
        int generation = 0;
        int memberNumber = 0;
        for (int step = 0; step < 4; step++) {
            int joins = step == 0 ? 1 + random.nextInt(random.nextInt(8) == 0 ? 30 : 6) : random.nextInt(3);
            if (step > 0 && members.size() > 1 && random.nextBoolean()) members.remove(random.nextInt(members.size()));
            for (int j = 0; j < joins; j++) {
                Member m = new Member();
                m.id = word(random) + "-" + memberNumber++;
                m.instance = random.nextInt(5) == 0 ? "i" + word(random) + memberNumber : null;
                m.rack = racks && random.nextInt(4) > 0 ? "r" + random.nextInt(4) : null;
                m.assignor = make(name);
                choose(m, topics, random, alike);
                members.add(m);
            }
            if (!alike && step > 0 && random.nextInt(3) == 0) choose(members.get(random.nextInt(members.size())), topics, random, false);
            if (random.nextInt(3) == 0) Collections.shuffle(members, random);

            Map<String, Subscription> subscriptions = new HashMap<>();
            StringBuilder in = new StringBuilder("[");
            for (Member m : members) {
                ByteBuffer data = m.assignor.subscriptionUserData(new HashSet<>(m.topics));
                boolean claims = name.equals("cooperative-sticky");
                List<TopicPartition> owned = claims ? m.owned : Collections.emptyList();
                Subscription s = new Subscription(m.topics, data, owned, m.generation, Optional.ofNullable(m.rack));
                if (m.instance != null) s.setGroupInstanceId(Optional.of(m.instance));
                subscriptions.put(m.id, s);
                if (in.length() > 1) in.append(',');
                in.append('[').append(text(m.id)).append(',').append(text(m.instance)).append(',').append(text(m.rack)).append(',')
                  .append(m.generation).append(',').append(hex(data)).append(',').append(texts(m.topics)).append(',').append(partitions(owned)).append(']');
            }
            in.append(']');
            Map<String, Assignment> answer = members.get(0).assignor.assign(cluster, new GroupSubscription(subscriptions)).groupAssignment();
            StringBuilder out = new StringBuilder("{");
            generation++;
            for (Member m : members) {
                List<TopicPartition> assigned = answer.get(m.id).partitions();
                if (out.length() > 1) out.append(',');
                out.append(text(m.id)).append(':').append(partitions(assigned));
                boolean misses = random.nextInt(8) == 0; // a member that slept through this generation
                if (!misses) {
                    m.owned = new ArrayList<>(assigned);
                    m.generation = generation;
                    m.assignor.onAssignment(answer.get(m.id), new ConsumerGroupMetadata("g", generation, m.id, Optional.empty()));
                }
            }
            out.append('}');
            StringBuilder topicText = new StringBuilder("{");
            described.forEach((topic, ids) -> {
                if (topicText.length() > 1) topicText.append(',');
                topicText.append(text(topic)).append(":[");
                for (int p = 0; p < ids.size(); p++) topicText.append(p > 0 ? "," : "").append(texts(ids.get(p)));
                topicText.append(']');
            });
            topicText.append('}');
            System.out.println("[" + text(name) + "," + topicText + "," + in + "," + out + "]");
        }
    }

    static void choose(Member m, List<String> topics, Random random, boolean all) {
        m.topics = new ArrayList<>();
        for (String topic : topics) if (all || random.nextInt(3) > 0) m.topics.add(topic);
        if (m.topics.isEmpty()) m.topics.add(topics.get(0));
        if (!all && random.nextInt(6) == 0) m.topics.add("missing");
    }

    static String text(String s) { return s == null ? "null" : "\"" + s + "\""; }
    static String texts(List<String> list) {
        StringJoiner j = new StringJoiner(",", "[", "]");
        for (String s : list) j.add(text(s));
        return j.toString();
    }
    static String partitions(List<TopicPartition> list) {
        StringJoiner j = new StringJoiner(",", "[", "]");
        for (TopicPartition p : list) j.add("[" + text(p.topic()) + "," + p.partition() + "]");
        return j.toString();
    }
    static String hex(ByteBuffer data) {
        if (data == null) return "null";
        StringBuilder b = new StringBuilder("\"");
        for (int i = data.position(); i < data.limit(); i++) b.append(String.format("%02x", data.get(i)));
        return b.append('"').toString();
    }
}
