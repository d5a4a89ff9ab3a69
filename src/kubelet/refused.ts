import type { HttpReply } from '../env/index.ts'

/** A refusal in the form of Kubernetes' API. */
export function refused(code: number, reason: string, message: string, details?: object): HttpReply {
  const more = details === undefined ? {} : { details }
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, ...more, code }
  return { status: code, headers: { 'content-type': 'application/json' }, body: { json: status } }
}
