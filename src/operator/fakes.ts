/** For tests: Kubernetes and Kafka as far as the operators look at them, with controllers that act at once. */
import type { Action, Controller, KindRef, Kube, Obj, Pass, Ref, Selector, View } from '../kube-client/index.ts'
import { ApiError } from '../kube-client/index.ts'
import {
  type CertificateFacts,
  type CertificateOptions,
  type KeySource,
  keySource,
  type SignOptions,
} from '../pki/index.ts'
import { apacheCapabilities, type Capabilities, operatorConfig } from './config.ts'
import type {
  KafkaAction,
  KafkaAdmin,
  KafkaFacts,
  KafkaResult,
  TopicFacts,
  UserAction,
  UserFacts,
} from './kafka-admin.ts'
import { claims, deployments, type Pod, pods } from './kinds.ts'

type Mutable = { -readonly [K in keyof Obj]: Obj[K] } & { metadata: { [field: string]: unknown } }

const isObject = (v: unknown): v is Record<string, unknown> => typeof v === 'object' && v !== null && !Array.isArray(v)

/** RFC 7386. */
export function merged(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch
  const out: Record<string, unknown> = isObject(target) ? { ...target } : {}
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete out[name]
    else out[name] = merged(out[name], value)
  }
  return out
}

const selects = (labels: string | undefined, object: Obj): boolean =>
  (labels ?? '')
    .split(',')
    .filter((part) => part !== '')
    .every((part) => {
      const [name = '', value] = part.split('=')
      return object.metadata.labels?.[name] === value
    })

/** Kube and View over the same objects: nothing is ever late. */
export class FakeKube implements Kube, View {
  readonly objects = new Map<string, Obj>()
  readonly writes: Action[] = []
  #revision = 0

  #key(kind: KindRef, ref: Ref): string {
    return `${kind.kind}/${kind.namespaced ? (ref.namespace ?? 'default') : ''}/${ref.name}`
  }

  get(kind: KindRef, ref: Ref): never {
    return this.objects.get(this.#key(kind, ref)) as never
  }

  list(kind: KindRef, selector: Selector = {}): never {
    const items = [...this.objects.values()].filter(
      (o) =>
        o.kind === kind.kind &&
        (selector.namespace == null || o.metadata.namespace === selector.namespace) &&
        selects(selector.labels, o),
    )
    return items as never
  }

  ageMs(): number {
    return 0
  }

  watch(): never {
    throw new Error('the fake is not watched')
  }

  put(object: Obj): Obj {
    const key = `${object.kind}/${object.metadata.namespace ?? ''}/${object.metadata.name}`
    const before = this.objects.get(key)
    const specMoved = before && JSON.stringify(before['spec']) !== JSON.stringify(object['spec'])
    const stored = {
      ...object,
      metadata: {
        ...object.metadata,
        uid: before?.metadata.uid ?? `uid-${++this.#revision}`,
        generation: (before?.metadata.generation ?? 1) + (specMoved ? 1 : 0),
        creationTimestamp: before?.metadata.creationTimestamp ?? '2026-01-01T00:00:00Z',
        resourceVersion: String(++this.#revision),
      },
    } as Obj
    this.objects.set(key, stored)
    return stored
  }

  remove(kind: KindRef, ref: Ref): void {
    this.objects.delete(this.#key(kind, ref))
  }

  apply(action: Action): Promise<Obj | null> {
    this.writes.push(action)
    if (action.do === 'create') {
      const { namespace = null, name } = action.object.metadata
      if (this.get(action.kind, { namespace, name })) {
        return Promise.reject(new ApiError({ code: 409, reason: 'AlreadyExists', message: name }))
      }
      return Promise.resolve(this.put(action.object))
    }
    if (action.do === 'merge') {
      const before = this.get(action.kind, action.ref) as Mutable | undefined
      if (!before) return Promise.reject(new ApiError({ code: 404, reason: 'NotFound', message: action.ref.name }))
      const asked = (action.patch['metadata'] as { resourceVersion?: string } | undefined)?.resourceVersion
      if (asked !== undefined && asked !== before.metadata['resourceVersion']) {
        return Promise.reject(new ApiError({ code: 409, reason: 'Conflict', message: action.ref.name }))
      }
      return Promise.resolve(this.put(merged(before, action.patch) as Obj))
    }
    if (action.do === 'delete') {
      const before = this.get(action.kind, action.ref) as Obj | undefined
      if (!before) return Promise.reject(new ApiError({ code: 404, reason: 'NotFound', message: action.ref.name }))
      if (action.uid !== undefined && action.uid !== before.metadata.uid) {
        return Promise.reject(new ApiError({ code: 409, reason: 'Conflict', message: action.ref.name }))
      }
      this.remove(action.kind, action.ref)
      return Promise.resolve(null)
    }
    return Promise.reject(new Error(`the fake has no ${action.do}`))
  }
}

/** Pods run and are ready as soon as they are there; deployments likewise. */
export function kubelet(kube: FakeKube, isUp: (pod: Pod) => boolean = () => true): void {
  for (const pod of kube.list(pods) as readonly Pod[]) {
    const ready = isUp(pod) ? 'True' : 'False'
    if (pod.status?.conditions?.some((c) => c.type === 'Ready' && c.status === ready)) continue
    kube.put({
      ...pod,
      status: { phase: 'Running', podIP: '127.1.0.1', conditions: [{ type: 'Ready', status: ready }] },
    } as Obj)
  }
  for (const claim of kube.list(claims) as readonly Obj[]) {
    if (claim['status'] === undefined) kube.put({ ...claim, status: { phase: 'Bound' } } as Obj)
  }
  for (const d of kube.list(deployments) as readonly Obj[]) {
    if ((d['status'] as { observedGeneration?: number })?.observedGeneration === d.metadata.generation) continue
    kube.put({
      ...d,
      status: { observedGeneration: d.metadata.generation, readyReplicas: 1, updatedReplicas: 1 },
    } as Obj)
  }
}

export class FakeKafka implements KafkaAdmin {
  facts_: KafkaFacts | null = null
  readonly asked: KafkaAction[] = []

  facts(): Promise<KafkaFacts> {
    return this.facts_ ? Promise.resolve(this.facts_) : Promise.reject(new Error('nobody answers'))
  }

  readonly topicsThere = new Map<string, TopicFacts>()
  readonly usersThere = new Map<string, UserFacts>()
  hasAuthorizer = true

  topicNames(): Promise<readonly string[]> {
    return Promise.resolve([...this.topicsThere.keys()])
  }

  topics(_bootstrap: unknown, names: readonly string[]) {
    return Promise.resolve(new Map(names.map((n) => [n, { found: this.topicsThere.get(n) ?? null, error: null }])))
  }

  users(_bootstrap: unknown, asked: readonly string[] | null) {
    const names = asked ?? [...this.usersThere.keys()]
    const none = (): UserFacts => ({ scramIterations: null, acls: this.hasAuthorizer ? [] : null, quotas: new Map() })
    return Promise.resolve(new Map(names.map((n) => [n, this.usersThere.get(n) ?? none()])))
  }

  apply(_bootstrap: unknown, actions: readonly KafkaAction[]) {
    this.asked.push(...actions)
    return Promise.resolve(actions.map((a) => this.#carryOut(a)))
  }

  #change(a: UserAction): KafkaResult {
    const user = this.usersThere.get(a.user) ?? { scramIterations: null, acls: [], quotas: new Map() }
    const quotas = new Map(user.quotas)
    let acls = [...(user.acls ?? [])]
    let { scramIterations } = user
    if (a.kafka === 'setScram') scramIterations = 4096
    else if (a.kafka === 'deleteScram') scramIterations = null
    else if (a.kafka === 'setQuotas') {
      for (const [key, value] of Object.entries(a.quotas)) value === null ? quotas.delete(key) : quotas.set(key, value)
    } else if (a.kafka === 'createAcls') acls.push(...a.acls)
    else {
      const gone = new Set(a.acls.map((acl) => JSON.stringify(acl)))
      acls = acls.filter((acl) => !gone.has(JSON.stringify(acl)))
    }
    if (scramIterations === null && acls.length === 0 && quotas.size === 0) this.usersThere.delete(a.user)
    else this.usersThere.set(a.user, { scramIterations, acls: this.hasAuthorizer ? acls : null, quotas })
    return { error: null }
  }

  #carryOut(a: KafkaAction): KafkaResult {
    if ('user' in a) return this.#change(a)
    const topic = 'topic' in a ? this.topicsThere.get(a.topic) : undefined
    const refused = (code: string): KafkaResult => ({ error: { code, message: code, isPassing: false } })
    if (a.kafka === 'createTopic') {
      if (topic) return refused('TOPIC_ALREADY_EXISTS')
      if ((a.replicas ?? 1) > 3) return refused('INVALID_REPLICATION_FACTOR')
      this.topicsThere.set(a.topic, {
        name: a.topic,
        id: `id-of-${a.topic}`,
        replicas: Array.from({ length: a.partitions ?? 1 }, () => [0, 1, 2].slice(0, a.replicas ?? 1)),
        config: new Map(Object.entries(a.config)),
        isReassigned: false,
      })
    } else if (a.kafka === 'deleteTopic') this.topicsThere.delete(a.topic)
    else if (a.kafka === 'alterTopic' && topic) {
      const config = new Map(topic.config)
      for (const { key, value } of a.changes) value === null ? config.delete(key) : config.set(key, value)
      this.topicsThere.set(a.topic, { ...topic, config })
    } else if (a.kafka === 'addPartitions' && topic) {
      const more = Array.from({ length: a.partitions }, (_, i) => topic.replicas[i] ?? topic.replicas[0] ?? [0])
      this.topicsThere.set(a.topic, { ...topic, replicas: more })
    } else if (a.kafka === 'reassign' && topic) this.topicsThere.set(a.topic, { ...topic, replicas: a.replicas })
    return { error: null }
  }
}

/** Brokers and controllers that are all well. */
export function wellKafka(
  brokers: readonly number[],
  controllers: readonly number[],
  more: Partial<KafkaFacts> = {},
): KafkaFacts {
  return {
    clusterId: 'cluster',
    brokers: brokers.map((id) => ({ id, isFenced: false })),
    quorumLeader: controllers[0] ?? -1,
    voters: controllers.map((id) => ({ id, lastFetchMs: 1000, lastCaughtUpMs: 1000 })),
    partitions: [],
    settings: null,
    metadataVersion: '4.3-IV0',
    defaultUserQuotas: null,
    ...more,
  }
}

export function testWorld(capabilities: Capabilities = apacheCapabilities, nowMs = 1_767_225_600_000) {
  const kube = new FakeKube()
  const admin = new FakeKafka()
  const clock = { now: nowMs }
  let seed = 1
  const env = {
    clock: { wallMs: () => clock.now, monoMs: () => clock.now } as never,
    random: {
      next: () => 0.5,
      below: () => 0,
      bytes: (into: Uint8Array) => {
        for (let i = 0; i < into.length; i++) into[i] = (seed = (seed * 1103515245 + 12345) & 0x7fffffff) >> 16
        return into
      },
    },
    logger: { debug() {}, info() {}, warn() {}, error() {}, child: () => env.logger } as never,
  }
  const config = operatorConfig({}, capabilities)
  return { kube, admin, clock, world: { kube, admin, config, env, keys: keySource(globalThis.crypto as never) } }
}

/** One pass of a controller for a key, carried out. */
export async function pass<F, A>(kube: FakeKube, controller: Controller<F, A>, key: string): Promise<Pass<A> | null> {
  const facts = await controller.gather(key, kube as unknown as View)
  if (facts === null) return null
  const planned = controller.plan(key, facts, 0)
  for (const action of planned.actions) {
    if (controller.execute) await controller.execute(action, kube as unknown as Kube)
    else await kube.apply(action as Action)
  }
  return planned
}

/** Certificates that say what they are in plain words: nothing is computed, so that many worlds can be run through. */
export function plainKeys(): KeySource {
  let serial = 0
  const text = (o: CertificateOptions & Partial<SignOptions>, issuer: string): string =>
    JSON.stringify({
      ...{ subject: `CN=${o.commonName}`, issuer, serial: String(++serial), notBeforeMs: o.notBeforeMs },
      ...{ notAfterMs: o.notBeforeMs + o.validityDays * 86_400_000, isCa: issuer === '', algorithm: 'other' },
      ...{ dnsNames: o.dnsNames ?? [], ipAddresses: o.ipAddresses ?? [], sha256Fingerprint: String(serial) },
    })
  const made = (o: CertificateOptions, issuer: string) =>
    Promise.resolve({ certPem: text(o, issuer), keyPem: o.keyPem ?? `key ${++serial}` })
  return {
    createCa: (o) => made(o, ''),
    sign: (ca, o) => made(o, ca.certPem),
    inspect: (cert) => Promise.resolve(JSON.parse(cert) as CertificateFacts),
    isIssuedBy: (cert, ca) => Promise.resolve((JSON.parse(cert) as CertificateFacts).issuer === ca),
    pkcs12: () => Promise.resolve(new Uint8Array(1)),
    readPkcs12: () => Promise.reject(new Error('the plain keys have no stores')),
  }
}
