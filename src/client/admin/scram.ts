import { utf8Encode } from '../../bytes/index.ts'
import { AlterUserScramCredentials, DescribeUserScramCredentials } from '../../protocol/index.ts'
import { check, clientError, type Outcome, outcome } from '../errors.ts'
import type { CallOptions, Cluster } from '../network/cluster.ts'
import { promised } from '../waiting.ts'

export const scramMechanisms = { 'SCRAM-SHA-256': 1, 'SCRAM-SHA-512': 2 } as const
export type ScramMechanism = keyof typeof scramMechanisms

export interface ScramCredential {
  readonly mechanism: ScramMechanism | 'UNKNOWN'
  readonly iterations: number
}

/** `users` empty: all. A user without credentials is RESOURCE_NOT_FOUND. */
export async function describeScramCredentials(
  cluster: Cluster,
  users: readonly string[],
  o: CallOptions,
): Promise<Map<string, Outcome<ScramCredential[]>>> {
  return cluster.retry('DescribeUserScramCredentials', o, async () => {
    const answer = await cluster.ask('any', DescribeUserScramCredentials, {
      users: users.length === 0 ? null : users.map((name) => ({ name })),
    })
    check(answer.errorCode, answer.errorMessage)
    return new Map(
      answer.results.map((r) => [
        r.user,
        outcome(
          r.errorCode,
          r.errorMessage,
          r.credentialInfos.map((c) => ({ mechanism: mechanismOf(c.mechanism), iterations: c.iterations })),
        ),
      ]),
    )
  })
}

function mechanismOf(code: number): ScramMechanism | 'UNKNOWN' {
  const names = Object.keys(scramMechanisms) as ScramMechanism[]
  return names.find((name) => scramMechanisms[name] === code) ?? 'UNKNOWN'
}

export type ScramChange =
  | { readonly user: string; readonly mechanism: ScramMechanism; readonly delete: true }
  | {
      readonly user: string
      readonly mechanism: ScramMechanism
      readonly password: string | Uint8Array
      /** 4096 to 16384. Default 4096. */
      readonly iterations?: number
      /** Random by default. */
      readonly salt?: Uint8Array
    }

/** The password is salted and hashed here and never travels. One outcome for each user. */
export async function alterScramCredentials(
  cluster: Cluster,
  changes: readonly ScramChange[],
  o: CallOptions,
): Promise<Map<string, Outcome>> {
  const deletions: { name: string; mechanism: number }[] = []
  const upsertions: {
    name: string
    mechanism: number
    iterations: number
    salt: Uint8Array
    saltedPassword: Uint8Array
  }[] = []
  for (const change of changes) {
    const mechanism = scramMechanisms[change.mechanism]
    if (mechanism === undefined) throw clientError('INVALID_ARGUMENT', `No SCRAM mechanism: ${change.mechanism}`)
    if ('delete' in change) deletions.push({ name: change.user, mechanism })
    else upsertions.push({ name: change.user, mechanism, ...(await salted(cluster, change)) })
  }
  return cluster.retry('AlterUserScramCredentials', o, async () => {
    const answer = await cluster.ask('controller', AlterUserScramCredentials, { deletions, upsertions })
    return new Map(answer.results.map((r) => [r.user, outcome(r.errorCode, r.errorMessage, undefined)]))
  })
}

async function salted(
  cluster: Cluster,
  change: Extract<ScramChange, { password: unknown }>,
): Promise<{ iterations: number; salt: Uint8Array; saltedPassword: Uint8Array }> {
  const { heavy, random } = cluster.env
  const iterations = change.iterations ?? 4096
  const salt = change.salt ?? random.bytes(new Uint8Array(24))
  const password = typeof change.password === 'string' ? utf8Encode(change.password) : change.password
  const hash = change.mechanism === 'SCRAM-SHA-256' ? 'sha256' : 'sha512'
  const saltedPassword = await promised<Uint8Array>((done) =>
    heavy.run('pbkdf2', { hash, password, salt, iterations }, done),
  )
  return { iterations, salt, saltedPassword }
}
