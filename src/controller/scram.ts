import { type MetadataRecord, metadataLevel, metadataRecord } from '../metadata/index.ts'
import { errors } from '../protocol/index.ts'
import { scramIterationsMax, scramIterationsMin, scramKeys, scramMechanisms } from '../security/index.ts'
import type { AskRequest, AskResponse, Item, Outcome } from './inputs.ts'
import { accepted, type Refusal, refuse } from './refusal.ts'
import type { ControllerState } from './state.ts'

type Request = AskRequest<'alterUserScramCredentials'>
type Upsertion = Request['upsertions'][number]
type Deletion = Request['deletions'][number]
type Result = Item<AskResponse<'alterUserScramCredentials'>['results']>

/**
 * AlterUserScramCredentials (KIP-554): one change a user and request. The client sends the salted password, so the
 * password itself is never here. UNACCEPTABLE_CREDENTIAL, UNSUPPORTED_SASL_MECHANISM, RESOURCE_NOT_FOUND,
 * DUPLICATE_RESOURCE, UNSUPPORTED_VERSION before 3.5-IV2.
 */
export function alterScramCredentials(state: ControllerState, request: Request): Outcome<'alterUserScramCredentials'> {
  const asked = [
    ...request.deletions.map((deletion) => ({ user: deletion.name, deletion, upsertion: null })),
    ...request.upsertions.map((upsertion) => ({ user: upsertion.name, deletion: null, upsertion })),
  ]
  const records: MetadataRecord[] = []
  const results: Result[] = []
  for (const [user, changes] of Map.groupBy(asked, (a) => a.user)) {
    const { deletion, upsertion } = changes[0]!
    const refusal =
      refuseVersion(state) ??
      (deletion === null ? refuseUpsertion(upsertion) : refuseDeletion(state, deletion)) ??
      refuseMore(changes.length)
    if (refusal === null) records.push(deletion === null ? upsertionRecord(upsertion) : deletionRecord(deletion))
    const { code, message } = refusal ?? accepted
    results.push({ user, errorCode: code, errorMessage: message })
  }
  return { records, response: { results } }
}

/** What is wrong with the first change is said before that there are more. */
function refuseMore(count: number): Refusal | null {
  if (count === 1) return null
  return refuse(errors.DUPLICATE_RESOURCE, 'A user credential cannot be altered twice in the same request')
}

function refuseVersion(state: ControllerState): Refusal | null {
  if (state.metadataVersion >= metadataLevel.scram) return null
  return refuse(errors.UNSUPPORTED_VERSION, 'The current metadata.version does not support SCRAM')
}

function refuseUser(name: string, mechanism: number): Refusal | null {
  if (name === '') return refuse(errors.UNACCEPTABLE_CREDENTIAL, 'Username must not be empty')
  if (scramMechanisms.some((m) => m.code === mechanism)) return null
  return refuse(errors.UNSUPPORTED_SASL_MECHANISM, 'Unknown SCRAM mechanism')
}

function refuseUpsertion({ name, mechanism, iterations }: Upsertion): Refusal | null {
  const wrong = refuseUser(name, mechanism)
  if (wrong !== null) return wrong
  if (iterations < scramIterationsMin) return refuse(errors.UNACCEPTABLE_CREDENTIAL, 'Too few iterations')
  return iterations > scramIterationsMax ? refuse(errors.UNACCEPTABLE_CREDENTIAL, 'Too many iterations') : null
}

function refuseDeletion(state: ControllerState, { name, mechanism }: Deletion): Refusal | null {
  const wrong = refuseUser(name, mechanism)
  if (wrong !== null) return wrong
  if (state.image.scramCredentials.some((c) => c.user === name && c.mechanism === mechanism)) return null
  return refuse(errors.RESOURCE_NOT_FOUND, 'Attempt to delete a user credential that does not exist')
}

function deletionRecord({ name, mechanism }: Deletion): MetadataRecord {
  return metadataRecord('RemoveUserScramCredentialRecord', { name, mechanism })
}

function upsertionRecord({ name, mechanism, iterations, salt, saltedPassword }: Upsertion): MetadataRecord {
  const { hash } = scramMechanisms.find((m) => m.code === mechanism)!
  // Copies: the request's bytes belong to its connection, the record stays in memory.
  const kept = salt.slice()
  return metadataRecord('UserScramCredentialRecord', {
    name,
    mechanism,
    salt: kept,
    iterations,
    ...scramKeys(hash, saltedPassword),
  })
}
