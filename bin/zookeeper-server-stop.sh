#!/bin/sh
# Kafka needs no ZooKeeper since 4.0: there is none to stop.
echo "ZooKeeper is not needed: there is none to stop. Stop the broker with bin/kafka-server-stop.sh" >&2
