#!/bin/sh
# Kafka needs no ZooKeeper since 4.0; scripts that start one go on with the broker.
echo "ZooKeeper is not needed: Kafka keeps its metadata itself (KRaft). Start the broker with bin/kafka-server-start.sh config/server.properties" >&2
