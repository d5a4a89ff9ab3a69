import assert from 'node:assert/strict'
import { pbkdf2Sync } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import {
  AlterClientQuotas,
  AlterUserScramCredentials,
  ApiVersions,
  ConsumerGroupHeartbeat,
  CreateAcls,
  DeleteAcls,
  DescribeAcls,
  DescribeClientQuotas,
  DescribeUserScramCredentials,
  errorName,
  type errors,
  FindCoordinator,
  Metadata,
  type RequestIn,
  UpdateFeatures,
} from '../../src/protocol/index.ts'
import { type Broker, isApache, startBroker } from './harness.ts'

let broker: Broker
before(async () => {
  broker = await startBroker()
})
after(() => broker[Symbol.asyncDispose]())

/** Apache's broker hears of a change a moment after it is answered; ours before. */
async function comes<T>(wanted: T, now: () => Promise<T>): Promise<void> {
  let is = await now()
  for (let i = 0; isApache && i < 200 && JSON.stringify(is) !== JSON.stringify(wanted); i++) {
    await new Promise((resolve) => setTimeout(resolve, 20))
    is = await now()
  }
  assert.deepEqual(is, wanted)
}

describe('without an authorizer', () => {
  const refusal = ['SECURITY_DISABLED', 'No Authorizer is configured.']
  const acl = {
    resourceType: 2,
    resourceName: 't',
    resourcePatternType: 3,
    principal: 'User:anna',
    host: '*',
    operation: 3,
    permissionType: 3,
  }
  const filter = {
    resourceTypeFilter: 1,
    resourceNameFilter: null,
    patternTypeFilter: 1,
    principalFilter: null,
    hostFilter: null,
    operation: 1,
    permissionType: 1,
  }

  it('ACLs are not described', async () => {
    const answer = await broker.ask(DescribeAcls, filter)
    assert.deepEqual(
      [errorName(answer.errorCode), answer.errorMessage],
      [refusal[0], 'No Authorizer is configured on the broker'],
    )
    assert.deepEqual(answer.resources, [])
  })

  it('ACLs are not created', async () => {
    const { results } = await broker.ask(CreateAcls, { creations: [acl, acl] })
    assert.deepEqual(
      results.map((r) => [errorName(r.errorCode), r.errorMessage]),
      [refusal, refusal],
    )
  })

  it('ACLs are not deleted', async () => {
    const { filterResults } = await broker.ask(DeleteAcls, { filters: [filter] })
    assert.deepEqual(
      filterResults.map((r) => [errorName(r.errorCode), r.errorMessage]),
      [refusal],
    )
  })
})

describe('client quotas', () => {
  type Entry = NonNullable<RequestIn<typeof AlterClientQuotas>['entries']>[number]
  const entity = (...parts: [string, string | null][]) =>
    parts.map(([entityType, entityName]) => ({ entityType, entityName }))
  const alter = async (entry: Partial<Entry>, validateOnly = false) => {
    const entries = [{ entity: entity(['user', 'anna']), ops: [], ...entry }]
    const answer = await broker.ask(AlterClientQuotas, { entries, validateOnly })
    return errorName(answer.entries[0]!.errorCode)
  }
  const set = (key: string, value: number) => [{ key, value, remove: false }]
  const list = async (components: [type: string, matchType: number, match: string | null][], strict = false) => {
    const filter = components.map(([entityType, matchType, match]) => ({ entityType, matchType, match }))
    const { entries } = await broker.ask(DescribeClientQuotas, { components: filter, strict })
    return (entries ?? [])
      .map(
        (e) =>
          `${e.entity.map((p) => `${p.entityType}=${p.entityName}`).sort()}: ${e.values.map((v) => `${v.key}=${v.value}`)}`,
      )
      .sort()
  }
  const EXACT = 0
  const DEFAULT = 1
  const ANY = 2

  it('are set, found by what they are for, and removed', async () => {
    assert.equal(await alter({ ops: set('producer_byte_rate', 1024) }), 'NONE')
    assert.equal(await alter({ entity: entity(['user', null]), ops: set('consumer_byte_rate', 99) }), 'NONE')
    assert.equal(
      await alter({ entity: entity(['user', 'anna'], ['client-id', 'app']), ops: set('request_percentage', 50) }),
      'NONE',
    )
    const anna = 'user=anna: producer_byte_rate=1024'
    const app = 'client-id=app,user=anna: request_percentage=50'
    const others = 'user=null: consumer_byte_rate=99'
    await comes([app, anna, others], () => list([['user', ANY, null]]))
    assert.deepEqual(await list([['user', EXACT, 'anna']]), [app, anna])
    assert.deepEqual(await list([['user', EXACT, 'anna']], true), [anna])
    assert.deepEqual(await list([['user', DEFAULT, null]]), [others])
    assert.deepEqual(await list([['client-id', ANY, null]]), [app])
    assert.deepEqual(await list([]), [app, anna, others])
    assert.equal(await alter({ ops: [{ key: 'producer_byte_rate', value: 0, remove: true }] }), 'NONE')
    await comes([app], () => list([['user', EXACT, 'anna']]))
  })

  it('change nothing where it should only validate', async () => {
    assert.equal(await alter({ entity: entity(['user', 'eve']), ops: set('producer_byte_rate', 1) }, true), 'NONE')
    assert.deepEqual(await list([['user', EXACT, 'eve']]), [])
  })

  it('say what is wrong', async () => {
    const cases: [string, Partial<Entry>, keyof typeof errors][] = [
      ['no such key', { ops: set('bytes', 1) }, 'INVALID_REQUEST'],
      ['a negative rate', { ops: set('producer_byte_rate', -1) }, 'INVALID_REQUEST'],
      ['a fraction of a byte', { ops: set('producer_byte_rate', 1.5) }, 'INVALID_REQUEST'],
      ['for nobody', { entity: [], ops: set('producer_byte_rate', 1) }, 'INVALID_REQUEST'],
      ['for what is no kind', { entity: entity(['topic', 't']), ops: set('producer_byte_rate', 1) }, 'INVALID_REQUEST'],
      [
        'for a user and an address',
        { entity: entity(['user', 'a'], ['ip', '1.2.3.4']), ops: set('producer_byte_rate', 1) },
        'INVALID_REQUEST',
      ],
      [
        'for no address',
        { entity: entity(['ip', 'no host']), ops: set('connection_creation_rate', 1) },
        'INVALID_REQUEST',
      ],
    ]
    for (const [what, entry, code] of cases) assert.equal(await alter(entry), code, what)
    const twice = { entityType: 'user', matchType: ANY, match: null }
    const answer = await broker.ask(DescribeClientQuotas, { components: [twice, twice], strict: false })
    assert.deepEqual([errorName(answer.errorCode), answer.entries], ['INVALID_REQUEST', null])
  })
})

describe('SCRAM credentials', () => {
  const SHA_256 = 1
  const salt = Buffer.from('0123456789abcdef')
  const salted = (iterations: number) => pbkdf2Sync('secret', salt, iterations, 32, 'sha256')
  const upsert = async (name: string, iterations: number, mechanism = SHA_256) => {
    const upsertions = [{ name, mechanism, iterations, salt, saltedPassword: salted(4096) }]
    const { results } = await broker.ask(AlterUserScramCredentials, { deletions: [], upsertions })
    return `${results[0]!.user} ${errorName(results[0]!.errorCode)}`
  }
  const remove = async (name: string, mechanism = SHA_256) => {
    const deletions = [{ name, mechanism }]
    const { results } = await broker.ask(AlterUserScramCredentials, { deletions, upsertions: [] })
    return errorName(results[0]!.errorCode)
  }
  const describeUsers = async (...names: string[]) => {
    const users = names.length === 0 ? null : names.map((name) => ({ name }))
    const { results } = await broker.ask(DescribeUserScramCredentials, { users })
    return results
      .map(
        (r) => `${r.user} ${errorName(r.errorCode)} ${r.credentialInfos.map((c) => `${c.mechanism}/${c.iterations}`)}`,
      )
      .sort()
  }

  it('are set, described without their secrets, and deleted', async () => {
    assert.equal(await upsert('anna', 4096), 'anna NONE')
    await comes(['anna NONE 1/4096'], () => describeUsers())
    assert.equal(await upsert('anna', 8192), 'anna NONE')
    await comes(['anna NONE 1/8192'], () => describeUsers('anna'))
    assert.equal(await remove('anna'), 'NONE')
    await comes(['anna RESOURCE_NOT_FOUND '], () => describeUsers('anna'))
  })

  it('say what is wrong', async () => {
    assert.equal(await upsert('eve', 4095), 'eve UNACCEPTABLE_CREDENTIAL')
    assert.equal(await upsert('eve', 16385), 'eve UNACCEPTABLE_CREDENTIAL')
    assert.equal(await upsert('', 4096), ' UNACCEPTABLE_CREDENTIAL')
    assert.equal(await upsert('eve', 4096, 9), 'eve UNSUPPORTED_SASL_MECHANISM')
    assert.equal(await remove('nobody'), 'RESOURCE_NOT_FOUND')
    assert.deepEqual(await describeUsers('nobody', 'nobody'), ['nobody DUPLICATE_RESOURCE '])
  })

  it('are changed once in a request; what is wrong with the first change is said first', async () => {
    const change = { name: 'eve', mechanism: SHA_256, iterations: 4096, salt, saltedPassword: salted(4096) }
    for (const [upsertions, deletions, code] of [
      [[change, change], [], 'DUPLICATE_RESOURCE'],
      [[{ ...change, iterations: 1 }, change], [], 'UNACCEPTABLE_CREDENTIAL'],
      [[change], [{ name: 'eve', mechanism: SHA_256 }], 'RESOURCE_NOT_FOUND'],
    ] as const) {
      const { results } = await broker.ask(AlterUserScramCredentials, { deletions, upsertions })
      assert.deepEqual(
        results.map((r) => errorName(r.errorCode)),
        [code],
      )
    }
    assert.deepEqual(await describeUsers(), [])
  })
})

describe('features', () => {
  const update = async (feature: string, maxVersionLevel: number, upgradeType = 1, validateOnly = false) => {
    const featureUpdates = [{ feature, maxVersionLevel, upgradeType }]
    const answer = await broker.ask(UpdateFeatures, { timeoutMs: 5000, featureUpdates, validateOnly })
    return errorName(answer.errorCode)
  }
  const level = async (name: string) => {
    const ask = { clientSoftwareName: 'test', clientSoftwareVersion: '1' }
    const { finalizedFeatures } = await broker.ask(ApiVersions, ask)
    return finalizedFeatures.find((feature) => feature.name === name)?.maxVersionLevel ?? 0
  }
  const SAFE_DOWNGRADE = 2

  it('go down and up again, and ApiVersions tells', async () => {
    assert.equal(await update('transaction.version', 1, SAFE_DOWNGRADE), 'NONE')
    await comes(1, () => level('transaction.version'))
    assert.equal(await update('transaction.version', 2), 'NONE')
    await comes(2, () => level('transaction.version'))
  })

  it('stay as they are where it should only validate', async () => {
    assert.equal(await update('transaction.version', 1, SAFE_DOWNGRADE, true), 'NONE')
    assert.equal(await level('transaction.version'), 2)
  })

  it('say what is wrong', async () => {
    assert.equal(await update('no.such.feature', 1), 'INVALID_UPDATE_VERSION')
    assert.equal(await update('metadata.version', 99), 'INVALID_UPDATE_VERSION')
    assert.equal(await update('transaction.version', 1), 'INVALID_UPDATE_VERSION')
    assert.equal(await update('transaction.version', 1, 9), 'INVALID_UPDATE_VERSION')
    assert.equal(await level('transaction.version'), 2)
  })
})

describe('a topic that may not be described', () => {
  let guarded: Broker
  before(async () => {
    guarded = await startBroker({
      config: {
        'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
        'allow.everyone.if.no.acl.found': 'true',
        'offsets.topic.num.partitions': '1',
      },
      topics: ['orders', 'secrets'],
    })
    const denied = { principal: 'User:ANONYMOUS', host: '*', operation: 2, permissionType: 2 }
    const creations = [{ resourceType: 2, resourceName: 'secrets', resourcePatternType: 3, ...denied }]
    const answer = await guarded.ask(CreateAcls, { creations })
    assert.equal(errorName(answer.results[0]!.errorCode), 'NONE')
    await comes(['TOPIC_AUTHORIZATION_FAILED'], async () => {
      const { topics } = await guarded.ask(Metadata, { topics: [{ name: 'secrets' }] }, 1)
      return topics.map(({ errorCode }) => errorName(errorCode))
    })
  })
  after(() => guarded[Symbol.asyncDispose]())

  const seen = async (version: number, ...names: string[]) => {
    const { brokers, topics } = await guarded.ask(Metadata, { topics: names.map((name) => ({ name })) }, version)
    return [brokers.length, ...topics.map(({ name, errorCode }) => `${name} ${errorName(errorCode)}`)]
  }

  it('is refused alone in every version of Metadata', async () => {
    for (let version = 0; version <= Metadata.maxVersion; version++) {
      assert.deepEqual(await seen(version, 'secrets'), [1, 'secrets TOPIC_AUTHORIZATION_FAILED'], `version ${version}`)
    }
    assert.deepEqual(await seen(0, 'secrets', 'orders'), [1, 'orders NONE', 'secrets TOPIC_AUTHORIZATION_FAILED'])
    assert.deepEqual(await seen(0), [1, 'orders NONE'])
  })

  it('is not given to a consumer whose pattern matches its name', async () => {
    const { topics } = await guarded.ask(Metadata, { topics: [{ name: 'orders' }] }, 12)
    const { topicId } = topics[0]!
    await guarded.ask(FindCoordinator, { keyType: 0, coordinatorKeys: ['patterns'] })
    const say = { groupId: 'patterns', memberId: 'aaaaaaaaaaaaaaaaaaaaaa', rebalanceTimeoutMs: 45_000 }
    let epoch = 0
    let given: readonly string[] = []
    for (let i = 0; i < 500 && given.length === 0; i++) {
      const more = epoch === 0 ? { topicPartitions: [] } : {}
      const answer = await guarded.ask(ConsumerGroupHeartbeat, {
        ...{ ...say, ...more, memberEpoch: epoch, subscribedTopicRegex: '(orders|secrets)' },
      })
      const code = errorName(answer.errorCode)
      if (code === 'NONE') {
        epoch = answer.memberEpoch
        given = answer.assignment?.topicPartitions.map((one) => one.topicId) ?? []
      } else assert.match(code, /COORDINATOR/)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    assert.deepEqual(given, [topicId])
  })
})
