"""aiokafka as one of the libraries of suite.ts."""
import asyncio
import json
import signal
import sys

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, for_code

command, ask = sys.argv[1], json.loads(sys.argv[2])
servers = {"bootstrap_servers": ask["bootstrap"]}


def say(what):
    print(json.dumps(what), flush=True)


def text(value):
    return None if value is None else value.decode()


async def produce(topic, records, acks="all", codec="none", idempotent=False):
    settings = {"enable_idempotence": True} if idempotent else {"acks": acks if acks == "all" else int(acks)}
    async with AIOKafkaProducer(**servers, **settings, linger_ms=20,
                                compression_type=None if codec == "none" else codec) as producer:
        sent = [await producer.send(topic, key=r["key"] and r["key"].encode(), value=r["value"].encode(),
                                    headers=[(k, v.encode()) for k, v in r["headers"].items()]) for r in records]
        return len(await asyncio.gather(*sent))


async def consume(topic, count, isolation="read_uncommitted"):
    async with AIOKafkaConsumer(**servers, isolation_level=isolation, auto_offset_reset="earliest") as consumer:
        # only a subscription makes it ask for the topic's partitions
        consumer.subscribe([topic])
        return [await asyncio.wait_for(consumer.getone(), 30) for _ in range(count)]


async def member():
    consumer = AIOKafkaConsumer(**servers, group_id=ask["group"], enable_auto_commit=False, auto_offset_reset="earliest",
                                session_timeout_ms=6000, heartbeat_interval_ms=500, max_poll_interval_ms=10000)
    stopped = asyncio.Event()

    class Listener(ConsumerRebalanceListener):
        async def on_partitions_revoked(self, revoked):
            say({"assigned": []})

        async def on_partitions_assigned(self, assigned):
            say({"assigned": sorted(p.partition for p in assigned)})

    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    consumer.subscribe([ask["topic"]], listener=Listener())
    await consumer.start()
    while not stopped.is_set():
        for partition, messages in (await consumer.getmany(timeout_ms=100)).items():
            for message in messages:
                say({"partition": message.partition, "offset": message.offset, "value": text(message.value)})
                try:
                    await consumer.commit({partition: message.offset + 1})
                except KafkaError:
                    break  # the partition went to another member meanwhile, which reads the record again
    await consumer.stop()


async def partitions_of(topic):
    client = AIOKafkaAdminClient(**servers)
    await client.start()
    described = await client.describe_topics([topic])
    await client.close()
    return [TopicPartition(topic, p) for p in range(len(described[0]["partitions"]))]


async def committed():
    partitions = await partitions_of(ask["topic"])
    async with AIOKafkaConsumer(**servers, group_id=ask["group"]) as consumer:
        consumer.assign(partitions)
        say({"committed": [await consumer.committed(p) or 0 for p in partitions]})


def refusal(errors):
    """The client gives the answer of a refused request without raising."""
    return for_code(errors[0][1]).__name__


async def create():
    client = AIOKafkaAdminClient(**servers)
    await client.start()
    await client.create_topics([NewTopic(ask["topic"], ask["partitions"], 1)])
    await client.close()


async def administer():
    client = AIOKafkaAdminClient(**servers)
    await client.start()
    topic, group = ask["topic"], ask["group"]
    answer = {}
    made = await client.create_topics([NewTopic(topic, 2, 1, topic_configs={"retention.ms": "99999"})])
    answer["created"] = made.topic_errors[0][1] == 0
    again = await client.create_topics([NewTopic(topic, 2, 1)])
    answer["existsError"] = refusal(again.topic_errors)
    answer["partitions"] = len((await client.describe_topics([topic]))[0]["partitions"])
    await client.create_partitions({topic: NewPartitions(4)})
    answer["partitionsAfter"] = len((await client.describe_topics([topic]))[0]["partitions"])
    await client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, {"retention.ms": "123456"})])
    described = await client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    answer["retentionMs"] = next(c[1] for c in described[0].resources[0][4] if c[0] == "retention.ms")
    await produce(topic, [{"key": "same", "value": str(i), "headers": {}} for i in range(5)])
    partitions = [TopicPartition(topic, p) for p in range(4)]
    async with AIOKafkaConsumer(**servers, group_id=group, enable_auto_commit=False) as consumer:
        consumer.assign(partitions)
        answer["endOffset"] = sum((await consumer.end_offsets(partitions)).values())
        await consumer.commit({partitions[0]: 0})
    answer["listsTopic"] = topic in await client.list_topics()
    answer["listsGroup"] = group in [name for name, _ in await client.list_consumer_groups()]
    gone = await client.delete_topics([topic])
    answer["deleted"] = gone.topic_error_codes[0][1] == 0
    absent = await client.delete_topics([topic + "-absent"])
    answer["unknownError"] = refusal(absent.topic_error_codes)
    await client.close()
    say(answer)


async def transaction():
    topic = ask["topic"]
    producer = AIOKafkaProducer(**servers, transactional_id=ask["id"])
    await asyncio.wait_for(producer.start(), 20)
    for count, commit in ((3, True), (3, False), (2, True)):
        await producer.begin_transaction()
        for i in range(count):
            await producer.send_and_wait(topic, (("commit" if commit else "abort") + str(i)).encode())
        await (producer.commit_transaction() if commit else producer.abort_transaction())
    await producer.stop()
    seen = [text(m.value) for m in await consume(topic, 5, "read_committed")]
    assert not any(value.startswith("abort") for value in seen), seen
    say({"committed": 5, "aborted": 3, "seen": len(seen)})


async def main():
    if command == "produce":
        say({"acked": await produce(ask["topic"], ask["records"], ask["acks"], ask["codec"], ask["idempotent"])})
    elif command == "consume":
        for m in await consume(ask["topic"], ask["count"]):
            say({"partition": m.partition, "offset": m.offset, "key": text(m.key), "value": text(m.value),
                 "headers": {name: text(value) for name, value in m.headers}})
    else:
        rest = {"create": create, "member": member, "admin": administer, "transaction": transaction}
        await {**rest, "committed": committed}[command]()


asyncio.run(main())
