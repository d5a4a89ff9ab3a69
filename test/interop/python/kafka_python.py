"""kafka-python as one of the libraries of suite.ts."""
import json
import signal
import sys

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, NewPartitions, NewTopic
from kafka.consumer.subscription_state import ConsumerRebalanceListener
from kafka.errors import KafkaError
from kafka.structs import OffsetAndMetadata

command, ask = sys.argv[1], json.loads(sys.argv[2])
servers = {"bootstrap_servers": ask["bootstrap"]}


def say(what):
    print(json.dumps(what), flush=True)


def text(value):
    return None if value is None else value.decode()


def produce(topic, records, acks="all", codec="none", idempotent=False):
    producer = KafkaProducer(**servers, acks=acks if acks == "all" else int(acks), linger_ms=20,
                             compression_type=None if codec == "none" else codec, enable_idempotence=idempotent)
    futures = [producer.send(topic, key=r["key"] and r["key"].encode(), value=r["value"].encode(),
                             headers=[(k, v.encode()) for k, v in r["headers"].items()]) for r in records]
    producer.flush(30)
    acked = len([f.get(30) for f in futures])
    producer.close()
    return acked


def consume(topic, count, isolation="read_uncommitted"):
    consumer = KafkaConsumer(**servers, isolation_level=isolation, consumer_timeout_ms=30000, auto_offset_reset="earliest")
    consumer.assign([TopicPartition(topic, p) for p in sorted(consumer.partitions_for_topic(topic))])
    consumer.seek_to_beginning()
    read = []
    for message in consumer:
        read.append(message)
        if len(read) == count:
            break
    consumer.close()
    return read


def member():
    consumer = KafkaConsumer(**servers, group_id=ask["group"], enable_auto_commit=False, auto_offset_reset="earliest",
                             session_timeout_ms=6000, heartbeat_interval_ms=500, max_poll_interval_ms=10000)
    running = True

    def stop(*_):
        nonlocal running
        running = False

    class Listener(ConsumerRebalanceListener):
        def on_partitions_revoked(self, revoked):
            say({"assigned": []})

        def on_partitions_assigned(self, assigned):
            say({"assigned": sorted(p.partition for p in consumer.assignment())})

    signal.signal(signal.SIGTERM, stop)
    consumer.subscribe([ask["topic"]], listener=Listener())
    while running:
        for partition, messages in consumer.poll(100).items():
            for message in messages:
                say({"partition": message.partition, "offset": message.offset, "value": text(message.value)})
                try:
                    consumer.commit({partition: OffsetAndMetadata(message.offset + 1, "", -1)})
                except KafkaError:
                    break  # the partition went to another member meanwhile, which reads the record again
    consumer.close()


def committed():
    consumer = KafkaConsumer(**servers, group_id=ask["group"])
    partitions = sorted(consumer.partitions_for_topic(ask["topic"]))
    say({"committed": [consumer.committed(TopicPartition(ask["topic"], p)) or 0 for p in partitions]})
    consumer.close()


def create(topic, partitions):
    KafkaAdminClient(**servers).create_topics([NewTopic(topic, partitions, 1)])


def admin():
    client = KafkaAdminClient(**servers)
    topic, group = ask["topic"], ask["group"]
    answer = {}
    client.create_topics([NewTopic(topic, 2, 1, topic_configs={"retention.ms": "99999"})])
    answer["created"] = True
    try:
        client.create_topics([NewTopic(topic, 2, 1)])
    except KafkaError as error:
        answer["existsError"] = repr(error)
    answer["partitions"] = len(client.describe_topics([topic])[0]["partitions"])
    client.create_partitions({topic: NewPartitions(4)})
    answer["partitionsAfter"] = len(client.describe_topics([topic])[0]["partitions"])
    client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, {"retention.ms": "123456"})])
    described = client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    answer["retentionMs"] = retention(described)
    produce(topic, [{"key": "same", "value": str(i), "headers": {}} for i in range(5)])
    consumer = KafkaConsumer(**servers)
    answer["endOffset"] = sum(consumer.end_offsets([TopicPartition(topic, p) for p in range(4)]).values())
    consumer.close()
    answer["listsTopic"] = topic in client.list_topics()
    client.alter_group_offsets(group, {TopicPartition(topic, 0): OffsetAndMetadata(0, "", -1)})
    answer["listsGroup"] = group in json.dumps(client.list_groups(), default=str)
    client.delete_groups([group])
    client.delete_topics([topic])
    answer["deleted"] = True
    try:
        client.delete_topics([topic + "-absent"])
    except KafkaError as error:
        answer["unknownError"] = repr(error)
    say(answer)


def retention(described):
    """The answer's shape differs between releases: find the value wherever it is."""
    if isinstance(described, dict):
        if "retention.ms" in described:
            found = described["retention.ms"]
            return found["value"] if isinstance(found, dict) else found
        if described.get("name") == "retention.ms":
            return described.get("value")
        described = list(described.values())
    if isinstance(described, (list, tuple)):
        for item in described:
            found = retention(item)
            if found is not None:
                return found
    return None


def transaction():
    topic = ask["topic"]
    producer = KafkaProducer(**servers, transactional_id=ask["id"], max_block_ms=20000)
    producer.init_transactions()
    for count, commit in ((3, True), (3, False), (2, True)):
        producer.begin_transaction()
        for i in range(count):
            producer.send(topic, value=(("commit" if commit else "abort") + str(i)).encode())
        producer.flush(30)
        producer.commit_transaction() if commit else producer.abort_transaction()
    producer.close()
    seen = [text(m.value) for m in consume(topic, 5, "read_committed")]
    assert not any(value.startswith("abort") for value in seen), seen
    say({"committed": 5, "aborted": 3, "seen": len(seen)})


if command == "create":
    create(ask["topic"], ask["partitions"])
elif command == "produce":
    say({"acked": produce(ask["topic"], ask["records"], ask["acks"], ask["codec"], ask["idempotent"])})
elif command == "consume":
    for m in consume(ask["topic"], ask["count"]):
        say({"partition": m.partition, "offset": m.offset, "key": text(m.key), "value": text(m.value),
             "headers": {name: text(value) for name, value in m.headers}})
else:
    {"member": member, "admin": admin, "transaction": transaction, "committed": committed}[command]()
