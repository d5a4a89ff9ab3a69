/** The few requests that benches make by themselves: topics made and deleted, one record acknowledged. */

import { lazyCrc32c } from '../../src/env/node/index.ts'
import { CreateTopics, DeleteTopics, errorName, errors, Produce } from '../../src/protocol/index.ts'
import { BatchBuilder } from '../../src/records/index.ts'
import { RawClient } from './raw-client.ts'

const crc32c = lazyCrc32c()

export async function createTopic(
  client: RawClient,
  name: string,
  partitions: number,
  configs: Readonly<Record<string, string>> = {},
): Promise<void> {
  const topic = {
    ...{ name, numPartitions: partitions, replicationFactor: 1 },
    configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
  }
  const { topics } = await client.request(CreateTopics, 7, { topics: [topic], timeoutMs: 120_000 })
  const [made] = topics
  if (made!.errorCode !== errors.NONE) {
    throw new Error(`topic ${name} was refused: ${errorName(made!.errorCode)} ${made!.errorMessage ?? ''}`)
  }
}

export async function deleteTopic(bootstrap: string, name: string): Promise<void> {
  const client = await RawClient.connect(bootstrap)
  await client.request(DeleteTopics, 6, { topics: [{ name }], timeoutMs: 60_000 })
  client.close()
}

/** A topic of its own for one measurement, deleted afterwards so that the disk stays small. */
export async function withTopic<T>(
  bootstrap: string,
  topic: { name: string; partitions: number; configs?: Readonly<Record<string, string>> },
  use: (name: string) => Promise<T>,
): Promise<T> {
  const client = await RawClient.connect(bootstrap)
  await createTopic(client, topic.name, topic.partitions, topic.configs)
  for (let partition = 0; partition < topic.partitions; partition++) {
    await untilAcknowledged(client, topic.name, partition)
  }
  client.close()
  try {
    return await use(topic.name)
  } finally {
    await deleteTopic(bootstrap, topic.name)
  }
}

export function oneRecordBatch(value: Uint8Array): Uint8Array {
  const builder = new BatchBuilder({}, value.length + 128)
  builder.append(Date.now(), null, value)
  return builder.build(crc32c)
}

/** Produces one record with acks=all until it is acknowledged: a new leader may need a moment after CreateTopics. */
export async function untilAcknowledged(client: RawClient, topic: string, partition: number): Promise<void> {
  const records = oneRecordBatch(new Uint8Array(16))
  const deadline = performance.now() + 60_000
  for (;;) {
    const { responses } = await client.request(Produce, 9, {
      ...{ transactionalId: null, acks: -1, timeoutMs: 30_000 },
      topicData: [{ name: topic, partitionData: [{ index: partition, records }] }],
    })
    const code = responses[0]!.partitionResponses[0]!.errorCode
    if (code === errors.NONE) return
    if (performance.now() > deadline) throw new Error(`no record was taken in a minute: ${errorName(code)}`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}
