import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type AclBinding, type Admin, Kafka } from '../../src/client/node.ts'
import { startKafka } from '../../src/testing/index.ts'

type Running = Awaited<ReturnType<typeof startKafka>>

const passwords = { admin: 'admin-secret', anna: 'anna-secret', bob: 'bob-secret' }
type User = keyof typeof passwords
const users = Object.entries(passwords).map(([user, password]) => `user_${user}="${password}"`)
const jaas = `org.apache.kafka.common.security.plain.PlainLoginModule required username="admin" password="${passwords.admin}" ${users.join(' ')};`

const config = {
  'listener.security.protocol.map': 'PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT',
  'inter.broker.listener.name': 'PLAINTEXT',
  'sasl.enabled.mechanisms': 'PLAIN',
  'sasl.mechanism.inter.broker.protocol': 'PLAIN',
  'sasl.mechanism.controller.protocol': 'PLAIN',
  'listener.name.plaintext.plain.sasl.jaas.config': jaas,
  'listener.name.controller.plain.sasl.jaas.config': jaas,
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'super.users': 'User:admin',
}

const acl = (more: Partial<AclBinding>): AclBinding => ({
  ...{ resourceType: 'topic', name: 'orders', patternType: 'literal' },
  ...{ principal: 'User:anna', host: '*', operation: 'Read', type: 'allow' },
  ...more,
})

/** One process that decides itself, and brokers that ask a controller over the network: both enforce the same. */
for (const brokers of [1, 2]) {
  describe(`with an authorizer, ${brokers} broker(s)`, () => {
    let kafka: Running
    let admin: Admin
    const clients: { close(): Promise<void> }[] = []
    const as = (user: User) => {
      const sasl = { mechanism: 'PLAIN', username: user, password: passwords[user] } as const
      return new Kafka({ bootstrapServers: kafka.bootstrapServers, sasl, apiTimeoutMs: 10_000 })
    }
    const adminOf = (user: User) => {
      const client = as(user).admin()
      clients.push(client)
      return client
    }
    before(async () => {
      kafka = await startKafka({ config, brokers, topics: ['orders', 'secrets'] })
      admin = adminOf('admin')
    })
    after(async () => {
      for (const client of clients) await client.close()
      await kafka.stop()
    })
    const grant = async (...acls: AclBinding[]) => admin.createAcls(acls)
    const revoke = async () => admin.deleteAcls(await admin.describeAcls())
    const refused = (code: string) => ({ code })

    test('nothing is allowed without an ACL, and what is hidden does not show', async () => {
      await revoke()
      const anna = adminOf('anna')
      assert.deepEqual(await anna.listTopics(), new Map())
      const described = (await anna.describeTopics(['orders'])).get('orders')!
      assert.equal(described.error?.code, 'TOPIC_AUTHORIZATION_FAILED')
      const made = await anna.createTopics([{ name: 'mine', partitions: 1, replicationFactor: 1 }])
      assert.equal(made.get('mine')!.error?.code, 'TOPIC_AUTHORIZATION_FAILED')
      const deleted = await anna.deleteTopics(['orders'])
      assert.equal([...deleted.values()][0]!.error?.code, 'TOPIC_AUTHORIZATION_FAILED')
      await assert.rejects(anna.describeAcls(), refused('CLUSTER_AUTHORIZATION_FAILED'))
      await assert.rejects(anna.createAcls([acl({})]), refused('CLUSTER_AUTHORIZATION_FAILED'))
      assert.deepEqual(await admin.describeAcls(), [])
    })

    test('write, read and group are told apart', async () => {
      await revoke()
      await using producer = as('anna').producer({ idempotent: false })
      await assert.rejects(producer.send({ topic: 'orders', value: 'x' }), refused('TOPIC_AUTHORIZATION_FAILED'))
      await grant(acl({ operation: 'Write' }))
      await producer.send({ topic: 'orders', value: 'first' })
      await using idempotent = as('anna').producer()
      await idempotent.send({ topic: 'orders', value: 'second' })
      await assert.rejects(producer.send({ topic: 'secrets', value: 'x' }), refused('TOPIC_AUTHORIZATION_FAILED'))

      const reader = (groupId?: string) =>
        as('bob').consumer({
          topics: ['orders'],
          autoOffsetReset: 'earliest',
          ...(groupId === undefined ? {} : { groupId }),
        })
      const bob = { principal: 'User:bob' }
      await grant(acl({ ...bob }))
      await using outsider = reader('readers')
      await assert.rejects(outsider.poll({ timeoutMs: 5000 }), refused('GROUP_AUTHORIZATION_FAILED'))
      await grant(acl({ ...bob, resourceType: 'group', name: 'read', patternType: 'prefix' }))
      await using member = reader('readers')
      const seen: string[] = []
      while (seen.length < 2) {
        for (const { value } of await member.poll({ timeoutMs: 5000 })) seen.push(Buffer.from(value!).toString())
      }
      assert.deepEqual(seen, ['first', 'second'])
    })

    test('a denial beats an allowance, at once, also for who reads already', async () => {
      await revoke()
      await grant(acl({ principal: 'User:*' }), acl({ principal: 'User:anna', operation: 'Write' }))
      await using producer = as('anna').producer({ idempotent: false })
      await producer.send({ topic: 'orders', value: 'third' })
      await using consumer = as('bob').consumer({ autoOffsetReset: 'earliest' })
      consumer.assign([{ topic: 'orders', partition: 0 }])
      assert.ok((await consumer.poll({ timeoutMs: 5000 })).length > 0)
      await grant(acl({ principal: 'User:bob', type: 'deny' }))
      await producer.send({ topic: 'orders', value: 'fourth' })
      await assert.rejects(async () => {
        for (let i = 0; i < 20; i++) await consumer.poll({ timeoutMs: 500 })
      }, refused('TOPIC_AUTHORIZATION_FAILED'))
    })

    test('who may create topics with a prefix makes those and no others, and sees what is his', async () => {
      await revoke()
      const mine = { name: 'anna-', patternType: 'prefix' } as const
      await grant(acl({ ...mine, operation: 'Create' }), acl({ ...mine, operation: 'Describe' }))
      const anna = adminOf('anna')
      const topics = ['anna-one', 'other'].map((name) => ({ name, partitions: 1, replicationFactor: 1 }))
      const made = await anna.createTopics(topics)
      assert.equal(made.get('anna-one')!.error, null)
      assert.equal(made.get('other')!.error?.code, 'TOPIC_AUTHORIZATION_FAILED')
      assert.deepEqual([...(await anna.listTopics()).keys()], ['anna-one'])
    })

    test('ACLs are listed and removed', async () => {
      await revoke()
      const [a, b] = [acl({}), acl({ name: 'ord', patternType: 'prefix', operation: 'Write' })]
      await grant(a, b, a)
      assert.deepEqual(new Set(await admin.describeAcls()), new Set([a, b]))
      await admin.deleteAcls([b])
      assert.deepEqual(await admin.describeAcls(), [a])
    })
  })
}

test('other authorizers are refused by name', async () => {
  const start = startKafka({ config: { 'authorizer.class.name': 'kafka.security.authorizer.AclAuthorizer' } })
  await assert.rejects(start, /AclAuthorizer.*StandardAuthorizer is built in/)
})
