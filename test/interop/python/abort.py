"""librdkafka: twenty committed transactions with aborted ones between them, offsets within one, and a fenced producer."""
import json
import sys

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

bootstrap, topic, transactional_id = sys.argv[1:4]
servers = {"bootstrap.servers": bootstrap}


def begin():
    producer = Producer({**servers, "transactional.id": transactional_id})
    producer.init_transactions(30)
    return producer


old = begin()
for i in range(20):
    old.begin_transaction()
    old.produce(topic, f"abort-{i}")
    old.flush(30)
    old.abort_transaction(30)
    old.begin_transaction()
    old.produce(topic, f"commit-{i}")
    old.commit_transaction(30)

group = transactional_id + "-group"
consumer = Consumer({**servers, "group.id": group, "isolation.level": "read_committed", "auto.offset.reset": "earliest"})
old.begin_transaction()
old.send_offsets_to_transaction([TopicPartition(topic, 0, 7)], consumer.consumer_group_metadata(), 30)
old.commit_transaction(30)
offset = consumer.committed([TopicPartition(topic, 0)], 30)[0].offset

old.begin_transaction()
old.produce(topic, "abort-of-the-old")
old.flush(30)
new = begin()  # aborts what the old one left open, and fences it
fenced = False
try:
    old.commit_transaction(30)
except KafkaException as error:
    fenced = error.args[0].code() in (-144, 47, 90)

consumer.assign([TopicPartition(topic, 0, 0)])
seen = []
while True:
    message = consumer.poll(10 if len(seen) < 20 else 2)
    if message is None:
        break
    if message.error():
        raise KafkaException(message.error())
    seen.append(message.value().decode())
consumer.close()
assert seen == [f"commit-{i}" for i in range(20)], seen
print(json.dumps({"committed": 20, "seen": len(seen), "fenced": fenced, "offset": offset}))
