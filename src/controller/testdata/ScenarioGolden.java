package org.apache.kafka.controller;

import java.nio.ByteBuffer;
import java.util.*;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.*;
import org.apache.kafka.common.errors.*;
import org.apache.kafka.common.message.*;
import org.apache.kafka.common.metadata.*;
import org.apache.kafka.common.protocol.*;
import org.apache.kafka.common.requests.ApiError;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.utils.*;
import org.apache.kafka.controller.metrics.QuorumControllerMetrics;
import org.apache.kafka.metadata.*;
import org.apache.kafka.metadata.placement.StripedReplicaPlacer;
import org.apache.kafka.server.common.*;
import org.apache.kafka.server.config.*;
import org.apache.kafka.storage.internals.log.LogConfig;
import org.apache.kafka.timeline.SnapshotRegistry;

/**
 * Drives the parts of Apache Kafka's own controller through random lives of five brokers and writes every operation, the
 * bytes of the metadata records that it led to, and its answer, for scenario.test.ts. testdata/scenarios.json.gz holds
 * 18 scenarios of 130 steps.
 *
 * Two things are changed so that differences we want do not hide others: a broker that was told to shut down has no
 * session any more, and what a broker said of its metadata offset outlives the replay of its own fencing. Reassignments
 * are not replaced while they are under way (Kafka then keeps parts of the old plan).
 *
 * javac -cp 'KAFKA/libs/*' -d OUT ScenarioGolden.java
 * java -cp 'KAFKA/libs/*:OUT' org.apache.kafka.controller.ScenarioGolden SCENARIOS STEPS
 */
public class ScenarioGolden {
    static final int[] METADATA_VERSIONS = {7, 17, 23, 30, 30, 30};

    public static void main(String[] args) {
        int scenarios = Integer.parseInt(args[0]);
        int steps = Integer.parseInt(args[1]);
        System.out.print("[");
        for (int s = 0; s < scenarios; s++) {
            int mv = METADATA_VERSIONS[s % METADATA_VERSIONS.length];
            boolean elr = mv >= 23 && s % 4 != 0;
            ScenarioGolden scenario = new ScenarioGolden(s, mv, elr);
            try {
                for (int i = 0; i < steps; i++) scenario.step();
            } catch (RuntimeException e) {
                System.err.println("scenario " + s + " ends early, Kafka's controller failed: " + e.getMessage());
            }
            System.out.print((s == 0 ? "" : ",\n") + object("mv", mv, "elr", elr, "steps", new Raw("[" + scenario.out + "]")));
        }
        System.out.println("]");
    }

    static class Clock implements Time {
        long ns = 1_000_000_000L;
        public long milliseconds() { return ns / 1_000_000; }
        public long nanoseconds() { return ns; }
        public void sleep(long ms) { ns += ms * 1_000_000; }
        public void waitObject(Object o, Supplier<Boolean> condition, long deadline) { }
    }

    final Random random;
    final Clock clock = new Clock();
    final int mv;
    final StringBuilder out = new StringBuilder();
    final FeatureControlManager features;
    final ConfigurationControlManager configs;
    final ClusterControlManager cluster;
    final ReplicationControlManager replication;
    /** Offset of the next record; a metadata transaction around the first ones counts. */
    long offset;
    final int[] incarnations = new int[6];
    final long[] epochs = {-1, -1, -1, -1, -1, -1};
    final Map<String, Uuid> topics = new LinkedHashMap<>();
    int topicCount;

    ScenarioGolden(long seed, int mv, boolean elr) {
        this.random = new Random(seed);
        this.mv = mv;
        SnapshotRegistry registry = new SnapshotRegistry(new LogContext());
        QuorumFeatures quorum = new QuorumFeatures(1, QuorumFeatures.defaultSupportedFeatureMap(false), List.of(1));
        features = new FeatureControlManager.Builder().setSnapshotRegistry(registry).setQuorumFeatures(quorum).build();
        KafkaConfigSchema schema = new KafkaConfigSchema(
            Map.of(ConfigResource.Type.BROKER, new ConfigDef(AbstractKafkaConfig.CONFIG_DEF),
                ConfigResource.Type.TOPIC, LogConfig.configDefCopy()),
            ServerTopicConfigSynonyms.ALL_TOPIC_CONFIG_SYNONYMS);
        configs = new ConfigurationControlManager.Builder().setSnapshotRegistry(registry).setKafkaConfigSchema(schema)
            .setFeatureControl(features).setNodeId(1).setExistenceChecker(resource -> { }).build();
        cluster = new ClusterControlManager.Builder().setClusterId("cluster").setTime(clock)
            .setSnapshotRegistry(registry).setSessionTimeoutNs(9_000_000_000L)
            .setReplicaPlacer(new StripedReplicaPlacer(random)).setFeatureControlManager(features)
            .setBrokerShutdownHandler(this::brokerShutdown)
            .setMetrics(new QuorumControllerMetrics(Optional.empty(), clock, 9000)).build();
        replication = new ReplicationControlManager.Builder().setSnapshotRegistry(registry)
            .setConfigurationControl(configs).setClusterControl(cluster).setFeatureControl(features).build();
        boolean inTransaction = mv >= 13;
        if (inTransaction) offset++;
        replay(List.of(first(new FeatureLevelRecord().setName("metadata.version").setFeatureLevel((short) mv))));
        if (elr) {
            replay(List.of(
                first(new FeatureLevelRecord().setName("eligible.leader.replicas.version").setFeatureLevel((short) 1)),
                first(new ConfigRecord().setResourceType((byte) 4).setResourceName("").setName("min.insync.replicas")
                    .setValue("1"))));
        }
        if (inTransaction) offset++;
        cluster.activate();
    }

    void brokerShutdown(int brokerId, boolean isClean, List<ApiMessageAndVersion> records) {
        replication.handleBrokerShutdown(brokerId, isClean, records);
    }

    static ApiMessageAndVersion first(ApiMessage message) {
        return new ApiMessageAndVersion(message, (short) 0);
    }

    void replay(List<ApiMessageAndVersion> records) {
        for (ApiMessageAndVersion record : records) {
            ApiMessage m = record.message();
            if (m instanceof RegisterBrokerRecord r) cluster.replay(r, offset);
            else if (m instanceof UnregisterBrokerRecord r) cluster.replay(r);
            else if (m instanceof BrokerRegistrationChangeRecord r) cluster.replay(r);
            else if (m instanceof TopicRecord r) replication.replay(r);
            else if (m instanceof PartitionRecord r) replication.replay(r);
            else if (m instanceof PartitionChangeRecord r) replication.replay(r);
            else if (m instanceof RemoveTopicRecord r) replication.replay(r);
            else if (m instanceof ClearElrRecord r) replication.replay(r);
            else if (m instanceof ConfigRecord r) configs.replay(r);
            else if (m instanceof FeatureLevelRecord r) features.replay(r);
            else throw new IllegalStateException(m.toString());
            offset++;
        }
    }

    void step() {
        int choice = random.nextInt(100);
        if (choice < 12) register();
        else if (choice < 45) heartbeat();
        else if (choice < 58) createTopic();
        else if (choice < 70) alterPartition();
        else if (choice < 76) electLeader();
        else if (choice < 85) reassign();
        else if (choice < 88 && mv >= 17) assignDirectory();
        else if (choice < 90) unregister();
        else if (choice < 93) emit(object("kind", "balance"), replication.maybeBalancePartitionLeaders().records(), "{}");
        else if (choice < 95) emit(object("kind", "unclean"), replication.maybeElectUncleanLeaders().records(), "{}");
        else if (choice < 97) deleteTopic();
        else pass();
    }

    void register() {
        int id = broker();
        boolean isAmendment = incarnations[id] > 0 && random.nextInt(8) == 0;
        int incarnation = isAmendment ? incarnations[id] : incarnations[id] + 1;
        long previous = random.nextInt(2) == 0 ? epochs[id] : -1;
        int version = random.nextInt(4) == 0 ? 2 : 4;
        boolean noElr = random.nextInt(20) == 0;
        BrokerRegistrationRequestData request = new BrokerRegistrationRequestData().setBrokerId(id)
            .setClusterId("cluster").setIncarnationId(new Uuid(5000 + id, incarnation)).setRack("r" + id % 2)
            .setLogDirs(directories(id)).setPreviousBrokerEpoch(previous);
        request.listeners().add(new BrokerRegistrationRequestData.Listener().setName("PLAINTEXT").setHost("h")
            .setPort(9000 + id).setSecurityProtocol((short) 0));
        String[][] ranges = {{"metadata.version", "7", "30"}, {"group.version", "0", "1"},
            {"transaction.version", "0", "2"}, {"eligible.leader.replicas.version", "0", "1"}, {"kraft.version", "0", "1"}};
        for (String[] range : ranges) {
            if (noElr && range[0].startsWith("eligible")) continue;
            request.features().add(new BrokerRegistrationRequestData.Feature().setName(range[0])
                .setMinSupportedVersion(Short.parseShort(range[1])).setMaxSupportedVersion(Short.parseShort(range[2])));
        }
        String operation = object("kind", "register", "id", id, "incarnation", new Uuid(5000 + id, incarnation), "rack",
            "r" + id % 2, "logDirs", directories(id), "previousBrokerEpoch", previous, "version", version, "noElr", noElr);
        Map<String, Short> finalized = new HashMap<>(features.finalizedFeatures(Long.MAX_VALUE).featureMap());
        finalized.put("kraft.version", (short) 1);
        try {
            ControllerResult<BrokerRegistrationReply> result = cluster.registerBroker(request, offset,
                new FinalizedControllerFeatures(finalized, Long.MAX_VALUE), version >= 3);
            incarnations[id] = incarnation;
            epochs[id] = result.response().epoch();
            emit(operation, result.records(), object("epoch", epochs[id]));
        } catch (ApiException e) {
            emit(operation, List.of(), refused(e));
        }
    }

    void heartbeat() {
        int id = broker();
        if (epochs[id] < 0) return;
        boolean wantFence = random.nextInt(12) == 0;
        boolean wantShutDown = random.nextInt(8) == 0;
        long at = random.nextInt(6) == 0 ? offset / 2 : offset - 1;
        long epoch = random.nextInt(15) == 0 ? epochs[id] - 1 : epochs[id];
        boolean loses = random.nextInt(12) == 0 && mv >= 17;
        List<Uuid> offline = loses ? List.of(directories(id).get(directories(id).size() - 1)) : List.of();
        BrokerHeartbeatRequestData request = new BrokerHeartbeatRequestData().setBrokerId(id).setBrokerEpoch(epoch)
            .setCurrentMetadataOffset(at).setWantFence(wantFence).setWantShutDown(wantShutDown)
            .setOfflineLogDirs(offline).setCordonedLogDirs(null);
        String operation = object("kind", "heartbeat", "id", id, "epoch", epoch, "offset", at, "wantFence", wantFence,
            "wantShutDown", wantShutDown, "offline", offline);
        try {
            cluster.trackBrokerHeartbeat(id, epoch);
            OptionalLong registered = cluster.registerBrokerRecordOffset(id);
            if (registered.isEmpty()) throw new StaleBrokerEpochException("not registered");
            ControllerResult<BrokerHeartbeatReply> result =
                replication.processBrokerHeartbeat(request, registered.getAsLong());
            BrokerHeartbeatReply reply = result.response();
            emit(operation, result.records(), object("caughtUp", reply.isCaughtUp(), "fenced", reply.isFenced(),
                "shouldShutDown", reply.shouldShutDown()));
            BrokerHeartbeatManager heartbeats = cluster.heartbeatManager();
            heartbeats.touch(id, reply.isFenced(), at);
            if (reply.shouldShutDown()) forgetSession(id, epoch);
            if (reply.inControlledShutdown()) heartbeats.maybeUpdateControlledShutdownOffset(id, offset - 1);
        } catch (ApiException e) {
            emit(operation, List.of(), refused(e));
        }
    }

    void forgetSession(int id, long epoch) {
        try {
            java.lang.reflect.Field times = BrokerHeartbeatTracker.class.getDeclaredField("contactTimes");
            times.setAccessible(true);
            ((Map<?, ?>) times.get(cluster.heartbeatManager().tracker())).remove(new BrokerIdAndEpoch(id, epoch));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    void createTopic() {
        int replicationFactor = some(1 + random.nextInt(3)).size();
        if (replicationFactor == 0) return;
        String name = "t" + topicCount++;
        CreateTopicsRequestData.CreatableTopic topic = new CreateTopicsRequestData.CreatableTopic().setName(name)
            .setNumPartitions(-1).setReplicationFactor((short) -1);
        List<List<Integer>> assignments = new ArrayList<>();
        int partitions = 1 + random.nextInt(2);
        for (int i = 0; i < partitions; i++) {
            assignments.add(some(replicationFactor));
            topic.assignments().add(new CreateTopicsRequestData.CreatableReplicaAssignment().setPartitionIndex(i)
                .setBrokerIds(assignments.get(i)));
        }
        String minIsr = random.nextInt(2) == 0 ? null : "" + (1 + random.nextInt(3));
        String unclean = random.nextInt(4) == 0 ? "true" : null;
        if (minIsr != null) topic.configs().add(config("min.insync.replicas", minIsr));
        if (unclean != null) topic.configs().add(config("unclean.leader.election.enable", unclean));
        CreateTopicsRequestData request = new CreateTopicsRequestData();
        request.topics().add(topic);
        ControllerResult<CreateTopicsResponseData> result =
            replication.createTopics(context(19, 7), request, Set.of(name), true);
        CreateTopicsResponseData.CreatableTopicResult made = result.response().topics().find(name);
        if (made.errorCode() == 0) topics.put(name, made.topicId());
        emit(object("kind", "createTopic", "name", name, "assignments", assignments, "minIsr", minIsr, "unclean", unclean,
            "topicId", made.topicId()), result.records(), object("error", made.errorCode(), "message", made.errorMessage()));
    }

    static CreateTopicsRequestData.CreatableTopicConfig config(String name, String value) {
        return new CreateTopicsRequestData.CreatableTopicConfig().setName(name).setValue(value);
    }

    void alterPartition() {
        String name = topic();
        if (name == null) return;
        Uuid topicId = topics.get(name);
        int index = random.nextInt(2);
        PartitionRegistration partition = replication.getPartition(topicId, index);
        if (partition == null) return;
        int broker = partition.leader >= 0 && random.nextInt(10) != 0 ? partition.leader : broker();
        if (epochs[broker] < 0) return;
        int leaderEpoch = partition.leaderEpoch + (random.nextInt(15) == 0 ? random.nextInt(3) - 1 : 0);
        int partitionEpoch = partition.partitionEpoch + (random.nextInt(15) == 0 ? random.nextInt(3) - 1 : 0);
        int recovery = random.nextInt(8) == 0 ? 1 : 0;
        int version = random.nextInt(4) == 0 ? 2 : 3;
        List<List<Long>> isr = new ArrayList<>();
        List<AlterPartitionRequestData.BrokerState> members = new ArrayList<>();
        for (int r : partition.replicas) {
            if (r != partition.leader && random.nextInt(3) == 0) continue;
            BrokerRegistration registration = cluster.registration(r);
            long epoch = version < 3 || registration == null ? -1 : random.nextInt(20) == 0 ? 3 : registration.epoch();
            isr.add(List.of((long) r, epoch));
            members.add(new AlterPartitionRequestData.BrokerState().setBrokerId(r).setBrokerEpoch(epoch));
        }
        AlterPartitionRequestData.PartitionData data = new AlterPartitionRequestData.PartitionData()
            .setPartitionIndex(index).setLeaderEpoch(leaderEpoch).setPartitionEpoch(partitionEpoch)
            .setLeaderRecoveryState((byte) recovery);
        if (version >= 3) data.setNewIsrWithEpochs(members);
        else data.setNewIsr(members.stream().map(AlterPartitionRequestData.BrokerState::brokerId).toList());
        AlterPartitionRequestData.TopicData topicData = new AlterPartitionRequestData.TopicData().setTopicId(topicId);
        topicData.partitions().add(data);
        AlterPartitionRequestData request =
            new AlterPartitionRequestData().setBrokerId(broker).setBrokerEpoch(epochs[broker]);
        request.topics().add(topicData);
        String operation = object("kind", "alterPartition", "version", version, "broker", broker, "brokerEpoch",
            epochs[broker], "topicId", topicId, "partition", index, "leaderEpoch", leaderEpoch, "partitionEpoch",
            partitionEpoch, "recovery", recovery, "isr", isr);
        try {
            ControllerResult<AlterPartitionResponseData> result =
                replication.alterPartition(context(56, version), request);
            AlterPartitionResponseData.PartitionData a = result.response().topics().get(0).partitions().get(0);
            emit(operation, result.records(), object("error", a.errorCode(), "leader", a.leaderId(), "leaderEpoch",
                a.leaderEpoch(), "isr", a.isr(), "recovery", a.leaderRecoveryState(), "partitionEpoch", a.partitionEpoch()));
        } catch (ApiException e) {
            emit(operation, List.of(), refused(e));
        }
    }

    void electLeader() {
        String name = topic();
        if (name == null) return;
        int type = random.nextInt(2);
        int index = random.nextInt(3);
        ElectLeadersRequestData.TopicPartitions asked =
            new ElectLeadersRequestData.TopicPartitions().setTopic(name).setPartitions(List.of(index));
        ElectLeadersRequestData request = new ElectLeadersRequestData().setElectionType((byte) type)
            .setTopicPartitions(new ElectLeadersRequestData.TopicPartitionsCollection(List.of(asked).iterator()));
        ControllerResult<ElectLeadersResponseData> result = replication.electLeaders(request);
        short error = result.response().replicaElectionResults().get(0).partitionResult().get(0).errorCode();
        emit(object("kind", "elect", "name", name, "type", type, "partition", index), result.records(),
            object("error", error));
    }

    void reassign() {
        String name = topic();
        if (name == null) return;
        int index = random.nextInt(2);
        List<Integer> target = random.nextInt(4) == 0 ? null : some(1 + random.nextInt(3));
        boolean allow = random.nextInt(4) != 0;
        PartitionRegistration now = replication.getPartition(topics.get(name), index);
        if (target != null && now != null && PartitionReassignmentReplicas.isReassignmentInProgress(now)) return;
        AlterPartitionReassignmentsRequestData.ReassignableTopic topic =
            new AlterPartitionReassignmentsRequestData.ReassignableTopic().setName(name);
        topic.partitions().add(new AlterPartitionReassignmentsRequestData.ReassignablePartition()
            .setPartitionIndex(index).setReplicas(target));
        AlterPartitionReassignmentsRequestData request =
            new AlterPartitionReassignmentsRequestData().setAllowReplicationFactorChange(allow);
        request.topics().add(topic);
        ControllerResult<AlterPartitionReassignmentsResponseData> result =
            replication.alterPartitionReassignments(request);
        var answer = result.response().responses().get(0).partitions().get(0);
        emit(object("kind", "reassign", "name", name, "partition", index, "replicas", target, "allow", allow),
            result.records(), object("error", answer.errorCode(), "message", answer.errorMessage()));
    }

    void assignDirectory() {
        String name = topic();
        int id = broker();
        if (name == null || epochs[id] < 0) return;
        Uuid directory = random.nextInt(5) == 0 ? new Uuid(77, 77) : directories(id).get(0);
        var topic = new AssignReplicasToDirsRequestData.TopicData().setTopicId(topics.get(name));
        topic.partitions().add(new AssignReplicasToDirsRequestData.PartitionData().setPartitionIndex(0));
        var data = new AssignReplicasToDirsRequestData.DirectoryData().setId(directory);
        data.topics().add(topic);
        var request = new AssignReplicasToDirsRequestData().setBrokerId(id).setBrokerEpoch(epochs[id]);
        request.directories().add(data);
        String operation = object("kind", "assignDirectory", "id", id, "epoch", epochs[id], "directory", directory,
            "topicId", topics.get(name));
        try {
            var result = replication.handleAssignReplicasToDirs(request);
            var answer = result.response().directories().get(0).topics().get(0).partitions().get(0);
            emit(operation, result.records(), object("error", answer.errorCode()));
        } catch (ApiException e) {
            emit(operation, List.of(), refused(e));
        }
    }

    void unregister() {
        int id = broker();
        String operation = object("kind", "unregister", "id", id);
        try {
            emit(operation, replication.unregisterBroker(id).records(), object("error", 0));
        } catch (ApiException e) {
            emit(operation, List.of(), refused(e));
        }
    }

    void deleteTopic() {
        String name = topics.size() < 4 ? null : topic();
        if (name == null) return;
        Uuid topicId = topics.remove(name);
        var result = replication.deleteTopics(context(20, 6), List.of(topicId));
        emit(object("kind", "deleteTopic", "topicId", topicId), result.records(),
            object("error", result.response().get(topicId).error().code()));
    }

    /** Time goes on; brokers whose session ran out are fenced, one after the other. */
    void pass() {
        int ms = 500 + random.nextInt(6000);
        clock.sleep(ms);
        emit(object("kind", "wait", "ms", ms), List.of(), "{}");
        for (;;) {
            Optional<BrokerIdAndEpoch> stale = cluster.heartbeatManager().tracker().maybeRemoveExpired();
            if (stale.isEmpty()) return;
            int id = stale.get().id();
            BrokerRegistration registration = cluster.registration(id);
            if (registration == null || registration.epoch() != stale.get().epoch() || registration.fenced()) continue;
            List<ApiMessageAndVersion> records = new ArrayList<>();
            replication.handleBrokerFenced(id, records);
            emit(object("kind", "expired", "id", id), records, "{}");
        }
    }

    int broker() {
        return 1 + random.nextInt(5);
    }

    String topic() {
        List<String> names = new ArrayList<>(topics.keySet());
        return names.isEmpty() ? null : names.get(random.nextInt(names.size()));
    }

    List<Integer> some(int count) {
        List<Integer> ids = new ArrayList<>(cluster.brokerRegistrations().keySet());
        Collections.sort(ids);
        Collections.shuffle(ids, random);
        return new ArrayList<>(ids.subList(0, Math.min(count, ids.size())));
    }

    static List<Uuid> directories(int id) {
        Uuid one = new Uuid(1000 + id, 1);
        return id == 3 ? List.of(one, new Uuid(1000 + id, 2)) : List.of(one);
    }

    static ControllerRequestContext context(int key, int version) {
        RequestHeaderData header = new RequestHeaderData().setRequestApiKey((short) key).setRequestApiVersion((short) version);
        return new ControllerRequestContext(header, KafkaPrincipal.ANONYMOUS, OptionalLong.empty());
    }

    static String refused(Throwable t) {
        ApiError error = ApiError.fromThrowable(t);
        return object("error", error.error().code(), "message", error.message());
    }

    void emit(String operation, List<ApiMessageAndVersion> records, String result) {
        String bytes = records.stream().map(r -> "\"" + hex(r) + "\"").collect(Collectors.joining(","));
        out.append(out.isEmpty() ? "" : ",\n").append("{\"op\":").append(operation).append(",\"records\":[").append(bytes)
            .append("],\"result\":").append(result).append("}");
        replay(records);
    }

    /** The value of the record in the log: frame version, type and version, then the message. */
    static String hex(ApiMessageAndVersion record) {
        ObjectSerializationCache cache = new ObjectSerializationCache();
        MessageSizeAccumulator size = new MessageSizeAccumulator();
        record.message().addSize(size, cache, record.version());
        ByteBuffer buffer = ByteBuffer.allocate(size.totalSize());
        record.message().write(new ByteBufferAccessor(buffer), cache, record.version());
        StringBuilder text = new StringBuilder();
        text.append(String.format("01%02x%02x", (int) record.message().apiKey(), (int) record.version()));
        for (byte b : buffer.array()) text.append(String.format("%02x", b));
        return text.toString();
    }

    record Raw(String text) { }

    static String object(Object... keysAndValues) {
        StringBuilder text = new StringBuilder("{");
        for (int i = 0; i < keysAndValues.length; i += 2) {
            text.append(i == 0 ? "" : ",").append(json(keysAndValues[i])).append(":").append(json(keysAndValues[i + 1]));
        }
        return text.append("}").toString();
    }

    static String json(Object value) {
        if (value == null) return "null";
        if (value instanceof Raw raw) return raw.text();
        if (value instanceof Collection<?> list) {
            return list.stream().map(ScenarioGolden::json).collect(Collectors.joining(",", "[", "]"));
        }
        if (value instanceof Number || value instanceof Boolean) return value.toString();
        return "\"" + value.toString().replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }
}
