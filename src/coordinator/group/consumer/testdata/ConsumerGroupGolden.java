import java.io.PrintStream;
import java.util.*;
import java.util.stream.Collectors;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.coordinator.common.runtime.*;
import org.apache.kafka.coordinator.group.Utils;
import org.apache.kafka.coordinator.group.api.assignor.*;
import org.apache.kafka.coordinator.group.assignor.*;
import org.apache.kafka.coordinator.group.modern.*;

/**
 * Writes what Apache Kafka's own group coordinator computes, for our tests to compare with:
 *
 * assignors.jsonl: answers of the server-side assignors for random groups over several rounds in which members come, go
 * and change their topics. One array a line: [assignor, isHomogeneous, {topicId: partitionCount}, [[memberId,
 * instanceId or null, [topicIds], [[topicId, [partitions]]] target so far]], {memberId: {topicId: [partitions]}}].
 *
 * hashes.jsonl: the hash of a topic and of a group. One array a line: [name, id, [[rack ..] per partition], hash of the
 * topic, hash of a group of this and all topics before it] with the hashes as text.
 *
 * java -cp 'KAFKA/libs/*' ConsumerGroupGolden.java DIRECTORY
 */
public class ConsumerGroupGolden {
    static final class Topic implements CoordinatorMetadataImage.TopicMetadata {
        final String name; final Uuid id; final List<List<String>> racks;
        Topic(String name, Uuid id, List<List<String>> racks) { this.name = name; this.id = id; this.racks = racks; }
        public String name() { return name; }
        public Uuid id() { return id; }
        public int partitionCount() { return racks.size(); }
        public List<String> partitionRacks(int p) { return new ArrayList<>(racks.get(p)); }
    }

    static final class Image implements CoordinatorMetadataImage {
        final Map<String, Topic> byName = new LinkedHashMap<>();
        final Map<Uuid, Topic> byId = new HashMap<>();
        void add(Topic t) { byName.put(t.name, t); byId.put(t.id, t); }
        public Set<Uuid> topicIds() { return byId.keySet(); }
        public Set<String> topicNames() { return byName.keySet(); }
        public Optional<TopicMetadata> topicMetadata(String name) { return Optional.ofNullable(byName.get(name)); }
        public Optional<TopicMetadata> topicMetadata(Uuid id) { return Optional.ofNullable(byId.get(id)); }
        public CoordinatorMetadataDelta emptyDelta() { return CoordinatorMetadataDelta.EMPTY; }
        public long version() { return 1; }
        public boolean isEmpty() { return byName.isEmpty(); }
    }

    static final class Member {
        String id, instance;
        TreeSet<String> topics = new TreeSet<>();
        Assignment target = Assignment.EMPTY;
    }

    static Uuid uuid(Random random) { return new Uuid(random.nextLong(), random.nextLong()); }

    static String quoted(String s) { return s == null ? "null" : "\"" + s + "\""; }

    static String list(Collection<?> c) { return c.stream().map(String::valueOf).collect(Collectors.joining(",", "[", "]")); }

    public static void main(String[] args) throws Exception {
        try (PrintStream out = new PrintStream(args[0] + "/assignors.jsonl")) { assignors(out); }
        try (PrintStream out = new PrintStream(args[0] + "/hashes.jsonl")) { hashes(out); }
    }

    static void assignors(PrintStream out) {
        Random random = new Random(848);
        for (int run = 0; run < 36; run++) {
            boolean alike = random.nextInt(2) == 0;
            String name = random.nextInt(3) == 0 ? "range" : "uniform";
            PartitionAssignor assignor = name.equals("range") ? new RangeAssignor() : new UniformAssignor();
            Image image = new Image();
            int topicCount = 1 + random.nextInt(random.nextInt(4) == 0 ? 30 : 5);
            for (int t = 0; t < topicCount; t++) grow(image, "topic-" + t, uuid(random), random.nextInt(random.nextInt(4) == 0 ? 60 : 9));
            List<Member> members = new ArrayList<>();
            int most = random.nextInt(4) == 0 ? 40 : 6;
            for (int round = 0; round < 6; round++) {
                for (int i = random.nextInt(most); i > 0; i--) {
                    Member m = new Member();
                    m.id = random.nextInt(2) == 0 ? new UUID(random.nextLong(), random.nextLong()).toString() : "m" + random.nextInt(1000);
                    if (random.nextInt(3) == 0) m.instance = "i" + random.nextInt(100000);
                    String id = m.id;
                    if (members.stream().noneMatch(o -> o.id.equals(id))) members.add(m);
                }
                if (round > 0) members.removeIf(m -> random.nextInt(4) == 0);
                if (random.nextInt(3) == 0) {
                    Topic t = image.byName.get("topic-" + random.nextInt(topicCount));
                    grow(image, t.name, t.id, t.racks.size() + random.nextInt(4));
                }
                TreeSet<String> same = subset(random, image);
                for (Member m : members) {
                    if (alike) m.topics = same;
                    else if (m.topics.isEmpty() || random.nextInt(4) == 0) m.topics = subset(random, image);
                }
                Map<String, MemberSubscriptionAndAssignmentImpl> specs = new HashMap<>();
                TopicIds.TopicResolver resolver = new TopicIds.CachedTopicResolver(image);
                Map<Uuid, Map<Integer, String>> inverted = new HashMap<>();
                for (Member m : members) {
                    specs.put(m.id, new MemberSubscriptionAndAssignmentImpl(Optional.empty(), Optional.ofNullable(m.instance),
                        new TopicIds(new HashSet<>(m.topics), resolver), m.target));
                    m.target.partitions().forEach((id, ps) -> ps.forEach(p -> inverted.computeIfAbsent(id, k -> new HashMap<>()).put(p, m.id)));
                }
                GroupAssignment answer = assignor.assign(
                    new GroupSpecImpl(specs, alike ? SubscriptionType.HOMOGENEOUS : SubscriptionType.HETEROGENEOUS, inverted),
                    new SubscribedTopicDescriberImpl(image));
                StringBuilder b = new StringBuilder("[" + quoted(name) + "," + alike + ",{");
                b.append(image.byName.values().stream().map(t -> quoted(t.id.toString()) + ":" + t.racks.size()).collect(Collectors.joining(",")));
                b.append("},[");
                b.append(members.stream().map(m -> "[" + quoted(m.id) + "," + quoted(m.instance) + ","
                    + list(new TopicIds(new HashSet<>(m.topics), resolver).stream().map(id -> quoted(id.toString())).collect(Collectors.toList()))
                    + "," + list(m.target.partitions().entrySet().stream().map(e -> "[" + quoted(e.getKey().toString()) + "," + list(e.getValue()) + "]").collect(Collectors.toList()))
                    + "]").collect(Collectors.joining(",")));
                b.append("],{");
                b.append(members.stream().filter(m -> answer.members().containsKey(m.id)).map(m -> quoted(m.id) + ":{"
                    + answer.members().get(m.id).partitions().entrySet().stream()
                        .map(e -> quoted(e.getKey().toString()) + ":" + list(new TreeSet<>(e.getValue()))).collect(Collectors.joining(",")) + "}")
                    .collect(Collectors.joining(",")));
                out.println(b.append("}]"));
                for (Member m : members) {
                    MemberAssignment given = answer.members().get(m.id);
                    if (given == null) { m.target = Assignment.EMPTY; continue; }
                    if (given.partitions().equals(m.target.partitions())) continue;
                    Map<Uuid, Set<Integer>> read = new HashMap<>();
                    given.partitions().forEach((id, ps) -> read.put(id, new HashSet<>(new ArrayList<>(ps))));
                    m.target = new Assignment(read);
                }
            }
        }
    }

    static TreeSet<String> subset(Random random, Image image) {
        TreeSet<String> names = new TreeSet<>();
        for (String name : image.byName.keySet()) if (random.nextInt(3) > 0) names.add(name);
        if (names.isEmpty()) names.add("topic-0");
        return names;
    }

    static void grow(Image image, String name, Uuid id, int partitions) {
        List<List<String>> racks = new ArrayList<>();
        for (int p = 0; p < partitions; p++) racks.add(List.of());
        image.add(new Topic(name, id, racks));
    }

    static void hashes(PrintStream out) {
        Random random = new Random(1101);
        Image image = new Image();
        Map<String, Long> all = new HashMap<>();
        int[] counts = {0, 1, 2, 3, 5, 8, 12, 20, 40, 60, 200, 300, 1000};
        for (int i = 0; i < 40; i++) {
            StringBuilder name = new StringBuilder();
            for (int n = 1 + random.nextInt(i < 20 ? 12 : 120); n > 0; n--) name.append((char) ('a' + random.nextInt(26)));
            int count = i < counts.length ? counts[i] : random.nextInt(30);
            boolean racked = i % 3 == 2;
            List<List<String>> racks = new ArrayList<>();
            for (int p = 0; p < count; p++) {
                List<String> r = new ArrayList<>();
                if (racked) for (int k = random.nextInt(4); k > 0; k--) r.add("rack" + random.nextInt(5));
                racks.add(r);
            }
            Topic t = new Topic(name.toString(), uuid(random), racks);
            image.add(t);
            long hash = Utils.computeTopicHash(t.name, image);
            all.put(t.name, hash);
            out.println("[" + quoted(t.name) + "," + quoted(t.id.toString()) + ","
                + list(racks.stream().map(r -> list(r.stream().map(ConsumerGroupGolden::quoted).collect(Collectors.toList()))).collect(Collectors.toList()))
                + ",\"" + hash + "\",\"" + Utils.computeGroupHash(all) + "\"]");
        }
    }
}
