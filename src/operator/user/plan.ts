/** One KafkaUser: its Secret, and what Kafka knows of it. Pure; keys and passwords were made while facts were gathered. */
import type { Action, Obj } from '../../kube-client/index.ts'
import { type KafkaUser, kafkaUsers } from '../../resources/index.ts'
import { deletion, mergePatch, refOf } from '../diff.ts'
import { fingerprint } from '../hash.ts'
import type { Acl, KafkaFailure, UserAction, UserFacts } from '../kafka-admin.ts'
import { type Secret, secrets } from '../kinds.ts'
import { annotations, labelNames } from '../names.ts'
import { isPaused } from '../plan.ts'
import type { Condition } from '../resource-types.ts'
import { statusAction, withTimes } from '../status.ts'
import type { UserConfig } from './config.ts'
import type { Credentials } from './credentials.ts'

export interface UserView {
  readonly resource: KafkaUser
  readonly secret: Secret | undefined
  readonly credentials: Credentials | null
  /** Of the principal; null: not known, `failure` says why. */
  readonly user: UserFacts | null
  /** Of the principal that the user would be with the other kind of authentication: it is cleared. */
  readonly other: UserFacts | null
  /** Fingerprint of the password that was last set in Kafka by this process; null: none yet. */
  readonly lastPassword: string | null
  /** What a person has to put right before anything is done. */
  readonly problem: { readonly reason: string; readonly message: string } | null
  readonly failure: KafkaFailure | null
}

export interface UserPass {
  readonly actions: readonly (Action | UserAction)[]
  readonly wakeInMs: number
}

export const secretNameOf = (u: KafkaUser, c: UserConfig): string => `${c.secretPrefix}${u.metadata.name}`

const hasCertificate = (u: KafkaUser): boolean =>
  u.spec.authentication?.type === 'tls' || u.spec.authentication?.type === 'tls-external'

/** The principal without `User:`. */
export const principalOf = (u: KafkaUser): string => (hasCertificate(u) ? `CN=${u.metadata.name}` : u.metadata.name)
export const otherPrincipalOf = (u: KafkaUser): string =>
  hasCertificate(u) ? u.metadata.name : `CN=${u.metadata.name}`

export function aclsOf(u: KafkaUser): Acl[] {
  return (u.spec.authorization?.acls ?? []).flatMap((rule) =>
    rule.operations.map(
      (operation): Acl => ({
        resourceType: rule.resource.type,
        name: rule.resource.type === 'cluster' ? 'kafka-cluster' : (rule.resource.name ?? ''),
        patternType: rule.resource.patternType ?? 'literal',
        host: rule.host ?? '*',
        operation,
        type: rule.type ?? 'allow',
      }),
    ),
  )
}

const aclKey = (a: Acl): string => [a.resourceType, a.name, a.patternType, a.host, a.operation, a.type].join('\n')

function aclActions(user: string, wanted: readonly Acl[], have: readonly Acl[]): UserAction[] {
  const there = new Set(have.map(aclKey))
  const kept = new Set(wanted.map(aclKey))
  const missing = wanted.filter((a) => !there.has(aclKey(a)))
  const extra = have.filter((a) => !kept.has(aclKey(a)))
  return [
    ...(missing.length > 0 ? [{ kafka: 'createAcls', user, acls: missing } as const] : []),
    ...(extra.length > 0 ? [{ kafka: 'deleteAcls', user, acls: extra } as const] : []),
  ]
}

function quotaActions(user: string, u: KafkaUser | null, have: ReadonlyMap<string, number>): UserAction[] {
  const q = u?.spec.quotas
  const wanted: Readonly<Record<string, number | undefined>> = {
    producer_byte_rate: q?.producerByteRate,
    consumer_byte_rate: q?.consumerByteRate,
    request_percentage: q?.requestPercentage,
    controller_mutation_rate: q?.controllerMutationRate,
  }
  const changes: Record<string, number | null> = {}
  for (const [key, value] of Object.entries(wanted)) {
    if (have.get(key) !== value) changes[key] = value ?? null
  }
  return Object.keys(changes).length === 0 ? [] : [{ kafka: 'setQuotas', user, quotas: changes }]
}

/** Takes from Kafka all that it knows of a principal. */
export function clearing(user: string, facts: UserFacts): UserAction[] {
  return [
    ...(facts.scramIterations === null ? [] : [{ kafka: 'deleteScram', user } as const]),
    ...aclActions(user, [], facts.acls ?? []),
    ...quotaActions(user, null, facts.quotas),
  ]
}

function secretObject(v: UserView, c: UserConfig, data: Readonly<Record<string, string>>): Obj {
  const { resource: u } = v
  const name = u.metadata.name
  const template = u.spec.template?.secret?.metadata
  const managed = 'strimzi-user-operator'
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: secretNameOf(u, c),
      ...(u.metadata.namespace === undefined ? {} : { namespace: u.metadata.namespace }),
      labels: {
        ...template?.labels,
        ...u.metadata.labels,
        [labelNames.kind]: 'KafkaUser',
        'app.kubernetes.io/name': managed,
        'app.kubernetes.io/instance': name.slice(0, 63),
        'app.kubernetes.io/part-of': `strimzi-${name}`.slice(0, 63),
        'app.kubernetes.io/managed-by': managed,
      },
      ...(template?.annotations ? { annotations: template.annotations } : {}),
      ownerReferences: [
        {
          apiVersion: u.apiVersion,
          kind: u.kind,
          name,
          uid: u.metadata.uid ?? '',
          controller: false,
          blockOwnerDeletion: false,
        },
      ],
    },
    type: 'Opaque',
    data,
  }
}

/** Who else has the Secret that the user would get; null: it is the user's own, or nobody's. */
export function secretConflict(secret: Secret | undefined, u: KafkaUser): UserView['problem'] {
  if (!secret || isOwnSecret(secret, u)) return null
  const { name, labels = {}, ownerReferences = [] } = secret.metadata
  // one of a user that was deleted and came back, or that was restored from a copy, is taken over
  const isOfOther = ownerReferences.some((o) => o.kind !== 'KafkaUser' || o.name !== u.metadata.name)
  if (labels[labelNames.kind] === 'KafkaUser' && !isOfOther) return null
  const [owner] = ownerReferences
  const whose = owner
    ? `belongs to ${owner.kind} ${owner.name}`
    : labels[labelNames.kind] === 'Kafka'
      ? `belongs to Kafka ${labels[labelNames.cluster] ?? ''}`.trimEnd()
      : `was not made for this KafkaUser (it has no label ${labelNames.kind}: KafkaUser)`
  const message = `the credentials would stand in the Secret ${name}, which is there already and ${whose}. It is left as it is. Give the KafkaUser another name, or, if nobody needs the Secret, delete it.`
  return { reason: 'ResourceConflict', message }
}

const isOwnSecret = (secret: Secret, u: KafkaUser): boolean =>
  secret.metadata.ownerReferences?.some((o) => o.uid === u.metadata.uid) ?? false

function secretActions(v: UserView, c: UserConfig): Action[] {
  const { credentials, secret, resource: u } = v
  if (!credentials) return secret && isOwnSecret(secret, u) ? [deletion(secrets, secret)] : []
  const want = secretObject(v, c, credentials.data)
  if (!secret) return [{ do: 'create', kind: secrets, object: want }]
  const patch = mergePatch(secret, {
    metadata: { ...want.metadata, name: undefined, namespace: undefined },
    data: want['data'],
  })
  const isAsked = secret.metadata.annotations?.[annotations.forceRenew] === 'true'
  if (!patch && !isAsked) return []
  const asked = isAsked
    ? { metadata: { ...(patch?.['metadata'] as object), annotations: { [annotations.forceRenew]: null } } }
    : {}
  return [{ do: 'merge', kind: secrets, ref: refOf(secret), patch: { ...patch, ...asked } }]
}

export function planUser(v: UserView, c: UserConfig, nowMs: number): UserPass {
  const { resource: u } = v
  if (u.metadata.deletionTimestamp !== undefined) return { actions: [], wakeInMs: c.fullReconciliationIntervalMs }
  if (isPaused(u)) return said(v, c, nowMs, [{ type: 'ReconciliationPaused', status: 'True' }], [])
  const notReady = (reason: string, message: string): Condition => ({
    type: 'NotReady',
    status: 'True',
    reason,
    message,
  })
  const wantsAcls = u.spec.authorization !== undefined
  if (v.problem) return said(v, c, nowMs, [notReady(v.problem.reason, v.problem.message)], [])
  if (wantsAcls && (!c.hasAcls || v.user?.acls === null)) {
    const message =
      'spec.authorization: the cluster has no authorizer that keeps ACLs (Kafka: spec.kafka.authorization)'
    return said(v, c, nowMs, [notReady('InvalidResourceException', message)], secretActions(v, c))
  }
  const actions: (Action | UserAction)[] = secretActions(v, c)
  if (!v.user) {
    const message = v.failure?.message ?? 'Kafka does not answer'
    return { ...said(v, c, nowMs, [notReady('KafkaError', message)], actions), wakeInMs: 5000 }
  }
  const user = principalOf(u)
  const password = v.credentials?.password ?? null
  if (password !== null && (v.user.scramIterations === null || v.lastPassword !== fingerprint(password))) {
    actions.push({ kafka: 'setScram', user, password })
  }
  if (password === null && v.user.scramIterations !== null) actions.push({ kafka: 'deleteScram', user })
  if (v.user.acls !== null) actions.push(...aclActions(user, aclsOf(u), v.user.acls))
  actions.push(...quotaActions(user, u, v.user.quotas))
  if (v.other) actions.push(...clearing(otherPrincipalOf(u), v.other))
  if (v.failure) return { ...said(v, c, nowMs, [notReady('KafkaError', v.failure.message)], actions), wakeInMs: 10_000 }
  // whether Kafka took it is seen by the next pass
  if (actions.some((a) => 'kafka' in a)) return { actions, wakeInMs: 0 }
  return said(v, c, nowMs, [{ type: 'Ready', status: 'True' }], actions)
}

export function planUsers(batch: readonly UserView[], c: UserConfig, nowMs: number): UserPass {
  const passes = batch.map((v) => planUser(v, c, nowMs))
  return { actions: passes.flatMap((p) => p.actions), wakeInMs: Math.min(...passes.map((p) => p.wakeInMs)) }
}

function said(
  v: UserView,
  c: UserConfig,
  nowMs: number,
  conditions: readonly Condition[],
  actions: readonly (Action | UserAction)[],
): UserPass {
  const u = v.resource
  const write = statusAction(kafkaUsers, u, {
    conditions: withTimes(conditions, u.status?.conditions, nowMs),
    ...(u.metadata.generation === undefined ? {} : { observedGeneration: u.metadata.generation }),
    username: principalOf(u),
    ...(v.credentials ? { secret: secretNameOf(u, c) } : {}),
  })
  return { actions: write ? [...actions, write] : actions, wakeInMs: c.fullReconciliationIntervalMs }
}
