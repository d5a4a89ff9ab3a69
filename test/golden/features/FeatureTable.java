import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.server.common.Feature;
import org.apache.kafka.server.common.FeatureVersion;
import org.apache.kafka.server.common.MetadataVersion;

/** Prints Apache Kafka's own tables of metadata versions and feature levels. Run: java -cp KAFKA_LIBS FeatureTable.java > features.txt */
public class FeatureTable {
  public static void main(String[] args) {
    for (MetadataVersion v : MetadataVersion.values()) {
      System.out.println("metadata.version " + v.featureLevel() + " " + v.version() + " " + v.shortVersion()
          + " changed=" + v.didMetadataChange() + " production=" + v.isProduction()
          + " registerBroker=" + v.registerBrokerRecordVersion() + " partition=" + v.partitionRecordVersion()
          + " partitionChange=" + v.partitionChangeRecordVersion() + " scram=" + v.isScramSupported()
          + " transactions=" + v.isMetadataTransactionSupported() + " tokens=" + v.isDelegationTokenSupported()
          + " controllers=" + v.isControllerRegistrationSupported() + " directories=" + v.isDirectoryAssignmentSupported()
          + " elr=" + v.isElrSupported() + " cordoned=" + v.isCordonedLogDirsSupported());
    }
    for (Feature f : Feature.PRODUCTION_FEATURES) {
      for (FeatureVersion l : f.featureVersions()) {
        Map<String, Short> needs = new TreeMap<>(l.dependencies());
        System.out.println("feature " + f.featureName() + " " + l.featureLevel() + " since="
            + l.bootstrapMetadataVersion().featureLevel() + " needs=" + needs);
      }
      StringBuilder defaults = new StringBuilder();
      for (MetadataVersion v : MetadataVersion.values()) defaults.append(' ').append(f.defaultLevel(v));
      System.out.println("defaults " + f.featureName() + " production=" + f.latestProduction() + defaults);
    }
  }
}
