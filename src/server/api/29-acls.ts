import { aclMatches } from '../../controller/index.ts'
import type { AclImage } from '../../metadata/index.ts'
import { CreateAcls, DeleteAcls, DescribeAcls, errors } from '../../protocol/index.ts'
import { handler } from '../handler.ts'
import { contextOf, controllerOf, whenHere } from './forwarded.ts'

/** What Apache Kafka answers without an authorizer. */
const refusal = { errorCode: errors.SECURITY_DISABLED, errorMessage: 'No Authorizer is configured.' }

const ANY = 1
const PATTERN_TYPE_LAST = 4

/** Lists ACLs, those of one resource together. SECURITY_DISABLED, INVALID_REQUEST. */
export const describeAcls = handler(DescribeAcls, (cx, request, reply) => {
  if (cx.services.authorizer === null) {
    reply.send({ ...refusal, errorMessage: 'No Authorizer is configured on the broker', resources: [] })
    return
  }
  if (
    request.resourceTypeFilter < ANY ||
    request.patternTypeFilter < ANY ||
    request.patternTypeFilter > PATTERN_TYPE_LAST
  ) {
    reply.send({ errorCode: errors.INVALID_REQUEST, errorMessage: 'Unknown patternFilter.', resources: [] })
    return
  }
  const found = [...cx.services.image.acls.values()].filter((acl) => aclMatches(request, acl))
  const resources = [...Map.groupBy(found, resourceOf).values()].map((acls) => {
    const { resourceType, resourceName, patternType } = acls[0]!
    const entries = acls.map(({ principal, host, operation, permissionType }) => ({
      ...{ principal, host, operation, permissionType },
    }))
    return { resourceType, resourceName, patternType, acls: entries }
  })
  reply.send({ errorCode: errors.NONE, errorMessage: null, resources })
})

function resourceOf({ resourceType, patternType, resourceName }: AclImage): string {
  return `${resourceType} ${patternType} ${resourceName}`
}

export const createAcls = handler(CreateAcls, (cx, request, reply) => {
  if (cx.services.authorizer === null) return void reply.send({ results: request.creations.map(() => refusal) })
  controllerOf(cx).ask('createAcls', request, contextOf(cx), (response) => whenHere(cx, () => reply.send(response)))
  return undefined
})

export const deleteAcls = handler(DeleteAcls, (cx, request, reply) => {
  if (cx.services.authorizer === null) {
    return void reply.send({ filterResults: request.filters.map(() => ({ ...refusal, matchingAcls: [] })) })
  }
  controllerOf(cx).ask('deleteAcls', request, contextOf(cx), (response) => whenHere(cx, () => reply.send(response)))
  return undefined
})
