package org.apache.kafka.controller;

import java.util.*;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import org.apache.kafka.common.DirectoryId;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.metadata.PartitionChangeRecord;
import org.apache.kafka.metadata.*;
import org.apache.kafka.metadata.placement.PartitionAssignment;
import org.apache.kafka.server.common.*;

/**
 * Writes what Apache Kafka's PartitionChangeBuilder makes of random partitions, for partition-change.test.ts: a state, an
 * aim, and the fields of the record, or null when nothing changes. One JSON array; testdata/partition-changes.json.gz
 * holds the first thousand.
 *
 * javac -cp 'KAFKA/libs/*' -d OUT PartitionChangeGolden.java
 * java -cp 'KAFKA/libs/*:OUT' org.apache.kafka.controller.PartitionChangeGolden COUNT
 */
public class PartitionChangeGolden {
    static final Random RANDOM = new Random(42);
    static final int[] METADATA_VERSIONS = {7, 11, 12, 17, 23, 30, 30, 30, 30};
    /** Directories of brokers 1 to 5; broker 4 has two. */
    static final Uuid[][] DIRECTORIES = new Uuid[6][];

    static {
        for (int i = 1; i <= 5; i++) {
            Uuid first = new Uuid(1000 + i, 1);
            DIRECTORIES[i] = i == 4 ? new Uuid[] {first, new Uuid(1000 + i, 2)} : new Uuid[] {first};
        }
    }

    public static void main(String[] args) {
        int count = Integer.parseInt(args[0]);
        System.out.print("[");
        for (int written = 0; written < count; ) {
            String one = oneCase();
            if (one == null) continue;
            System.out.print((written++ == 0 ? "" : ",") + one);
        }
        System.out.println("]");
    }

    /** Null for an aim that Kafka itself cannot build (it throws). */
    static String oneCase() {
        int mv = METADATA_VERSIONS[RANDOM.nextInt(METADATA_VERSIONS.length)];
        boolean elr = mv >= 23 && RANDOM.nextInt(4) != 0;
        boolean hasDirectories = mv >= 17;
        List<Integer> all = new ArrayList<>(List.of(1, 2, 3, 4, 5));
        Collections.shuffle(all, RANDOM);
        List<Integer> replicas = new ArrayList<>(all.subList(0, 1 + RANDOM.nextInt(4)));
        List<Integer> removing = new ArrayList<>();
        List<Integer> adding = new ArrayList<>();
        if (RANDOM.nextInt(4) == 0) {
            for (int r : replicas) {
                int choice = RANDOM.nextInt(4);
                if (choice == 0) removing.add(r);
                else if (choice == 1) adding.add(r);
            }
            if (removing.size() == replicas.size()) removing.clear();
            Collections.sort(removing);
            Collections.sort(adding);
        }
        List<Integer> isr = some(replicas, 0.7);
        Collections.shuffle(isr, RANDOM);
        int minIsr = 1 + RANDOM.nextInt(3);
        int effectiveMinIsr = Math.min(minIsr, replicas.size());
        if (isr.isEmpty() && !elr) isr.add(replicas.get(0));
        List<Integer> elrMembers = new ArrayList<>();
        List<Integer> lastKnownElr = new ArrayList<>();
        if (elr && isr.size() < effectiveMinIsr) {
            for (int r : replicas) if (!isr.contains(r) && RANDOM.nextInt(2) == 0) elrMembers.add(r);
            Collections.sort(elrMembers);
        }
        if (elr && RANDOM.nextInt(3) == 0) lastKnownElr.add(replicas.get(RANDOM.nextInt(replicas.size())));
        int leader = isr.isEmpty() || RANDOM.nextInt(6) == 0 ? -1 : isr.get(RANDOM.nextInt(isr.size()));
        LeaderRecoveryState recovery =
            RANDOM.nextInt(5) == 0 ? LeaderRecoveryState.RECOVERING : LeaderRecoveryState.RECOVERED;
        List<Uuid> directories = new ArrayList<>();
        for (int r : replicas) {
            int choice = RANDOM.nextInt(8);
            if (!hasDirectories) directories.add(DirectoryId.MIGRATING);
            else if (choice == 0) directories.add(DirectoryId.UNASSIGNED);
            else if (choice == 1) directories.add(DirectoryId.LOST);
            else if (choice == 2) directories.add(new Uuid(999, 9));
            else directories.add(DIRECTORIES[r][0]);
        }
        Set<Integer> alive = new TreeSet<>(some(List.of(1, 2, 3, 4, 5), 0.7));
        PartitionRegistration partition = new PartitionRegistration.Builder()
            .setReplicas(array(replicas)).setDirectories(directories.toArray(new Uuid[0])).setIsr(array(isr))
            .setRemovingReplicas(array(removing)).setAddingReplicas(array(adding)).setElr(array(elrMembers))
            .setLastKnownElr(array(lastKnownElr)).setLeader(leader).setLeaderRecoveryState(recovery)
            .setLeaderEpoch(5).setPartitionEpoch(9).build();
        IntPredicate mayLead = r -> {
            int at = replicas.indexOf(r);
            if (!alive.contains(r) || at < 0) return false;
            Uuid directory = directories.get(at);
            if (directory.equals(DirectoryId.MIGRATING) || directory.equals(DirectoryId.UNASSIGNED)) return true;
            return !directory.equals(DirectoryId.LOST) && Arrays.asList(DIRECTORIES[r]).contains(directory);
        };
        PartitionChangeBuilder builder = new PartitionChangeBuilder(partition, new Uuid(7, 7), 0, mayLead,
            MetadataVersion.fromFeatureLevel((short) mv), effectiveMinIsr, elr);
        StringBuilder aim = new StringBuilder("{");
        String election = new String[] {"online", "online", "preferred", "unclean"}[RANDOM.nextInt(4)];
        aim.append("\"election\":\"").append(election).append('"');
        builder.setElection(PartitionChangeBuilder.Election.valueOf(election.toUpperCase()));
        if (RANDOM.nextInt(2) == 0) {
            List<Integer> target = some(replicas, 0.6);
            if (target.isEmpty() && !elr) target.add(replicas.get(0));
            builder.setTargetIsr(target);
            aim.append(",\"isr\":").append(ids(target));
        }
        if (RANDOM.nextInt(6) == 0) {
            Collections.shuffle(all, RANDOM);
            List<Integer> target = new ArrayList<>(all.subList(0, 1 + RANDOM.nextInt(3)));
            PartitionReassignmentReplicas plan = new PartitionReassignmentReplicas(
                new PartitionAssignment(replicas, r -> DirectoryId.UNASSIGNED),
                new PartitionAssignment(target, r -> DirectoryId.UNASSIGNED));
            builder.setTargetReplicas(plan.replicas()).setTargetRemoving(plan.removing()).setTargetAdding(plan.adding());
            aim.append(",\"replicas\":").append(ids(plan.replicas())).append(",\"removing\":")
                .append(ids(plan.removing())).append(",\"adding\":").append(ids(plan.adding()));
        }
        if (elr && RANDOM.nextInt(5) == 0) {
            int lost = replicas.get(RANDOM.nextInt(replicas.size()));
            builder.setUncleanShutdownReplicas(List.of(lost));
            aim.append(",\"uncleanShutdown\":").append(lost);
        }
        if (RANDOM.nextInt(6) == 0) {
            builder.setTargetLeaderRecoveryState(LeaderRecoveryState.RECOVERED);
            aim.append(",\"leaderRecoveryState\":0");
        }
        if (hasDirectories && RANDOM.nextInt(6) == 0) {
            int r = replicas.get(RANDOM.nextInt(replicas.size()));
            Uuid directory = DIRECTORIES[r][DIRECTORIES[r].length - 1];
            builder.setDirectory(r, directory);
            aim.append(",\"directory\":{\"brokerId\":").append(r).append(",\"id\":\"").append(directory).append("\"}");
        }
        aim.append("}");
        builder.setDefaultDirProvider(r -> DIRECTORIES[r].length == 1 ? DIRECTORIES[r][0] : DirectoryId.UNASSIGNED);
        String change;
        try {
            Optional<ApiMessageAndVersion> built = builder.build();
            change = built.isEmpty() ? "null" : shown(built.get());
        } catch (RuntimeException e) {
            return null;
        }
        return "{\"mv\":" + mv + ",\"elr\":" + elr + ",\"minIsr\":" + minIsr + ",\"alive\":" + ids(alive)
            + ",\"replicas\":" + ids(replicas) + ",\"directories\":" + uuids(directories) + ",\"isr\":" + ids(isr)
            + ",\"removing\":" + ids(removing) + ",\"adding\":" + ids(adding) + ",\"elrMembers\":" + ids(elrMembers)
            + ",\"lastKnownElr\":" + ids(lastKnownElr) + ",\"leader\":" + leader + ",\"recovery\":" + recovery.value()
            + ",\"aim\":" + aim + ",\"change\":" + change + "}";
    }

    static String shown(ApiMessageAndVersion record) {
        PartitionChangeRecord c = (PartitionChangeRecord) record.message();
        return "{\"version\":" + record.version() + ",\"isr\":" + ids(c.isr()) + ",\"leader\":" + c.leader()
            + ",\"replicas\":" + ids(c.replicas()) + ",\"removingReplicas\":" + ids(c.removingReplicas())
            + ",\"addingReplicas\":" + ids(c.addingReplicas()) + ",\"leaderRecoveryState\":" + c.leaderRecoveryState()
            + ",\"directories\":" + uuids(c.directories()) + ",\"eligibleLeaderReplicas\":"
            + ids(c.eligibleLeaderReplicas()) + ",\"lastKnownElr\":" + ids(c.lastKnownElr()) + "}";
    }

    static String ids(Collection<Integer> list) {
        return list == null ? "null" : list.toString().replace(" ", "");
    }

    static String uuids(List<Uuid> list) {
        return list == null ? "null"
            : "[" + list.stream().map(u -> "\"" + u + "\"").collect(Collectors.joining(",")) + "]";
    }

    static List<Integer> some(List<Integer> from, double probability) {
        List<Integer> result = new ArrayList<>();
        for (int x : from) if (RANDOM.nextDouble() < probability) result.add(x);
        return result;
    }

    static int[] array(List<Integer> list) {
        return list.stream().mapToInt(i -> i).toArray();
    }
}
