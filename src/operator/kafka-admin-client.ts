/** {@link KafkaAdmin} over the client. Connections to a cluster are kept while it is asked about. */
import {
  Admin,
  type ConfigEntry,
  type ConfigResource,
  isKafkaError,
  type Outcome,
  type TopicRef,
} from '../client/index.ts'
import type { Env, LogFields, Logger } from '../env/index.ts'
import { METADATA_VERSION, metadataVersionFromText, metadataVersionOf } from '../metadata/index.ts'
import type {
  Acl,
  Bootstrap,
  BrokerSetting,
  FactsAsk,
  Found,
  KafkaAction,
  KafkaAdmin,
  KafkaFacts,
  KafkaFailure,
  KafkaResult,
  PartitionFacts,
  TopicFacts,
  UserFacts,
} from './kafka-admin.ts'

export interface AdminTimes {
  /** Of one question about the cluster. */
  readonly askMs: number
  /** Of a change. */
  readonly changeMs: number
  /** A connection that nobody asked through for this long is closed. */
  readonly idleMs: number
}

const usualTimes: AdminTimes = { askMs: 5000, changeMs: 30_000, idleMs: 300_000 }

interface Kept {
  readonly admin: Admin
  usedMs: number
}

const done: KafkaResult = { error: null }

const failureOf = (problem: unknown): KafkaFailure => {
  if (!isKafkaError(problem)) throw problem
  return { code: problem.code, message: problem.message, isPassing: problem.isRetriable }
}

const resultOf = (outcome: Outcome<unknown> | undefined): KafkaResult =>
  outcome?.error ? { error: failureOf(outcome.error) } : done

/** What the client complains about on its way comes with its answer, too. */
const quiet = (logger: Logger): Pick<Logger, 'debug' | 'info' | 'warn' | 'error'> => {
  const low = (message: string, fields?: LogFields): void => logger.debug(message, fields)
  return { debug: low, info: low, warn: low, error: (message, fields) => logger.error(message, fields) }
}

export class ClientAdmin implements KafkaAdmin {
  readonly #env: Env
  readonly #clientId: string
  readonly #times: AdminTimes
  readonly #kept = new Map<string, Kept>()

  constructor(env: Env, clientId: string, times: AdminTimes = usualTimes) {
    this.#env = env
    this.#clientId = clientId
    this.#times = times
  }

  async close(): Promise<void> {
    const all = [...this.#kept.values()]
    this.#kept.clear()
    for (const { admin } of all) await admin.close()
  }

  #admin({ servers, tls }: Bootstrap): Admin {
    const nowMs = this.#env.clock.monoMs()
    for (const [key, kept] of this.#kept) {
      if (nowMs - kept.usedMs < this.#times.idleMs) continue
      this.#kept.delete(key)
      void kept.admin.close()
    }
    // another certificate is another connection: the old one may be refused from now on
    const key = `${servers}\n${tls?.cert ?? ''}\n${tls?.trustedCerts ?? ''}`
    let kept = this.#kept.get(key)
    if (!kept) {
      const admin = new Admin(this.#env, {
        bootstrapServers: servers,
        clientId: this.#clientId,
        requestTimeoutMs: this.#times.askMs,
        apiTimeoutMs: this.#times.askMs,
        connectTimeoutMs: Math.min(2000, this.#times.askMs),
        ...(tls ? { tls: { ca: tls.trustedCerts, cert: tls.cert, key: tls.key } } : {}),
        logger: quiet(this.#env.logger),
      })
      kept = { admin, usedMs: nowMs }
      this.#kept.set(key, kept)
    }
    kept.usedMs = nowMs
    return kept.admin
  }

  async facts(bootstrap: Bootstrap, ask: FactsAsk): Promise<KafkaFacts> {
    const admin = this.#admin(bootstrap)
    const [cluster, quorum, features] = await Promise.all([
      admin.describeCluster({ includeFencedBrokers: true }),
      admin.describeQuorum(),
      admin.describeFeatures(),
    ])
    const { leaderId = -1, currentVoters = [] } = quorum.topics[0]?.partitions[0] ?? {}
    const level = features.finalized.get(METADATA_VERSION)
    const leaderMs = this.#env.clock.wallMs()
    return {
      clusterId: cluster.clusterId,
      brokers: cluster.nodes.map((n) => ({ id: n.id, isFenced: n.isFenced })),
      quorumLeader: leaderId,
      voters: currentVoters.map((v) => ({
        id: v.replicaId,
        lastFetchMs: v.replicaId === leaderId ? leaderMs : v.lastFetchTimestamp,
        lastCaughtUpMs: v.replicaId === leaderId ? leaderMs : v.lastCaughtUpTimestamp,
      })),
      partitions: ask.partitions ? await partitionsOf(admin) : null,
      settings: ask.settingsOf.length > 0 ? await settingsOf(admin, ask.settingsOf) : null,
      metadataVersion: level === undefined ? null : (metadataVersionOf(level)?.name ?? null),
      defaultUserQuotas: ask.defaultUserQuotas ? await defaultQuotas(admin) : null,
    }
  }

  async topicNames(bootstrap: Bootstrap): Promise<readonly string[]> {
    return [...(await this.#admin(bootstrap).listTopics()).keys()]
  }

  async topics(bootstrap: Bootstrap, names: readonly string[]): Promise<ReadonlyMap<string, Found<TopicFacts>>> {
    const admin = this.#admin(bootstrap)
    const resources = names.map((name): ConfigResource => ({ type: 'topic', name }))
    const [described, configs] = await Promise.all([admin.describeTopics(names), admin.describeConfigs(resources)])
    const moving = await reassigned(admin)
    const found = new Map<string, Found<TopicFacts>>()
    for (const resource of resources) {
      const { name } = resource
      const topic = described.get(name as TopicRef)
      const config = configs.get(resource)
      const error = topic?.error ?? config?.error
      if (error?.code === 'UNKNOWN_TOPIC_OR_PARTITION') found.set(name, { found: null, error: null })
      else if (error) found.set(name, { found: null, error: failureOf(error) })
      else if (topic?.value) {
        const set = (config?.value ?? []).filter((e) => e.source === 'DYNAMIC_TOPIC_CONFIG')
        const facts: TopicFacts = {
          name,
          id: topic.value.id,
          replicas: topic.value.partitions.map((p) => p.replicas),
          config: new Map(set.map((e) => [e.name, e.value ?? ''])),
          isReassigned: moving.has(name),
        }
        found.set(name, { found: facts, error: null })
      }
    }
    return found
  }

  async users(bootstrap: Bootstrap, names: readonly string[] | null): Promise<ReadonlyMap<string, UserFacts>> {
    const admin = this.#admin(bootstrap)
    const [scram, quotas, acls] = await Promise.all([
      admin.describeScramCredentials(),
      admin.describeClientQuotas([{ type: 'user' }], { strict: true }),
      aclsByUser(admin),
    ])
    const found = new Map<string, UserFacts>()
    const limited = quotas.flatMap((q) => q.entity['user'] ?? [])
    for (const name of names ?? new Set([...scram.keys(), ...limited, ...(acls?.keys() ?? [])])) {
      const credential = scram.get(name)?.value?.find((c) => c.mechanism === 'SCRAM-SHA-512')
      const listing = quotas.find((q) => q.entity['user'] === name)
      found.set(name, {
        scramIterations: credential?.iterations ?? null,
        acls: acls === null ? null : (acls.get(name) ?? []),
        quotas: listing?.values ?? new Map(),
      })
    }
    return found
  }

  async apply(bootstrap: Bootstrap, actions: readonly KafkaAction[]): Promise<readonly KafkaResult[]> {
    const admin = this.#admin(bootstrap)
    const results: KafkaResult[] = []
    for (let from = 0; from < actions.length; ) {
      const kind = actions[from]?.kafka
      let to = from
      while (to < actions.length && actions[to]?.kafka === kind) to++
      const alike = actions.slice(from, to)
      try {
        results.push(...(await carryOut(admin, alike, this.#times.changeMs)))
      } catch (problem) {
        const error = failureOf(problem)
        results.push(...alike.map(() => ({ error })))
      }
      from = to
    }
    return results
  }
}

async function partitionsOf(admin: Admin): Promise<PartitionFacts[]> {
  const names = [...(await admin.listTopics()).keys()]
  const resources = names.map((name): ConfigResource => ({ type: 'topic', name }))
  const [described, configs] = await Promise.all([
    admin.describeTopics(names),
    admin.describeConfigs(resources, { names: ['min.insync.replicas'] }),
  ])
  const minInSync = new Map<string, number>()
  for (const [resource, { value }] of configs) minInSync.set(resource.name, Number(value?.[0]?.value ?? 1))
  const found: PartitionFacts[] = []
  for (const { error, value: topic } of described.values()) {
    // a topic that went between the two questions holds nobody back
    if (error && error.code !== 'UNKNOWN_TOPIC_OR_PARTITION') throw error
    for (const p of topic?.partitions ?? []) {
      found.push({
        topic: topic?.name ?? '',
        partition: p.partition,
        leader: p.leader,
        replicas: p.replicas,
        inSync: p.isr,
        minInSync: minInSync.get(topic?.name ?? '') ?? 1,
      })
    }
  }
  return found
}

const sourceOf = (entry: ConfigEntry): BrokerSetting['source'] => {
  if (entry.source === 'DYNAMIC_DEFAULT_BROKER_CONFIG') return 'cluster'
  if (entry.source.startsWith('DYNAMIC')) return 'dynamic'
  return entry.source === 'STATIC_BROKER_CONFIG' ? 'static' : 'default'
}

async function settingsOf(
  admin: Admin,
  ids: readonly number[],
): Promise<ReadonlyMap<number, readonly BrokerSetting[]>> {
  const resources = ids.map((id): ConfigResource => ({ type: 'broker', name: String(id) }))
  const described = await admin.describeConfigs(resources, { synonyms: true })
  const found = new Map<number, readonly BrokerSetting[]>()
  for (const [resource, { value }] of described) {
    if (!value) continue
    const settings = value.map((entry) => ({
      key: entry.name,
      value: entry.value,
      source: sourceOf(entry),
      isAlsoStatic:
        sourceOf(entry) === 'dynamic' &&
        entry.synonyms.some((s) => s.source === 'STATIC_BROKER_CONFIG' && s.name === entry.name),
    }))
    found.set(Number(resource.name), settings)
  }
  return found
}

async function defaultQuotas(admin: Admin): Promise<Readonly<Record<string, number>>> {
  const [listing] = await admin.describeClientQuotas([{ type: 'user', name: null }], { strict: true })
  return Object.fromEntries(listing?.values ?? [])
}

async function reassigned(admin: Admin): Promise<ReadonlySet<string>> {
  const names = new Set<string>()
  for (const [p] of await admin.listReassignments()) names.add(p.topic)
  return names
}

/** null: the cluster has no authorizer. */
async function aclsByUser(admin: Admin): Promise<ReadonlyMap<string, readonly Acl[]> | null> {
  const byUser = new Map<string, Acl[]>()
  try {
    for (const { principal, ...acl } of await admin.describeAcls()) {
      if (!principal.startsWith('User:')) continue
      const user = principal.slice('User:'.length)
      byUser.set(user, [...(byUser.get(user) ?? []), acl as Acl])
    }
  } catch (problem) {
    if (isKafkaError(problem) && problem.code === 'SECURITY_DISABLED') return null
    throw problem
  }
  return byUser
}

type Of<K extends KafkaAction['kafka']> = Extract<KafkaAction, { readonly kafka: K }>

async function carryOut(admin: Admin, alike: readonly KafkaAction[], timeoutMs: number): Promise<KafkaResult[]> {
  const o = { timeoutMs }
  const all = <K extends KafkaAction['kafka']>(_kind: K) => alike as readonly Of<K>[]
  switch (alike[0]?.kafka) {
    case 'createTopic': {
      const list = all('createTopic').map((a) => ({
        name: a.topic,
        configs: a.config,
        ...(a.partitions === null ? {} : { partitions: a.partitions }),
        ...(a.replicas === null ? {} : { replicationFactor: a.replicas }),
      }))
      const made = await admin.createTopics(list, o)
      return list.map((t) => resultOf(made.get(t.name)))
    }
    case 'deleteTopic': {
      const list = all('deleteTopic').map((a) => a.topic)
      const gone = await admin.deleteTopics(list, o)
      return list.map((name) => {
        const result = resultOf(gone.get(name))
        return result.error?.code === 'UNKNOWN_TOPIC_OR_PARTITION' ? done : result
      })
    }
    case 'addPartitions': {
      const list = all('addPartitions').map((a) => ({ topic: a.topic, count: a.partitions }))
      const grown = await admin.createPartitions(list, o)
      return list.map((a) => resultOf(grown.get(a.topic)))
    }
    case 'alterTopic':
    case 'alterBroker': {
      const list = (alike as readonly (Of<'alterTopic'> | Of<'alterBroker'>)[]).map((a) => {
        const resource: ConfigResource =
          a.kafka === 'alterTopic' ? { type: 'topic', name: a.topic } : { type: 'broker', name: String(a.id ?? '') }
        const changes = a.changes.map(({ key, value }) =>
          value === null
            ? ({ name: key, operation: 'delete' } as const)
            : ({ name: key, operation: 'set', value } as const),
        )
        return [resource, changes] as const
      })
      const altered = await admin.alterConfigs(new Map(list), o)
      return list.map(([resource]) => resultOf(altered.get(resource)))
    }
    case 'reassign': {
      const list = all('reassign')
      const asks = list.flatMap((a) =>
        a.replicas.map((replicas, partition) => ({ topic: a.topic, partition, replicas })),
      )
      const moved = await admin.alterReassignments(asks, o)
      return list.map((a) => {
        const failed = a.replicas.map((_, p) => moved.get(a.topic, p)).find((outcome) => outcome?.error)
        return resultOf(failed)
      })
    }
    case 'unregisterBroker':
      return each(all('unregisterBroker'), (a) => admin.unregisterBroker(a.id, o))
    case 'setMetadataVersion':
      return each(all('setMetadataVersion'), (a) => {
        const level = metadataVersionFromText(a.version, false)?.level
        const refusal = { code: 'INVALID_ARGUMENT', message: `${a.version} is no metadata version`, isPassing: false }
        if (level === undefined) return Promise.resolve({ error: refusal })
        const type = a.isDowngrade ? 'safeDowngrade' : 'upgrade'
        return admin.updateFeatures([{ name: METADATA_VERSION, level, type }], o)
      })
    case 'setDefaultUserQuotas': {
      const list = all('setDefaultUserQuotas').map((a) => ({ entity: { user: null }, values: a.quotas }))
      const altered = await admin.alterClientQuotas(list, o)
      return list.map((c) => resultOf(altered.get(c)))
    }
    case 'setQuotas': {
      const list = all('setQuotas').map((a) => ({ entity: { user: a.user }, values: a.quotas }))
      const altered = await admin.alterClientQuotas(list, o)
      return list.map((c) => resultOf(altered.get(c)))
    }
    case 'setScram': {
      const list = all('setScram')
      const mechanism = 'SCRAM-SHA-512' as const
      const set = await admin.alterScramCredentials(
        list.map(({ user, password }) => ({ user, mechanism, password })),
        o,
      )
      return list.map((a) => resultOf(set.get(a.user)))
    }
    case 'deleteScram': {
      const list = all('deleteScram')
      const changes = list.map(({ user }) => ({ user, mechanism: 'SCRAM-SHA-512' as const, delete: true as const }))
      const gone = await admin.alterScramCredentials(changes, o)
      return list.map((a) => {
        const result = resultOf(gone.get(a.user))
        return result.error?.code === 'RESOURCE_NOT_FOUND' ? done : result
      })
    }
    case 'createAcls':
      return each(all('createAcls'), (a) =>
        admin.createAcls(
          a.acls.map((acl) => ({ ...acl, principal: `User:${a.user}` })),
          o,
        ),
      )
    case 'deleteAcls':
      return each(all('deleteAcls'), (a) =>
        admin.deleteAcls(
          a.acls.map((acl) => ({ ...acl, principal: `User:${a.user}` })),
          o,
        ),
      )
    default:
      return []
  }
}

async function each<A>(list: readonly A[], run: (a: A) => Promise<unknown>): Promise<KafkaResult[]> {
  const results: KafkaResult[] = []
  for (const a of list) {
    try {
      const result = (await run(a)) as KafkaResult | undefined
      results.push(result?.error ? result : done)
    } catch (problem) {
      results.push({ error: failureOf(problem) })
    }
  }
  return results
}
