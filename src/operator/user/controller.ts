/**
 * The user operator as a controller. A key is the name of a KafkaUser, which may be gone: then Kafka forgets it. The empty
 * key looks for users in Kafka that no KafkaUser speaks of.
 */
import type { Env } from '../../env/index.ts'
import {
  type Action,
  type Controller,
  type Kube,
  matchesLabels,
  parseLabelSelector,
  type View,
} from '../../kube-client/index.ts'
import type { KeySource } from '../../pki/index.ts'
import { type KafkaUser, kafkaUsers } from '../../resources/index.ts'
import { bootstrapOf } from '../access.ts'
import { Batcher } from '../batcher.ts'
import { fingerprint } from '../hash.ts'
import type { Bootstrap, KafkaAdmin, KafkaFailure, KafkaResult, UserAction, UserFacts } from '../kafka-admin.ts'
import { type Secret, secrets } from '../kinds.ts'
import { labelNames } from '../names.ts'
import type { UserConfig } from './config.ts'
import { type Credentials, credentialsOf, isUserProblem } from './credentials.ts'
import {
  clearing,
  otherPrincipalOf,
  planUser,
  principalOf,
  secretConflict,
  secretNameOf,
  type UserView,
} from './plan.ts'

export interface UserWorld {
  readonly kube: Kube
  readonly keys: KeySource
  readonly admin: KafkaAdmin
  readonly config: UserConfig
  readonly env: Pick<Env, 'clock' | 'random' | 'logger'>
}

export type UserKey =
  | { readonly is: 'user'; readonly view: UserView }
  /** Principals that no KafkaUser is of. */
  | { readonly is: 'strangers'; readonly found: ReadonlyMap<string, UserFacts> }

type Act = Action | ({ readonly of: string } & UserAction)

const strangersKey = ''

export function userController(world: UserWorld): Controller<UserKey, Act> {
  const { config, env, admin } = world
  const limits = { max: config.batchMax, lingerMs: config.batchLingerMs }
  /** Fingerprints of passwords that Kafka was given. */
  const passwords = new Map<string, string>()
  const failures = new Map<string, KafkaFailure>()
  let bootstrap: Bootstrap | null = null

  const reach = async (): Promise<Bootstrap> => {
    bootstrap ??= await bootstrapOf(world.kube, config.access)
    if (!bootstrap) throw new Error('the Secrets with the certificates for the brokers are not there yet')
    return bootstrap
  }
  const known = new Batcher<string, UserFacts>(env.clock, limits, async (names) => {
    const found = await admin.users(await reach(), names)
    return names.map((name) => found.get(name) ?? nothing)
  })
  const change = new Batcher<UserAction, KafkaResult>(env.clock, limits, async (actions) =>
    admin.apply(await reach(), actions),
  )

  const gatherUser = async (resource: KafkaUser, view: View): Promise<UserView> => {
    const { name, namespace = null } = resource.metadata
    const secret = view.get(secrets, { namespace, name: secretNameOf(resource, config) })
    let credentials: Credentials | null = null
    let problem: UserView['problem'] = needsSecret(resource) ? secretConflict(secret, resource) : null
    try {
      // nothing is read from a Secret of somebody else's
      if (problem === null) {
        credentials = await credentialsOf({
          ...{ kube: world.kube, keys: world.keys, random: env.random, config, user: resource, secret },
          nowMs: env.clock.wallMs(),
        })
      }
    } catch (thrown) {
      if (!isUserProblem(thrown)) throw thrown
      problem = { reason: 'InvalidConfigurationException', message: thrown.message }
    }
    const common = { resource, secret, credentials, problem, lastPassword: passwords.get(name) ?? null }
    try {
      const [user, other] = await Promise.all([known.ask(principalOf(resource)), known.ask(otherPrincipalOf(resource))])
      return { ...common, user, other, failure: failures.get(name) ?? null }
    } catch (thrown) {
      bootstrap = null
      const message = `Kafka does not answer: ${(thrown as Error).message}`
      return { ...common, user: null, other: null, failure: { code: 'TIMED_OUT', message, isPassing: true } }
    }
  }

  const strangers = async (view: View): Promise<UserKey> => {
    const users = view.list(kafkaUsers, { namespace: config.namespace, labels: config.labels })
    const expected = new Set(users.flatMap((u) => [principalOf(u), otherPrincipalOf(u)]))
    const all = await admin.users(await reach(), null)
    const found = [...all].filter(([name]) => !expected.has(name) && !config.ignored.test(name))
    return { is: 'strangers', found: new Map(found) }
  }

  const required = parseLabelSelector(config.labels)
  /** A KafkaUser of another cluster, or of none, is not looked at, whatever led to it. */
  const ownUser = (view: View, name: string): KafkaUser | undefined => {
    const found = view.get(kafkaUsers, { namespace: config.namespace, name })
    return found && matchesLabels(required, found.metadata.labels) ? found : undefined
  }

  return {
    name: 'strimzi-user-operator',
    concurrency: config.batchMax,
    inputs: [
      {
        kind: kafkaUsers,
        selector: { namespace: config.namespace, labels: config.labels },
        keys: (o, view) => {
          const isThere = ownUser(view, o.metadata.name) !== undefined
          return isThere ? [o.metadata.name] : [o.metadata.name, strangersKey]
        },
      },
      {
        kind: secrets,
        selector: { namespace: config.namespace },
        keys: (o, view) => keysOfSecret(o, view, config),
      },
    ],
    started: (wake) => wake(strangersKey),
    gather: async (key, view) => {
      if (key === strangersKey) return strangers(view)
      const resource = ownUser(view, key)
      if (resource) return { is: 'user', view: await gatherUser(resource, view) }
      passwords.delete(key)
      failures.delete(key)
      return null
    },
    plan: (key, facts) => {
      const mine = (a: Action | UserAction): Act => ('kafka' in a ? { ...a, of: key } : a)
      if (facts.is === 'strangers') {
        const actions = [...facts.found].flatMap(([name, user]) => clearing(name, user)).map(mine)
        return { actions, wakeInMs: config.fullReconciliationIntervalMs }
      }
      const { actions, wakeInMs } = planUser(facts.view, config, env.clock.wallMs())
      return { actions: actions.map(mine), wakeInMs }
    },
    execute: async (action, kube) => {
      if (!('kafka' in action)) {
        await kube.apply(action)
        return
      }
      const { of, ...asked } = action
      const { error } = await change.ask(asked as UserAction)
      if (error) {
        // the next pass says it in the status
        failures.set(of, error)
        env.logger.warn('Kafka refused a change of a user', { user: of, what: action.kafka, code: error.code })
        return
      }
      failures.delete(of)
      env.logger.info('Kafka was changed', { user: action.user, what: action.kafka })
      if (action.kafka === 'setScram') passwords.set(of, fingerprint(action.password))
    },
  }
}

const needsSecret = (u: KafkaUser): boolean =>
  u.spec.authentication?.type === 'tls' || u.spec.authentication?.type === 'scram-sha-512'

const nothing: UserFacts = { scramIterations: null, acls: [], quotas: new Map() }

/** A user's own Secret, one that its password stands in, or the clients CA, which concerns all. */
function keysOfSecret(o: Secret, view: View, c: UserConfig): string[] {
  const { name, labels = {}, ownerReferences = [] } = o.metadata
  if (labels[labelNames.kind] === 'KafkaUser')
    return ownerReferences.filter((r) => r.kind === 'KafkaUser').map((r) => r.name)
  const users = view.list(kafkaUsers, { namespace: c.namespace, labels: c.labels })
  if (name === c.clientsCa.certSecret || name === c.clientsCa.keySecret) return users.map((u) => u.metadata.name)
  return users
    .filter(
      (u) => u.spec.authentication?.password?.valueFrom.secretKeyRef?.name === name || secretNameOf(u, c) === name,
    )
    .map((u) => u.metadata.name)
}
