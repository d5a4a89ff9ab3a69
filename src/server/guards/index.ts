import type { Handler } from '../handler.ts'
import { adminGuards } from './admin.ts'
import { groupGuards } from './groups.ts'
import { type Guard, guarded } from './guard.ts'
import { metadataGuards } from './metadata.ts'
import { controllerFetch, nodeGuards } from './nodes.ts'
import { topicGuards } from './topics.ts'
import { transactionGuards } from './transactions.ts'

const shared = [...topicGuards, ...groupGuards, ...transactionGuards, ...metadataGuards, ...adminGuards, ...nodeGuards]

const guards: Readonly<Record<'broker' | 'controller', ReadonlyMap<number, Guard>>> = Object.freeze({
  broker: new Map(shared.map(({ api, guard }) => [api.key, guard])),
  controller: new Map([...shared, controllerFetch].map(({ api, guard }) => [api.key, guard])),
})

/**
 * The handler behind its guard: what Apache Kafka's brokers and controllers ask their authorizer for each API. An API
 * without a guard is refused at the start of the program, so that none is forgotten.
 */
export function guardedHandler(row: Handler, role: 'broker' | 'controller'): Handler {
  const guard = guards[role].get(row.api.key)
  if (guard === undefined) throw new Error(`there is no guard for ${row.api.name}`)
  return {
    api: row.api,
    handle(cx, request, reply) {
      const { authorizer } = cx.services
      if (authorizer === null) return row.handle(cx, request, reply)
      return guard(guarded(cx, authorizer), request as never, reply as never, (rest, told) =>
        row.handle(cx, rest, told as never),
      )
    },
  }
}
