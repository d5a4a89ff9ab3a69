import type { Ask } from './ask.ts'
import { forbidden } from './problem.ts'

/** Of resources; who may do what follows from roles. */
export function forbiddenUnlessAdmin(ask: Ask): void {
  const { user, kind, namespace, name, request } = ask
  if (user.groups.includes('system:masters')) return
  const where = namespace === null ? 'at the cluster scope' : `in the namespace "${namespace}"`
  const why = `User "${user.name}" cannot ${verbOf(ask)} resource "${kind.resource}" in API group "${kind.group}" ${where}`
  throw forbidden(kind, request.method === 'POST' ? '' : (name ?? ''), why)
}

export function verbOf({ request, name, query }: Ask): string {
  switch (request.method) {
    case 'POST':
      return 'create'
    case 'PUT':
      return 'update'
    case 'PATCH':
      return 'patch'
    case 'DELETE':
      return name === null ? 'deletecollection' : 'delete'
    default:
      if (query.is('watch')) return 'watch'
      return name === null ? 'list' : 'get'
  }
}
