import type { ScramCredentialImage } from '../../metadata/index.ts'
import { DescribeUserScramCredentials, errors } from '../../protocol/index.ts'
import { handler } from '../handler.ts'

/** KIP-554: mechanisms and iterations; never salts or keys. */
export const describeUserScramCredentials = handler(DescribeUserScramCredentials, (cx, request, reply) => {
  const byUser = Map.groupBy(cx.services.image.scramCredentials, (credential) => credential.user)
  const isAll = request.users === null || request.users.length === 0
  const names = isAll ? [...byUser.keys()] : request.users.map((u) => u.name)
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  reply.send({
    errorCode: errors.NONE,
    errorMessage: null,
    results: [...counts].map(([user, count]) => describe(user, count, byUser.get(user))),
  })
})

function describe(user: string, count: number, credentials: readonly ScramCredentialImage[] | undefined) {
  if (count > 1) {
    const errorMessage = `Cannot describe SCRAM credentials for the same user twice in a single request: ${user}`
    return { user, errorCode: errors.DUPLICATE_RESOURCE, errorMessage, credentialInfos: [] }
  }
  if (credentials === undefined) {
    const errorMessage = `Attempt to describe a user credential that does not exist: ${user}`
    return { user, errorCode: errors.RESOURCE_NOT_FOUND, errorMessage, credentialInfos: [] }
  }
  const credentialInfos = credentials.map(({ mechanism, iterations }) => ({ mechanism, iterations }))
  return { user, errorCode: errors.NONE, errorMessage: null, credentialInfos }
}
