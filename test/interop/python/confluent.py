"""confluent-kafka (librdkafka) as one of the libraries of suite.ts."""
import json
import signal
import sys

from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import (
    AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, NewPartitions, NewTopic, OffsetSpec, ResourceType,
)

command, ask = sys.argv[1], json.loads(sys.argv[2])
servers = {"bootstrap.servers": ask["bootstrap"]}


def say(what):
    print(json.dumps(what), flush=True)


def text(value):
    return None if value is None else value.decode()


def create(topic, partitions):
    client = AdminClient(servers)  # it ends with its last reference
    client.create_topics([NewTopic(topic, partitions, 1)])[topic].result(30)


def produce(topic, records, **settings):
    producer = Producer({**servers, "linger.ms": 20, **settings})
    acked = []

    def done(error, message):
        if error is not None:
            raise KafkaException(error)
        acked.append(message.offset())

    for record in records:
        producer.produce(topic, key=record["key"], value=record["value"],
                         headers=list(record["headers"].items()), on_delivery=done)
    producer.flush(30)
    return len(acked)


def consume(topic, count, isolation="read_uncommitted", limit=30):
    consumer = Consumer({**servers, "group.id": "none", "enable.auto.commit": False,
                         "isolation.level": isolation, "enable.partition.eof": False})
    partitions = consumer.list_topics(topic, 30).topics[topic].partitions
    consumer.assign([TopicPartition(topic, p, 0) for p in partitions])
    read = []
    while len(read) < count:
        message = consumer.poll(limit)
        if message is None:
            break
        if message.error():
            raise KafkaException(message.error())
        read.append(message)
    consumer.close()
    return read


def member():
    settings = {**servers, "group.id": ask["group"], "enable.auto.commit": False, "auto.offset.reset": "earliest",
                "group.protocol": ask["protocol"]}
    if ask["protocol"] == "classic":
        settings |= {"session.timeout.ms": 6000, "heartbeat.interval.ms": 500}
    consumer = Consumer(settings)
    running = True

    def stop(*_):
        nonlocal running
        running = False

    signal.signal(signal.SIGTERM, stop)
    consumer.subscribe([ask["topic"]])
    before = None
    while running:
        message = consumer.poll(0.1)
        now = sorted(p.partition for p in consumer.assignment())
        if now != before:
            before = now
            say({"assigned": now})
        if message is None:
            continue
        if message.error():
            raise KafkaException(message.error())
        say({"partition": message.partition(), "offset": message.offset(), "value": text(message.value())})
        try:
            consumer.commit(message, asynchronous=False)
        except KafkaException:
            pass  # the partition went to another member meanwhile, which reads the record again
    consumer.close()


def admin():
    client = AdminClient(servers)
    topic, group = ask["topic"], ask["group"]
    answer = {}
    client.create_topics([NewTopic(topic, 2, 1, config={"retention.ms": "99999"})])[topic].result(30)
    answer["created"] = True
    try:
        client.create_topics([NewTopic(topic, 2, 1)])[topic].result(30)
    except KafkaException as error:
        answer["existsError"] = str(error)
    answer["partitions"] = len(client.list_topics(topic, 30).topics[topic].partitions)
    client.create_partitions([NewPartitions(topic, 4)])[topic].result(30)
    answer["partitionsAfter"] = len(client.list_topics(topic, 30).topics[topic].partitions)
    entry = ConfigEntry("retention.ms", "123456", incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[entry])
    list(client.incremental_alter_configs([resource]).values())[0].result(30)
    described = list(client.describe_configs([ConfigResource(ResourceType.TOPIC, topic)]).values())[0].result(30)
    answer["retentionMs"] = described["retention.ms"].value
    records = [{"key": "same", "value": str(i), "headers": {}} for i in range(5)]
    produce(topic, records)
    latest = client.list_offsets({TopicPartition(topic, p): OffsetSpec.latest() for p in range(4)})
    answer["endOffset"] = sum(f.result(30).offset for f in latest.values())
    answer["listsTopic"] = topic in client.list_topics(timeout=30).topics
    offsets = [ConsumerGroupTopicPartitions(group, [TopicPartition(topic, 0, 0)])]
    client.alter_consumer_group_offsets(offsets)[group].result(30)
    answer["listsGroup"] = group in [g.group_id for g in client.list_consumer_groups().result(30).valid]
    client.delete_consumer_groups([group])[group].result(30)
    client.delete_topics([topic])[topic].result(30)
    answer["deleted"] = True
    try:
        client.delete_topics([topic + "-absent"])[topic + "-absent"].result(30)
    except KafkaException as error:
        answer["unknownError"] = str(error)
    say(answer)


def transaction():
    topic = ask["topic"]
    producer = Producer({**servers, "transactional.id": ask["id"]})
    producer.init_transactions(20)
    for count, commit in ((3, True), (3, False), (2, True)):
        producer.begin_transaction()
        for i in range(count):
            producer.produce(topic, value=("commit" if commit else "abort") + str(i))
        if commit:
            producer.commit_transaction(30)
        else:
            producer.flush(30)
            producer.abort_transaction(30)
    seen = [text(m.value()) for m in consume(topic, 5, "read_committed")]
    assert not any(value.startswith("abort") for value in seen), seen
    say({"committed": 5, "aborted": 3, "seen": len(seen)})


def committed():
    consumer = Consumer({**servers, "group.id": ask["group"]})
    partitions = sorted(consumer.list_topics(ask["topic"], 30).topics[ask["topic"]].partitions)
    offsets = consumer.committed([TopicPartition(ask["topic"], p) for p in partitions], 30)
    say({"committed": [o.offset for o in offsets]})
    consumer.close()


if command == "create":
    create(ask["topic"], ask["partitions"])
elif command == "produce":
    say({"acked": produce(ask["topic"], ask["records"], **{
        "acks": ask["acks"], "compression.type": ask["codec"], "enable.idempotence": ask["idempotent"]})})
elif command == "consume":
    for m in consume(ask["topic"], ask["count"]):
        say({"partition": m.partition(), "offset": m.offset(), "key": text(m.key()), "value": text(m.value()),
             "headers": {name: text(value) for name, value in m.headers() or []}})
else:
    {"member": member, "admin": admin, "transaction": transaction, "committed": committed}[command]()
